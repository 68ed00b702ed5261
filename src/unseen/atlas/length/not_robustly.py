"""Transformers Can Achieve Length Generalization But Not Robustly.

Zhou, Alon, Chen, Wang, Agarwal & Zhou 2024 (arXiv 2402.09371): the abstract and the first page.

Claim: with the right format of data (reversed sums, index hints) and of positions (FIRE, randomized), a transformer adds numbers of 2.5 times the length that
it was trained on; but whether it does depends on the random start and the order of data, which the accuracy at the training lengths does not.
Measured: addition in base 3, after training on 1 to 4 digits: the share of sums of 5 to 8 digits that are right in every digit, with reversed sums, hints and
FIRE, against the same without hints; and how far the seeds lie from their mean at these lengths, less how far at the training lengths. Beside it, that the
recipe learns the short sums.
Departs from the paper: base 3 and 4 to 8 digits (10; 40 to 100), twice the training length; a decoder of two layers and width 32, 1200 steps, FIRE without
random positions; of its formats and positions one comparison, hints or none. Start and order of data change together. Hints are drawn for each sum, as
theirs, of 10. In so few steps the decoder without hints does not learn all the short sums, so that part of the difference is speed.
Would be refuted by: longer sums that are missed with hints as without; or seeds that agree on longer sums as on short ones.
Control: no hints.
Tried: 1500 steps, seed 100: 0.43 of the longer sums with hints and FIRE, none with hints and no positions (0.41 of the short ones), none with learned
positions and the plain format (0.65). 1200 steps: 0.60 and 0.33 with hints, seeds 101 and 102; 0.01 without (0.49 of the short ones), seed 101. All of the
short ones are right with hints. The design was fixed then. Seeds must lie 0.04 further from their mean: 512 longer sums are tested, so that chance in their
choice alone would give 0.02 at most.
"""

import numpy as np

from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.methods.update.cosine import Cosine
from unseen.models.decoder import Decoder
from unseen.study import Runs, Study
from unseen.tasks.strings.addition import Addition
from unseen.tasks.strings.autoregressive import Autoregressive

recipe = Study(
    task=Autoregressive(Addition(lengths=(1, 4), beyond=(5, 8), samples=128, base=3, hints=10)),
    model=Decoder("fire", width=32, depth=2, heads=4, activation="gelu"),
    method=Method(order=Sample(32), update=Clipped(AdamW(learning_rate=Cosine(5e-3, 1200.0, warmup=100.0), weight_decay=0.0))),
    steps=1200,
    seeds=5,
    record=(Score(splits=("test", "longer")),),
    at=LinSpaced(2),
)
studies = {"recipe": recipe, "no hints": recipe.with_({"task.task.hints": None})}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Longer sums with hints against without, the spread of seeds at longer sums against that at short ones, and that short sums are learned."""
    short, longer = (results["recipe"].values(f"{split}_exact") for split in ("test", "longer"))
    spread = {name: np.abs(values - values.mean()) for name, values in (("short", short), ("longer", longer))}
    return {
        "longer sums, with hints against without": Contrast(longer, results["no hints"].values("longer_exact"), minimal=0.15),
        "seeds differ at longer sums": Contrast(spread["longer"], spread["short"], minimal=0.04, paired=True),
        "short sums are learned": Contrast(short, np.ones(len(short)), minimal=-0.1),
    }


PAPER = {"model.width": 512, "model.depth": 6, "model.heads": 8, "steps": 50_000, "method.order": Sample(256), "seeds": 10}
LONG = {"lengths": (1, 40), "beyond": (41, 100), "samples": 16}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={"recipe": {"task.task.hints": None}},
    full={name: PAPER | {"task.task": Addition(hints=102 if name == "recipe" else None, **LONG)} for name in studies},
    scale="proxy: a decoder of two layers on sums of few digits in base 3",
)
