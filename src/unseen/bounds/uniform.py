"""Bounds that hold for all predictors of a class at once, by its dimension or by how well it fits coin flips: the classical ones."""

import math

import numpy as np
from numpy.typing import ArrayLike

from unseen._problem import Problem, number, whole
from unseen.bounds.bound import INDEPENDENT, Bound, check

CLASS = "the class of predictors was fixed before these examples were looked at"


def growth(n: int, dimension: int) -> float:
    """Ln Σ_{i ≤ dimension} C(n, i): of n examples, a class of this Vapnik-Chervonenkis dimension has no more labellings (Sauer 1972).

    >>> round(math.exp(growth(5, 2)))  # 1 + 5 + 10
    16
    """
    whole(dimension=dimension, n=n)
    if not (n >= 1 and dimension >= 0):
        raise Problem(f"n, dimension: expected n ≥ 1 and a dimension of at least 0, got {n!r} and {dimension!r}.")
    logs = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(min(n, dimension) + 1)]
    return float(np.logaddexp.reduce(logs))


def vapnik_chervonenkis(empirical: float, n: int, dimension: int, delta: float = 0.05) -> Bound:
    """Errors + √(8 (ln growth(2n) + ln(4/δ)) / n), for all classifiers of a class at once (Vapnik & Chervonenkis 1971).

    Raises:
        Problem: a dimension below 0, or numbers out of range.

    >>> round(vapnik_chervonenkis(0.1, 10_000, 3).value, 3)
    0.261
    """
    whole(dimension=dimension)
    check(n, delta, empirical)
    complexity = growth(2 * n, dimension)
    slack = math.sqrt(8 * (complexity + math.log(4 / delta)) / n)
    return Bound(empirical + slack, empirical, delta, {INDEPENDENT: None, CLASS: None}, terms={"ln growth": complexity})


def rademacher_complexity(losses: ArrayLike, signs: ArrayLike) -> float:
    """Mean over draws of the largest (1/n) Σ sign_i loss_i(h) over predictors h: how well the losses of a class go with coin flips of ±1.

    Losses are [predictors, n], signs [draws, n].

    With all 2ⁿ rows of signs it is exact, with random ones an estimate whose error `rademacher` does not count.

    >>> rademacher_complexity([[0.0, 1.0], [1.0, 0.0]], [[1, 1], [1, -1], [-1, 1], [-1, -1]])
    0.25
    """
    table, flips = np.asarray(losses, float), np.asarray(signs, float)
    if not (table.size and flips.size and ((table >= 0) & (table <= 1)).all() and np.isin(flips, (-1, 1)).all()):
        raise Problem("losses, signs: expected at least one of each, losses in [0, 1] and signs of ±1. Divide by the largest possible loss.")
    if table.ndim != 2 or flips.ndim != 2 or table.shape[1] != flips.shape[1]:
        raise Problem(f"losses, signs: expected [predictors, n] and [draws, n] with the same n, got shapes {table.shape} and {flips.shape}.")
    return float((flips @ table.T).max(axis=1).mean() / table.shape[1])


def finite_class_complexity(predictors: int, n: int) -> float:
    """√(2 ln N / n): no N losses in [0, 1] have a larger Rademacher complexity (Massart 2000).

    >>> round(finite_class_complexity(100, 1000), 4)
    0.096
    """
    whole(predictors=predictors, n=n)
    if not (predictors >= 1 and n >= 1):
        raise Problem(f"predictors, n: expected at least 1 each, got {predictors!r} and {n!r}.")
    return math.sqrt(2 * math.log(predictors) / n)


def rademacher(empirical: float, n: int, complexity: float, delta: float = 0.05) -> Bound:
    """Mean loss + 2 complexity + 3 √(ln(2/δ) / 2n), for all predictors of a class at once; losses in [0, 1] (Bartlett & Mendelson 2002).

    `complexity` is that of the losses on this very sample: `rademacher_complexity`.

    Raises:
        Problem: a complexity outside [0, 1], or numbers out of range.

    >>> round(rademacher(0.1, 1000, 0.02).value, 3)
    0.269
    """
    number(complexity=complexity)
    check(n, delta, empirical)
    if not 0 <= complexity <= 1:
        raise Problem(f"complexity: expected that of losses in [0, 1], a number from 0 to 1, got {complexity!r}.")
    value = empirical + 2 * complexity + 3 * math.sqrt(math.log(2 / delta) / (2 * n))
    return Bound(value, empirical, delta, {INDEPENDENT: None, CLASS: None}, terms={"complexity": complexity})
