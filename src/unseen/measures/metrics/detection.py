"""How well boxes fit: overlaps, suppression of double finds, average precision, and stability under dropout. Boxes are (left, top, right, bottom)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from unseen._problem import Problem

Boxes = Float[np.ndarray, "_ 4"]
Scores = Float[np.ndarray, " _"]
LEVELS = tuple(np.linspace(0.5, 0.95, 10).round(2).tolist())


def overlaps(a: Float[np.ndarray, "n 4"], b: Float[np.ndarray, "m 4"]) -> Float[np.ndarray, "n m"]:
    """Intersection over union of every box of a with every box of b, in [0, 1].

    >>> overlaps(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]])).round(3)
    array([[0.333, 0.   ]])
    """
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    area_a, area_b = (np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1) for boxes in (a, b))
    union = area_a[:, None] + area_b[None] - shared
    return np.where(union > 0, shared / np.where(union > 0, union, 1), 0.0)


def suppressed(boxes: Float[np.ndarray, "n 4"], scores: Float[np.ndarray, " n"], *, least: float = 0.05, overlap: float = 0.5) -> Int[np.ndarray, " kept"]:
    """Non-maximum suppression: the boxes that are kept, best first; a box goes if its score is below `least`, or if it overlaps a better kept one more.

    >>> suppressed(np.array([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 2.1], [4.0, 4.0, 5.0, 5.0]]), np.array([0.5, 0.9, 0.01]))
    array([1])
    """
    left = np.argsort(-scores, kind="stable")
    left, kept = left[scores[left] >= least], []
    while len(left):
        kept.append(left[0])
        left = left[1:][overlaps(boxes[left[:1]], boxes[left[1:]])[0] <= overlap]
    return np.array(kept, int)


def average_precision(found: Sequence[Boxes], scores: Sequence[Scores], true: Sequence[Boxes], levels: Sequence[float] = LEVELS) -> float:
    """Mean over levels of overlap of the average precision, in [0, 1]; NaN where there is no true box. One entry of each list for an image; one class.

    Best scores first, a found box takes the free true box of its image that it overlaps most, if by the level at least: then it is right. The average
    precision is the mean over the recalls 0, 0.01, …, 1 of the best precision at that recall or more, as in the COCO evaluation (there called mAP).

    Raises:
        Problem: lists of different lengths.

    >>> box = np.array([[0.0, 0.0, 2.0, 2.0]])
    >>> average_precision([box], [np.array([0.9])], [box])
    1.0
    """
    if not len(found) == len(scores) == len(true):
        raise Problem(f"found, scores, true: expected one entry of each for every image, got {len(found)}, {len(scores)} and {len(true)}.")
    count = sum(len(boxes) for boxes in true)
    if not count:
        return float("nan")
    order = sorted(((-score, image, box) for image, own in enumerate(scores) for box, score in enumerate(own)), key=lambda one: one[0])
    between = [overlaps(a, b) for a, b in zip(found, true, strict=True)]
    return float(np.mean([_precision(order, between, level, count) for level in levels])) if order else 0.0


def _precision(order: list[tuple[float, int, int]], between: list[np.ndarray], level: float, count: int) -> float:
    taken, right = [np.zeros(table.shape[1], bool) for table in between], np.zeros(len(order))
    for place, (_, image, box) in enumerate(order):
        free = np.where(taken[image], -1.0, between[image][box])
        if free.size and free.max() >= level:
            taken[image][free.argmax()] = right[place] = 1
    recall, precision = np.cumsum(right) / count, np.cumsum(right) / np.arange(1, len(order) + 1)
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return float(best[np.searchsorted(recall, np.linspace(0, 1, 101) - 1e-12)].mean())


def box_stability(first: Sequence[Boxes], second: Sequence[Boxes]) -> float:
    """Mean overlap, in [0, 1], of the boxes of an image with those found there under dropout, matched one to one for the largest sum; averaged over images.

    Where one set is larger the rest has no partner and does not count; images without a box in one of them are left out (NaN where all are). Source:
    Yang et al. (2024), "Bounding box stability against feature dropout reflects detector generalization across environments" (`tools/test.py` of their code).

    >>> boxes = np.array([[0.0, 0.0, 2.0, 2.0], [4.0, 0.0, 6.0, 2.0]])
    >>> round(box_stability([boxes, boxes], [boxes[::-1] + [1.0, 0.0, 1.0, 0.0], boxes[:0]]), 3)
    0.333
    """
    found = []
    for one, other in zip(first, second, strict=True):
        if len(one) and len(other):
            table = overlaps(one, other)
            found.append(table[linear_sum_assignment(table, maximize=True)].mean())
    return float(np.mean(found)) if found else float("nan")
