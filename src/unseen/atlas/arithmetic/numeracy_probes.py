"""Do NLP Models Know Numbers? Probing Numeracy in Embeddings.

Wallace, Wang, Li, Singh & Gardner 2019 (arXiv 1909.07940, EMNLP).

Claim: standard embeddings know sizes of numbers: probes on frozen word vectors find the largest of five numbers and decode values up to 1000; vectors from
characters are more precise, those from pieces of words less exact than these; and no probe goes on beyond the numbers that it was trained on.
Measured: networks that see a number as one word, as digits, or as pieces learn to predict the word beside it; probes on their last hidden layer are trained on
800 of the numbers below 1000 and tested on the other 200 (largest of five, root mean squared error of decoding), and on 1000 to 1499.
Departs from the paper: no GloVe, word2vec, ELMo or BERT, but one perceptron of 64 units on each spelling, trained on 20,000 pairs of a number and a word
that goes with numbers about as large: that words beside numbers tell sizes is put in here, and must come from text there. Digits are read by that
perceptron, at most four side by side (a convolutional network with or without a language model over it), pieces likewise (a transformer). Candidates are
scored one by one (a recurrent network over the list). Floats, negative numbers, number words and addition are left out of the verdict, as is DROP. Read as
abstract, introduction and summaries, not as tables; margins are ours.
Would be refuted by: word vectors whose probes do about as random vectors, digits that are not more precise than words and pieces, or errors beyond the training
range that are like those within.
Control: text in which words have nothing to do with sizes (numbers in a random order).
Tried (seeds 100 to 102): largest found by words 0.56 more often than by random vectors; error of random vectors 4.1 times that of words, of words 3.8 times
that of digits, of pieces 3.2 times that of digits; beyond the range 5, 45 and 9 times that within for words, digits and pieces (2.4 where nothing is known,
as the mean is far from there). In the control 0.04 and 1.2 times. With more pairs (30,000) and longer training: words 0.85, digits 0.97, pieces 0.90 (errors
of 70, 21 and 49): pieces are then better than words, each of which must be met for itself, so that BERT's being less exact than GloVe too is not judged.
Digits through the same network untrained: 0.91, errors of 66. Margins were set after the run with more pairs.
"""

import jax
import jax.numpy as jnp
import numpy as np

from unseen._types import over
from unseen.claim import Claim, Computation, Contrast, Lab
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.measures.arithmetic.numeracy import numeracy
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP
from unseen.study import Study
from unseen.tasks.number_contexts import NumberContexts

LARGEST = 1000  # of the numbers that probes are trained on

text = Study(
    task=NumberContexts(unit=over("word", "digits", "pieces")),
    model=MLP(hidden=(64,), embedding=32, bias=True),
    method=Method(order=Sample(128), update=AdamW(learning_rate=4e-3, weight_decay=0.0)),
    steps=1500,
    record=(Score(splits=("test",)),),
    at=LinSpaced(2),
)


def probed(lab: Lab, study: Study, shuffled: bool, seeds: tuple[int, ...]) -> dict[str, dict[str, np.ndarray]]:
    """(largest found, decoding, addition) within and beyond the range by kind of vector, [seeds, 3]; the numbers left out are the same for all kinds."""
    runs = lab.run(study.with_({"seeds": seeds, "task.shuffled": shuffled}))
    found: dict[str, dict[str, list]] = {}
    for run in runs:
        task, seed = run.cell().recipe.task, run.cell().seed
        rng, every = np.random.default_rng(seed), np.arange(task.numbers)
        order = rng.permutation(LARGEST)
        vectors = {task.unit: np.asarray(jax.vmap(run.network().features)(jnp.asarray(task.spelling(every))))}
        if task.unit == "word":
            vectors["random"] = rng.normal(size=vectors["word"].shape)
        for name, kind in vectors.items():
            parts = {"train": order[:800], "within": order[800:], "beyond": every[LARGEST:]}
            train, *tests = ((kind[part], part) for part in parts.values())
            told = numeracy(train, dict(zip(("within", "beyond"), tests, strict=True)), jax.random.key(seed), lists=2000, steps=600)
            for where, one in told.items():
                found.setdefault(name, {}).setdefault(where, []).append(one)
    return {name: {where: np.array(each) for where, each in parts.items()} for name, parts in found.items()}


def evidence(result: dict[str, dict[str, np.ndarray]]) -> dict[str, Contrast]:
    """Words know sizes, digits more exactly, pieces less exactly than digits, and none beyond what it was trained on."""
    maximum = {name: each["within"][:, 0] for name, each in result.items()}
    error = {name: each["within"][:, 1] for name, each in result.items()}

    def times(larger: np.ndarray, smaller: np.ndarray, minimal: float) -> Contrast:
        return Contrast(larger, smaller, minimal=minimal, statistic="ratio", paired=True)

    return {
        "words find the largest": Contrast(maximum["word"], maximum["random"], minimal=0.4),
        "words decode": times(error["random"], error["word"], 3.0),
        "digits are more precise than words": times(error["word"], error["digits"], 1.25),
        "pieces are less exact than digits": times(error["pieces"], error["digits"], 1.25),
        **{f"{name} do not go on": times(result[name]["beyond"][:, 1], error[name], 3.0) for name in ("word", "digits", "pieces")},
    }


claim = Claim(
    study=Computation(probed, study=text, shuffled=False, seeds=tuple(range(4))),
    evidence=evidence,
    control={"shuffled": True},
    full={"seeds": tuple(range(20))},
    scale="proxy: perceptrons on three spellings of numbers, trained on pairs of number and word, in the place of pretrained embeddings",
)
