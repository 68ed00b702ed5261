"""Sometimes I am a Tree: Data Drives Unstable Hierarchical Generalization.

Qin, Saphra & Alvarez-Melis 2024 (arXiv 2412.04619, EMNLP 2025).

Claim: which rule a model takes beyond its training data hangs on what these are made of: sentences with a clause in their centre bring the hierarchical rule,
right-branching ones the linear rule; a mixture makes what is taken differ from seed to seed, and training unstable.
Measured: questions about sentences with a clause on the subject, which are only ever repeated in training: the share that begins with the main auxiliary
(hierarchical) and with the first one (linear), for decoders that repeat none, half, or only such sentences; how far a seed ends from the median of seeds; and
the change of the share from one record to the next, over the second half of training.
Departs from the paper: decoders of two layers and width 32, and 1000 steps of 32 fresh sentences, where it trains larger ones for some hundred times as long
(its sizes are not at hand); a grammar of our own after McCoy et al. (2020), of four nouns and verbs, two kinds of clauses, and adjectives; of what follows the
mark only the first word is trained, though every word of the sentence is. Three mixtures, no tense inflection, nothing on the diversity of sentences. That
transformers come to the hierarchical rule late, if they do, is known (Murty et al. 2023): a stand-in this small may fail where the paper's does not, and
a verdict against it here says little of the claim at its own size. Read: abstracts of the paper's versions and the first page of its introduction.
Would be refuted by: shares of the hierarchical rule that differ by less than 0.3 between all and none, or seeds that differ no more at half.
Control: no centre-embedded sentences in any of the mixtures.
Tried: seeds 100 and 101, 1500 steps; also a tenth of embedded sentences: all answer what they are asked (1.00 from step 150 or 300 on), and the hierarchical
share ends at 0.25 and 0.27 (none), 0.25 and 0.28 (a tenth), 0.19 and 0.29 (half), 0.21 and 0.27 (all), the linear one at 0.55 to 0.76, the rest at other
words: no effect. With all words trained, three layers of width 48, 2200 steps of 16, seed 100, all embedded: 0.05 and 0.50. After the
verdict, the same with the first word only, three layers of width 64 and 3500 steps: 0.13 (rotary positions) and 0.20 (learned), no rise over training.
"""

import numpy as np

from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.models.decoder import Decoder
from unseen.study import Runs, Study
from unseen.tasks.question_formation import QuestionFormation

SHARES = {"none": 0.0, "half": 0.5, "all": 1.0}  # of sentences to be repeated, those with a clause on the subject
study = Study(
    task=QuestionFormation(embedded=0.0, words=4, whole=False),
    model=Decoder("rotary", width=32, depth=2, heads=4, activation="gelu"),
    method=Method(order=Sample(32), update=Clipped(AdamW(learning_rate=3e-3, weight_decay=0.0))),
    steps=1000,
    seeds=5,
    record=(Score(splits=("test", "hierarchical", "linear")),),
    at=LinSpaced(11),
)
studies = {name: study.with_({"task.embedded": share}) for name, share in SHARES.items()}


def spread(runs: Runs) -> np.ndarray:
    """How far each seed ends from the median of seeds."""
    ends = runs.values("hierarchical_accuracy")
    return np.abs(ends - np.median(ends))


def wandering(runs: Runs) -> np.ndarray:
    """Mean change from one record to the next, over the second half of training."""
    _, curve = runs.curve("hierarchical_accuracy")
    return np.abs(np.diff(curve[:, curve.shape[1] // 2 :], axis=1)).mean(axis=1)


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Which rule is taken hangs on the share of embedded clauses; half of them leave it to the seed, and to the moment."""
    tree = {name: runs.values("hierarchical_accuracy") for name, runs in results.items()}
    learned = np.min([runs.values("test_accuracy") for runs in results.values()], axis=0)
    ends = [results["none"], results["all"]]
    return {
        "embedded clauses bring the hierarchical rule": Contrast(tree["all"], tree["none"], minimal=0.3),
        "without them the linear rule is taken": Contrast(results["none"].values("linear_accuracy"), tree["none"], minimal=0.3),
        "half of them leave it to the seed": Contrast(spread(results["half"]), np.concatenate([spread(runs) for runs in ends]), minimal=0.05),
        "and to the moment": Contrast(wandering(results["half"]), np.concatenate([wandering(runs) for runs in ends]), minimal=0.02),
        "all learn the questions that they are asked": Contrast(learned, np.ones(len(learned)), minimal=-0.05),
    }


PAPER = {
    "task": QuestionFormation(words=25),
    "model.width": 512,
    "model.depth": 6,
    "model.heads": 8,
    "method": Method(order=Sample(8), update=Clipped(AdamW(learning_rate=1e-4, weight_decay=0.0))),
    "steps": 300_000,
    "seeds": 30,
}
"""Sizes as remembered, not as read: the paper's were not at hand."""

claim = Claim(
    study=studies,
    evidence=evidence,
    control={name: {"task.embedded": 0.0} for name in ("half", "all")},
    full={name: PAPER | {"task.embedded": share} for name, share in SHARES.items()},
    scale="proxy: decoders of 25 thousand weights, trained for 1000 steps on the first word after the mark",
)
