"""How many comparisons "is b nearer to a than c is?" can be answered in all ways: dimensions of Vapnik and Chervonenkis of distances among n points.

A learner needs of the order of this dimension over ε comparisons for an error rate of ε where some distance of the class answers all of them, and over ε²
where none does (Alon, Avdiukhin, Elboim, Fischer & Yaroslavtsev 2023, whose result for ℓ_p norms in d dimensions is min(nd, n²) up to logarithms).
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, whole


def arbitrary(points: int) -> int:
    """The dimension n (n - 1)/2 - 1, exactly, of all symmetric distances (and of all metrics: a constant can be added).

    A comparison orders two of the n (n - 1)/2 distances: an edge between them. A set of edges is answered in all ways if and only if it has no cycle, around
    which the answers could contradict each other; and any two distances are joined by comparisons.

    >>> arbitrary(4)
    5
    """
    _check(points, 1)
    return points * (points - 1) // 2 - 1


def upper(points: int, dimension: int, p: int = 2) -> int:
    """At most so many for ℓ_p norms with p even: the largest m with 2^m ≤ (4 e p m / nd)^{nd}, or `arbitrary`, whichever is smaller.

    The answers are signs of m polynomials of degree p in nd variables, of whose patterns there are no more (Warren 1968).

    >>> upper(1000, 2), upper(10, 100)
    (14626, 44)
    """
    whole(p=p)
    _check(points, dimension)
    if p < 2 or p % 2:
        raise Problem(f"p: expected an even whole number, where ‖x‖_p^p is a polynomial, got {p!r}. The paper has other arguments for odd ones.")
    share = 1.0
    for _ in range(200):  # the larger solution of m/nd = log2(4 e p m/nd): the iteration climbs towards it
        share = math.log2(4 * math.e * p * share)
    return min(arbitrary(points), math.floor(points * dimension * share))


def shattered(points: int, dimension: int) -> Int[np.ndarray, "m 3"]:
    """Comparisons (a, b, c) that points in `dimension` dimensions answer in all ways, for any norm ℓ_p: k (n - 2k) of them, k the least of d and n/4.

    The last 2k points stand at ±e_1 … ±e_k, and each other point compares every such pair: `place` shows how.

    >>> shattered(4, 1).tolist()
    [[0, 2, 3], [1, 2, 3]]
    """
    whole(points=points)
    _check(points, dimension)
    k = min(dimension, points // 4)
    free = points - 2 * k
    a, pair = (index.ravel() for index in np.indices((free, k)))
    return np.stack([a, free + 2 * pair, free + 2 * pair + 1], axis=1)


def place(points: int, dimension: int, answers: Sequence[bool] | np.ndarray) -> Float[np.ndarray, "n d"]:
    """Places that answer the comparisons of `shattered` so: True where the second point of the three is the nearer one.

    >>> place(4, 1, [True, False]).ravel().tolist()
    [1.0, -1.0, 1.0, -1.0]
    """
    whole(dimension=dimension, points=points)
    k = min(dimension, points // 4)
    free = points - 2 * k
    answers = np.asarray(answers, bool)
    if answers.shape != (free * k,):
        raise Problem(f"answers: expected one for each of the {free * k} comparisons, got shape {answers.shape}.")
    found = np.zeros((points, dimension))
    found[:free, :k] = np.where(answers.reshape(free, k), 1.0, -1.0)
    found[free:, :k] = np.repeat(np.eye(k), 2, axis=0) * np.tile([1.0, -1.0], k)[:, None]
    return found


def hard_error(dimension: int, examples: int) -> float:
    """½ (1 - 1/D)^m: mean error rate of the best of all learners after m draws, where D comparisons that are answered in all ways are asked equally often.

    >>> hard_error(100, 0)
    0.5
    """
    whole(dimension=dimension, examples=examples)
    if not (dimension >= 1 and examples >= 0):
        raise Problem(f"dimension, examples: expected at least 1 comparison and 0 draws, got {dimension!r} and {examples!r}.")
    return 0.5 * (1 - 1 / dimension) ** examples


def _check(points: int, dimension: int) -> None:
    whole(points=points, dimension=dimension)
    if not (4 <= points < math.inf and 1 <= dimension < math.inf):
        raise Problem(f"points, dimension: expected at least 4 points and 1 dimension, got {points!r} and {dimension!r}.")
