"""Fisher's linear discriminant in one dimension, on samples of the target and of a shifted distribution: target error in closed form, and simulation.

De Silva, Ramesh, Priebe, Chaudhari & Vogelstein (2023), arXiv 2208.10967. Of each class half of the n target samples and half of the m shifted ones are drawn
from N(±a, 1) and N(±a + Δ, 1): lengths are in units of the standard deviation. A target sample counts `weight` = α, a shifted one 1 - α; both alike if they are
not told apart, α = 1/2. With t = αn/(αn + (1 - α)m) the share of the target in the weighted means, the threshold is normal: mean (1 - t)Δ, variance
v = t²/n + (1 - t)²/m (the authors' code has the same two numbers).
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from unseen._problem import Problem, number, whole


def threshold_law(n: int, m: int, shift: float, weight: float = 0.5) -> tuple[float, float]:
    """(mean, variance) of the threshold, half the sum of the two weighted class means; the best threshold is 0.

    Args:
        n: target samples, even, at least 2.
        m: shifted samples, even; may be 0.
        shift: Δ, at least 0.
        weight: α in (0, 1]; 1 for the target alone.

    Raises:
        Problem: numbers out of range, by name.

    >>> threshold_law(n=4, m=4, shift=0.5)
    (0.25, 0.125)
    """
    _check(n, m, shift, weight)
    total = weight * n + (1 - weight) * m
    return (1 - weight) * m * shift / total, (weight**2 * n + (1 - weight) ** 2 * m) / total**2


def target_error(separation: float, n: int, m: int, shift: float, weight: float = 0.5) -> float:
    """Expected error on the target, over training sets: exact.

    The threshold c and the difference of the class means are independent, as counts are equal. With b the mean and v the variance of c, errors at c average to
    e = (Φ((b - a)/√(1 + v)) + Φ(-(b + a)/√(1 + v)))/2, and the class means are in the wrong order with chance q = Φ(-a/√v), when all is reversed:
    e + q (1 - 2e). The authors' formula is e, and q is negligible for their n = 100 but not for n = 4.

    Args:
        separation: a, half the distance of the class means, above 0. The error of the best threshold is Φ(-a).
        n: target samples, even, at least 2.
        m: shifted samples, even; may be 0.
        shift: Δ, at least 0.
        weight: α in (0, 1].

    >>> round(target_error(separation=0.5, n=100, m=0, shift=0.16), 6), round(target_error(separation=0.5, n=100, m=28, shift=0.16), 6)
    (0.309412, 0.309328)
    """
    if not _positive(separation=separation):
        raise Problem(f"separation: expected a finite number above 0, got {separation!r}.")
    mean, variance = threshold_law(n, m, shift, weight)
    spread = math.sqrt(1 + variance)
    ordered = (ndtr((mean - separation) / spread) + ndtr(-(mean + separation) / spread)) / 2
    return float(ordered + ndtr(-separation / math.sqrt(variance)) * (1 - 2 * ordered))


def best_count(n: int, shift: float) -> float:
    """The number of shifted samples, not told apart, with the least mean squared threshold: n/(2nΔ² - 1), infinite where 2nΔ² ≤ 1.

    The mean squared threshold, with s = m/(n + m), is (1 - s)/n + s²Δ²: least at s = 1/(2nΔ²), as at first at s = 1/(nΔ²). The excess error is about
    a φ(a)/2 times it. So error falls forever if nΔ² ≤ 1/2; else it falls and rises, unless even 2 are too many, as they are for nΔ² > 1 + n/2. Derived here.

    >>> round(best_count(n=100, shift=0.16), 1)
    24.3
    """
    return _count(n, shift, 2.0)


def harmful_count(n: int, shift: float) -> float:
    """The number of shifted samples, not told apart, from which on the mean squared threshold exceeds that of none: n/(nΔ² - 1), infinite where nΔ² ≤ 1.

    >>> round(harmful_count(n=100, shift=0.16), 1)
    64.1
    """
    return _count(n, shift, 1.0)


def best_weight(m: int, shift: float) -> float:
    """The weight of the target's samples with the least mean squared threshold: (1 + mΔ²)/(2 + mΔ²), whatever n.

    Then the mean squared threshold is (1/m + Δ²)/(1 + n/m + nΔ²), below 1/n, and it falls with m. Derived here; the authors find it by search.

    >>> round(best_weight(m=200, shift=0.16), 4)
    0.8596
    """
    _check(2, m, shift, 0.5)
    return (1 + m * shift**2) / (2 + m * shift**2)


def simulate_shifted(
    rng: np.random.Generator, separation: float, shift: float, n: int, counts: tuple[int, ...], weights: tuple[float, ...], *, repetitions: int = 1
) -> Float[np.ndarray, "counts repetitions"]:
    """Target errors of discriminants that are fitted to samples: exact given the fit. For each of `counts` = m and its weight, the first m of the same samples.

    The discriminant is sign(w (x - c)), w the difference and c half the sum of the weighted class means; the sign of w tells which side is which class.

    Raises:
        Problem: numbers out of range, by name, or as many weights as counts are not given.

    >>> simulate_shifted(np.random.default_rng(0), 0.5, 2.0, 100, (0, 100), (0.5, 0.5), repetitions=1000).mean(axis=1).round(2).tolist()
    [0.31, 0.38]
    """
    whole(1, repetitions=repetitions)
    if not _positive(separation=separation):
        raise Problem(f"separation: expected a finite number above 0, got {separation!r}.")
    if not counts or len(counts) != len(weights):
        raise Problem(f"counts, weights: expected equally many, at least one each, got {len(counts)} and {len(weights)}.")
    for m, weight in zip(counts, weights, strict=True):
        _check(n, m, shift, weight)
    means = separation * np.array([[-1.0], [1.0]])
    target = (rng.standard_normal((repetitions, 2, n // 2)) + means).sum(axis=2)
    shifted = np.cumsum(rng.standard_normal((repetitions, 2, max(counts) // 2)) + means + shift, axis=2)
    sums = np.concatenate([np.zeros((repetitions, 2, 1)), shifted], axis=2)
    found = []
    for m, weight in zip(counts, weights, strict=True):
        low, high = ((weight * target + (1 - weight) * sums[:, :, m // 2]) / (weight * n / 2 + (1 - weight) * m / 2)).T
        threshold = (low + high) / 2
        ordered = (ndtr(threshold - separation) + ndtr(-threshold - separation)) / 2
        found.append(np.where(high > low, ordered, 1 - ordered))
    return np.array(found)


def _count(n: int, shift: float, factor: float) -> float:
    _check(n, 0, shift, 0.5)
    excess = factor * n * shift**2 - 1
    return n / excess if excess > 0 else math.inf


def _positive(**given: float) -> bool:
    number(**given)
    return all(0 < value < math.inf for value in given.values())


def _check(n: int, m: int, shift: float, weight: float) -> None:
    whole(2, n=n)
    whole(0, m=m)
    number(shift=shift, weight=weight)
    if n % 2 or m % 2:
        raise Problem(f"n, m: expected even numbers, half of each class, got {n!r} and {m!r}.")
    if not 0 <= shift < math.inf:
        raise Problem(f"shift: expected a finite number of at least 0, got {shift!r}.")
    if not 0 < weight <= 1:
        raise Problem(f"weight: expected a weight in (0, 1], got {weight!r}.")
