"""Bounds for all classifiers at once that see no more of an input than the cell it lies in: a bottleneck of finitely many values."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from unseen._problem import Problem, whole
from unseen.bounds.bound import INDEPENDENT, Bound, check

CELLS = "the cells were fixed before these examples were looked at"
CONSTANT = "inputs of one cell are classified alike"


def partition_complexity(cells: ArrayLike, labels: ArrayLike, classes: int) -> float:
    """Rademacher complexity of the errors of all classifiers that are functions of a cell, on this very sample; exact.

    (1/n) Σ_cells E max_k (- Σ_{i in the cell, y_i = k} σ_i), as the best of them takes for each cell the label whose examples drew the lowest signs: of K
    independent random walks, of as many steps as the cell has examples of each class, the highest end. With two classes it is (1/2n) Σ_cells E|S_m|, S_m
    the sum of the cell's m signs: whatever the labels, about √(2/π)/2 · Σ √m / n, and so never above ½ √(e^H/n), with H the Rényi entropy
    2 ln Σ √(m/n) of the cells, of order ½.

    Args:
        cells: of the examples, whole numbers [n].
        labels: from 0 to classes - 1 [n].
        classes: K, at least 2.

    Raises:
        Problem: no examples, shapes that differ, labels that are none.

    >>> partition_complexity([0, 0, 1], [0, 1, 1], 2)  # (E|S_2| + E|S_1|)/6
    0.3333333333333333
    """
    whole(classes=classes)
    place, y = _checked(cells, labels, classes)
    counts = np.zeros((place.max() + 1, classes), int)
    np.add.at(counts, (place, y), 1)
    return math.fsum(_highest(tuple(sorted(row.tolist()))) for row in counts) / len(y)


@lru_cache(maxsize=4096)
def _highest(steps: tuple[int, ...]) -> float:
    """E max of the ends of independent walks of ±1."""
    most = max(steps)
    ends = np.arange(-most, most + 1)
    below = np.prod([binom.cdf((ends + m) // 2, m, 0.5) for m in steps], axis=0)
    return float(most - below[:-1].sum())


def _checked(cells: ArrayLike, labels: ArrayLike, classes: int) -> tuple[np.ndarray, np.ndarray]:
    place, y = np.asarray(cells), np.asarray(labels)
    if place.ndim != 1 or place.shape != y.shape or not place.size:
        raise Problem(f"cells, labels: expected one of each for at least one example, got shapes {place.shape} and {y.shape}.")
    if classes < 2 or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= classes:
        raise Problem(f"labels: expected whole numbers from 0 to {classes - 1} of at least 2 classes, got {y!r} of {classes}.")
    return np.unique(place, return_inverse=True)[1], y


def partition_bound(predicted: ArrayLike, labels: ArrayLike, cells: ArrayLike, classes: int, delta: float = 0.05) -> Bound:
    """Error rate ≤ that of the sample + 2 `partition_complexity` + 3 √(ln(2/δ)/2n), for all classifiers that are functions of a cell (Mohri et al. 2018).

    For a hidden layer that saw no example of the sample, rounded to finitely many values, these are the cells: whatever is learned above it is covered. How
    many there are in effect is what the representation tells of the input, and enters as a power, as in the bound of Shwartz-Ziv, Painsky & Tishby (2018);
    that of Kawaguchi et al. (2023), "How Does Information Bottleneck Help Deep Learning?", grows with I(X; Z | Y) itself, and its constants were not at hand.

    Args:
        predicted: classes [n].
        labels: [n].
        cells: [n].
        classes: number of classes.
        delta: chance of failure.

    Raises:
        Problem: examples of one cell that are classified differently, or what `partition_complexity` refuses.

    >>> cells = np.arange(4000) % 4
    >>> round(partition_bound(cells % 2, cells % 2, cells, 2).value, 3)
    0.09
    """
    whole(classes=classes)
    place, y = _checked(cells, labels, classes)
    guess = np.asarray(predicted)
    if guess.shape != y.shape:
        raise Problem(f"predicted: expected one class for each of {len(y)} examples, got shape {guess.shape}.")
    n, first = len(y), np.unique(place, return_index=True)[1]
    empirical, complexity = float(np.mean(guess != y)), partition_complexity(place, y, classes)
    check(n, delta, empirical)
    value = empirical + 2 * complexity + 3 * math.sqrt(math.log(2 / delta) / (2 * n))
    assumptions = {INDEPENDENT: None, CELLS: None, CONSTANT: bool((guess == guess[first][place]).all())}
    return Bound(value, empirical, delta, assumptions, terms={"complexity": complexity, "cells": float(len(first))})
