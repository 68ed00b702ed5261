"""FACT: Learning Governing Abstractions Behind Integer Sequences.

Belcák, Kastrati, Schenker, Wattenhofer 2022 (arXiv 2209.09543, NeurIPS Datasets and Benchmarks). Only the abstract and the description of the repository were
read. The catalogue names no claim; this one is what the abstract says of the tasks that the benchmark lays down.

Claim: tasks on integer sequences (which kind of law, which term comes next) assess whether a network abstracts from examples: baselines solve them beyond
what needs no law at all, and they ask for extrapolation as well as interpolation, which is harder.
Measured: of sequences of five kinds of law from ten terms, the kind (against one of five), and the next term as error on a logarithmic scale (RMSLE), against
the better of the last term and the mean of all answers; then the same error with larger constants than any in training, against that.
Departs from the paper: synthetic sequences with small constants only (OEIS makes up most of FACT; the task can read its file, which
is not used here), five kinds, a perceptron on log(1 + term) (several baselines, among them recurrent ones and transformers); continuation, unmasking and
similarity are in `IntegerSequences` but not studied here. What counts as beyond (0.3 of accuracy, an error of the dummy 1.5 times as large) and as harder
(1.2 times) is ours.
Would be refuted by: networks no better than the dummies, or as good with larger constants.
Control: each sequence has the answer of another one.
Tried: nothing but 20 steps on seeds 100 to 102, to see that all runs; rule, sizes and steps were fixed before any accuracy or error was seen.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from unseen._types import Examples
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.measures.arithmetic.rmsle import rmsle
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.cosine import Cosine
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.arithmetic.integer_sequences import CATEGORIES, IntegerSequences


class Unrelated(IntegerSequences):
    """Sequences with the answers of others."""

    def examples(self, key: PRNGKeyArray, count: int, larger: bool) -> Examples:
        """The same sequences, and their answers in a random order."""
        found = super().examples(key, count, larger)
        return Examples(found.x, jax.random.permutation(jax.random.fold_in(key, 0), found.y), found.info)


category = Study(
    task=IntegerSequences("category"),
    model=MLP(hidden=(128, 128), bias=True),
    method=Method(order=Sample(128), update=AdamW(Cosine(3e-3, 2000), weight_decay=0.0)),
    steps=2000,
    seeds=6,
    record=(Score(splits=("test", "larger")),),
    at=LinSpaced(2),
)
studies = {"category": category, "next": category.with_({"task": IntegerSequences("next"), "objective": SquaredError()})}


def dummy(splits: dict[str, Examples]) -> float:
    """RMSLE of the better of two predictions that know no law: the last term, and the mean logarithm of the training answers."""
    train, test = splits["train"], splits["test"]
    guesses = test.x[:, -1], jnp.full(len(test), jnp.mean(train.y))
    return min(float(rmsle(jnp.expm1(guess), jnp.expm1(test.y[:, 0]))) for guess in guesses)


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """The kind of law and the next term against dummies; larger constants against those of training."""
    right = results["category"].values("test_accuracy")
    inside, outside = (np.sqrt(results["next"].values(f"{split}_loss")) for split in ("test", "larger"))  # answers are logarithms
    dummies = [dummy(run.splits()) for run in results["next"]]
    return {
        "kind of law, against one of five": Contrast(right, np.full(len(right), 1 / len(CATEGORIES)), minimal=0.3),
        "next term, error of the dummy against the network's": Contrast(dummies, inside, minimal=1.5, statistic="ratio"),
        "next term, larger constants against those of training": Contrast(outside, inside, minimal=1.2, statistic="ratio"),
    }


FULL = {"task.terms": 30, "task.largest": 50, "task.train_size": 200_000, "model.hidden": (1024, 1024), "steps": 100_000, "seeds": 10}

claim = Claim(
    study=studies,
    evidence=evidence,
    control={name: study.with_({"task": Unrelated(name)}) for name, study in studies.items()},
    full=dict.fromkeys(studies, FULL),
    scale="proxy: synthetic sequences of five kinds, in place of those of OEIS",
)
