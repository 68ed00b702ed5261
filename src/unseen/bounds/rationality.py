"""Three gaps that add up to the generalization gap of a classifier, told by training with a few wrong labels; for one of them there is a limit.

The procedure is run on the labels y, and on noisy ones of which a share η was replaced. Train and Test are the accuracies of the first run; Train(η) and
NTrain(η) those of the second on all training examples and on those with a wrong label, both counted by the labels y. With parts below 0 counted as 0,

    Train - Test ≤ (Train - Train(η)) + (Train(η) - NTrain(η)) + (NTrain(η) - Test): robustness, memorization and rationality gap.

The memorization gap is at most √(I/2)/η, I the information in nats between the noise and the deviation of the prediction from y, pooled over examples
(Bansal, Kaplun & Barak 2021, theorem II, whose complexity C is n I). n I is at most the description length of what the classifier took from the labels: for a
linear readout of a representation that saw no labels I falls about as 1/n, whatever the representation. All are statements about means over noise, so
plain numbers and no `Bound`.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from unseen._problem import Problem, number, whole

Classes = Int[np.ndarray, "..."]  # [draws, n]; `Problem`, not the type, tells which does not fit


class Gaps(NamedTuple):
    """The three gaps in [0, 1], and the limit on the second.

    Attributes:
        robustness: how much accuracy on the training set wrong labels cost.
        memorization: how much better training examples do whose labels are right.
        rationality: how much better than new examples those do that had a wrong label.
        limit: √(I/2)/η, never below `memorization`.
    """

    robustness: float
    memorization: float
    rationality: float
    limit: float

    @property
    def total(self) -> float:
        """The sum of the three: never below Train - Test."""
        return self.robustness + self.memorization + self.rationality

    @property
    def bound(self) -> float:
        """The sum with the limit in the place of the memorization gap."""
        return self.robustness + self.limit + self.rationality


def label_noise(rng: np.random.Generator, y: Int[np.ndarray, " n"], classes: int, rate: float, draws: int) -> Int[np.ndarray, "draws n"]:
    """Labels of which each is replaced, independently with chance `rate`, by one of the other classes.

    >>> label_noise(np.random.default_rng(0), np.array([0, 1]), 2, 1.0, 1).tolist()
    [[1, 0]]
    """
    whole(classes=classes, draws=draws)
    number(rate=rate)
    if not (0 <= rate <= 1 and classes >= 2 and draws >= 1):
        raise Problem(f"rate, classes, draws: expected a rate in [0, 1], at least 2 classes and 1 draw, got {rate!r}, {classes!r} and {draws!r}.")
    y = np.asarray(y)
    return (y + np.where(rng.random((draws, len(y))) < rate, rng.integers(1, classes, (draws, len(y))), 0)) % classes


def deviation_information(predicted: Classes, y: Int[np.ndarray, " n"], noisy: Classes, classes: int) -> float:
    """I(predicted - y; noisy - y) in nats, differences modulo the classes, by plug-in over all draws and examples; in [0, ln classes].

    Where the truth is 0 the estimate is about (classes - 1)²/(2 · draws · n): take that many draws that √ of half of it over η is small.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> y = np.array([0, 0, 1, 1])
    >>> round(deviation_information(np.array([[0, 1, 1, 0]]), y, np.array([[0, 1, 1, 0]]), 2), 4)  # all learned by heart, half of it wrong: ln 2
    0.6931
    """
    whole(classes=classes)
    predicted, noisy = (np.asarray(one) for one in (predicted, noisy))
    if predicted.shape != noisy.shape or predicted.ndim != 2 or predicted.shape[1:] != np.shape(y):
        raise Problem(f"predicted, noisy: expected [draws, {len(y)}] each, got shapes {predicted.shape} and {noisy.shape}.")
    if classes < 2:
        raise Problem(f"classes: expected at least 2, got {classes!r}.")
    cells = (predicted - y) % classes * classes + (noisy - y) % classes
    joint = np.bincount(cells.ravel(), minlength=classes**2).reshape(classes, classes) / cells.size
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    some = joint > 0
    return max(0.0, float(np.sum(joint[some] * np.log(joint[some] / apart[some]))))


def rationality_gaps(train: float, test: float, predicted: Classes, y: Int[np.ndarray, " n"], noisy: Classes, classes: int) -> Gaps:
    """The gaps and the limit.

    Half of the limit would do: the gap is a covariance of two events over η, and these deviate from independence twice, when both happen and when none does.

    Args:
        train: accuracy on the training set of the procedure run on the true labels.
        test: its accuracy on new examples.
        predicted: classes that the procedure, run on each draw of noisy labels, gives to its training examples.
        y: the true labels.
        noisy: the labels it was given.
        classes: their number.

    Raises:
        Problem: shapes that do not match, or no wrong label at all.

    >>> y, noisy = np.array([0, 0, 1, 1]), np.array([[0, 1, 1, 1]])
    >>> found = rationality_gaps(1.0, 0.9, noisy, y, noisy, 2)  # learned by heart: right where the label is right, wrong where it is wrong
    >>> round(found.robustness, 4), found.memorization, found.rationality, round(found.limit, 4)
    (0.25, 0.75, 0.0, 2.121)
    """
    number(train=train, test=test)
    if not (0 <= train <= 1 and 0 <= test <= 1):
        raise Problem(f"train, test: expected accuracies in [0, 1], got {train!r} and {test!r}.")
    information = deviation_information(predicted, y, noisy, classes)
    right, wrong = np.asarray(predicted) == y, np.asarray(noisy) != y
    if not wrong.any():
        raise Problem("noisy: expected some labels that are not those of y, got none. Raise the rate, or the number of draws.")
    among, spoiled = float(right.mean()), float(right[wrong].mean())
    return Gaps(max(0.0, train - among), max(0.0, among - spoiled), max(0.0, spoiled - test), math.sqrt(information / 2) / float(wrong.mean()))
