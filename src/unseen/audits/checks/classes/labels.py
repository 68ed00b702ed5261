"""Whether some labels of the unseen examples are wrong."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

SHOWN = 8


def confident(scores: Float[np.ndarray, "n classes"], y: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """The class of each example in the confident joint: one that has at least the mean probability that it has where it is the label; -1 for none.

    Among the classes that reach their threshold t_j, the mean of p_j over examples labelled j, the likeliest counts; a class without examples has none.
    Source: Northcutt, Jiang & Chuang, "Confident learning: estimating uncertainty in dataset labels", JAIR 2021, section 3.1.

    >>> confident(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.95, 0.05]]), np.array([0, 0, 1, 1])).tolist()
    [0, -1, 1, 0]
    """
    classes = scores.shape[1]
    thresholds = np.array([scores[y == one, one].mean() if (y == one).any() else np.inf for one in range(classes)])
    reached = np.where(scores >= thresholds, scores, -1.0)
    return np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), -1)


def read(subject: Classifier) -> Iterator[Reading]:
    """The share of unseen examples that confident learning takes for wrongly labelled; those of the least probability first."""
    if not subject.graded:
        raise SkipError("the model says which class and not how sure it is: give one with predict_proba, or scores.")
    test = subject.test
    rather = confident(test.scores, test.y)
    found = (rather >= 0) & (rather != test.y)
    if test.unanswered is not None:
        found &= ~test.unanswered
    count, own = int(found.sum()), test.scores[np.arange(len(test)), test.y]
    first = np.flatnonzero(found)[np.argsort(own[found], kind="stable")][:SHOWN]
    named = ", ".join(f"{test.place(i)} (labelled {subject.classes[test.y[i]]}, taken for {subject.classes[rather[i]]})" for i in first)
    yield Reading(
        "unseen examples whose label is in doubt",
        count / len(test),
        (
            f"For {count} of {len(test)} unseen examples it is as sure of another class as it is, on average, where that class is the label: "
            + (f"either it is wrong there, or the label is. Look at these first: {named}." if count else "no label stands out.")
        ),
        applies="Probabilities must mean what they say, class by class (see calibration error). A model that learned the wrong labels does not doubt them.",
        level="fine" if not count else "fact",
        interval=binomial_interval(count, len(test)),
        better="lower",
    )
