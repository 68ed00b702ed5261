"""Whether its training examples pull the same way."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Subject
from unseen.audits.uncertainty import jackknife

MOST = 2000
SHOWN = 8
RESTS = (
    "It is of the gradients at the end of training, of the loss as it is defined here, on at most 2,000 training examples drawn at random; what was "
    "weighted or augmented in training pulled otherwise. Wrong labels pull as hard examples do."
)


def cost(subject: Subject) -> float:
    """Seconds: a gradient of each example takes about 5 answers, their mean and what they are along it about as much again."""
    return 12 * subject.seconds * min(MOST, len(subject.train or ())) if subject.box else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """How many examples carry half of the pull on the weights (GraNd); how many others one step on one example helps (m-coherence).

    Sources: Paul, Ganguli & Dziugaite, "Deep learning on a data diet", NeurIPS 2021; Chatterjee & Zielinski 2022 (arXiv 2203.10036).
    """
    box = subject.opened()
    train = subject.needed("train", subject.train)
    x, y, at, _ = subject.known(MOST)
    squares, mean = box.gradient_squares(x, y)
    norms, n = np.sqrt(squares), len(at)
    if not norms.any():
        raise SkipError("no training example has a gradient any more: the loss is flat there to the last digit.")
    order = np.argsort(-norms, kind="stable")
    hardest = ", ".join(f"{train.place(at[i])} (labelled {subject.labelled(y[i])})" for i in order[:SHOWN])
    half, interval = jackknife(lambda some: carries_half(norms[some]), n)
    yield Reading(
        "training examples that carry half of the pull on the weights",
        half,
        f"Half of the pull on its weights (the lengths of the gradients, added up) comes from {round(half * n)} of {n} training examples: the hard ones, and "
        f"the wrongly labelled. Look at these first: {hardest}.",
        applies=RESTS,
        level="attention" if half < 0.02 else "fact",
        interval=(max(0.0, interval[0]), min(1.0, interval[1])),
    )
    along = box.slopes(x, y, box.slope(x, y))
    yield from _signal(squares, along, mean)
    yield from _helped(squares, along, mean)


def carries_half(sizes: Float[np.ndarray, " n"]) -> float:
    """The share of the largest that make up half of a sum; 0 where all are 0.

    >>> carries_half(np.array([6.0, 1.0, 2.0, 1.0]))
    0.25
    """
    summed = np.cumsum(np.sort(sizes)[::-1])
    return float((np.searchsorted(summed, summed[-1] / 2) + 1) / len(sizes)) if summed[-1] > 0 else 0.0


def without_each(squares: Float[np.ndarray, " n"], along: Float[np.ndarray, " n"], mean: float) -> Float[np.ndarray, " n"]:
    """‖(1/(n−1)) Σ_{j≠i} g_j‖² for each i, from ‖g_i‖², g_i·ḡ and ‖ḡ‖²: (n²‖ḡ‖² − 2n g_i·ḡ + ‖g_i‖²)/(n−1)²."""
    n = len(squares)
    return np.maximum(n**2 * mean - 2 * n * along + squares, 0) / max(n - 1, 1) ** 2


def _interval(statistic: Callable[[Any, Any], Any], squares: np.ndarray, along: np.ndarray, mean: float) -> tuple[float, float]:
    """Of statistic(‖ḡ‖², mean of ‖g_i‖²), by the jackknife that leaves each example out in turn."""
    n = len(squares)
    if n < 3:
        return float("-inf"), float("inf")
    left = statistic(without_each(squares, along, mean), (squares.sum() - squares) / (n - 1))
    value, half = float(statistic(mean, squares.mean())), 1.96 * float(np.sqrt((n - 1) * np.var(left)))
    return max(0.0, value - half), value + half


def _helped(squares: np.ndarray, along: np.ndarray, mean: float) -> Iterator[Reading]:
    n, size = len(squares), float(squares.mean())
    coherence = n * mean / size
    low, high = _interval(lambda common, own: n * common / own, squares, along, mean)
    yield Reading(
        "examples that one step on one example helps",
        coherence,
        (
            f"To first order a step for one training example does as much for all as if it helped {coherence:.2g} of {n} and left the others be: "
            + (
                "they have something in common."
                if coherence > 2
                else "each pulls its own way."
                if coherence > 0.5
                else "their pulls cancel, as at the end of training."
            )
        ),
        applies=RESTS,
        interval=(low, min(float(n), high)),
        range=(0, float(n)),
        unit="examples",
    )


def _signal(squares: np.ndarray, along: np.ndarray, mean: float) -> Iterator[Reading]:
    n, noise = len(squares), float(squares.mean()) - mean
    if noise > 0:
        yield Reading(
            "signal to noise of its gradients",
            mean / noise,
            f"The common pull of {n} training examples on the weights, squared, is {mean / noise:.2g} of the variance of their own pulls around it: near 0 at "
            "the end of training, and where examples have nothing in common.",
            applies=RESTS,
            interval=_interval(lambda common, own: common / np.maximum(own - common, np.finfo(float).tiny), squares, along, mean),
            range=(0, float("inf")),
            unit="variances",
        )
