"""Bounds from examples that were not trained on: the yardstick for all others."""

import math

import numpy as np

from unseen._problem import Problem, number, whole
from unseen.bounds.binary_kl import Numbers, kl_upper
from unseen.bounds.bound import INDEPENDENT, UNTOUCHED, Bound, check

CANDIDATES = "the candidates that were compared on these examples are all counted"


def _assumptions(candidates: int) -> dict[str, bool | None]:
    whole(candidates=candidates)
    if not candidates >= 1:
        raise Problem(f"candidates: expected how many predictors were compared on these examples, at least 1, got {candidates!r}.")
    return {INDEPENDENT: None, UNTOUCHED: None} if candidates == 1 else {INDEPENDENT: None, CANDIDATES: None}


def hoeffding(empirical: float, n: int, delta: float = 0.05, *, candidates: int = 1) -> Bound:
    """Mean loss + √(ln(candidates/δ) / 2n), for losses in [0, 1] (Hoeffding 1963).

    With `candidates` > 1 it holds for all of them at once, so for whichever looked best on these examples.

    >>> round(hoeffding(0.1, 1000).value, 4)
    0.1387
    """
    check(n, delta, empirical)
    assumptions = _assumptions(candidates)
    return Bound(empirical + math.sqrt(math.log(candidates / delta) / (2 * n)), empirical, delta, assumptions)


def chernoff(empirical: float, n: int, delta: float = 0.05, *, candidates: int = 1) -> Bound:
    """The supremum of {p : kl(mean loss‖p) ≤ ln(candidates/δ)/n}, for losses in [0, 1]: never above Hoeffding's, far below it near 0 (Chernoff 1952).

    >>> round(chernoff(0.0, 100).value, 4)  # 1 - 0.05 ** (1 / 100)
    0.0295
    """
    check(n, delta, empirical)
    assumptions = _assumptions(candidates)
    return Bound(float(kl_upper(empirical, math.log(candidates / delta) / n)), empirical, delta, assumptions)


def clopper_pearson(errors: int, n: int, delta: float = 0.05, *, candidates: int = 1) -> Bound:
    """The largest error rate at which so few errors still have a chance of δ/candidates: exact for losses of 0 and 1 (Clopper & Pearson 1934).

    >>> round(clopper_pearson(0, 100).value, 4)
    0.0295
    """
    from scipy.stats import beta

    check(n, delta)
    whole(errors=errors)
    if not 0 <= errors <= n:
        raise Problem(f"errors: expected a whole number from 0 to n = {n}, got {errors!r}.")
    assumptions, value = _assumptions(candidates), 1.0
    if errors < n:
        shape, chance = (errors + 1, n - errors), delta / candidates
        value = float(beta.isf(chance, *shape))
        value += float((beta.sf(value, *shape) - chance) / beta.pdf(value, *shape))  # one step of Newton: at n of 10⁹ the inverse has but 8 digits
    return Bound(value, errors / n, delta, assumptions)


def bernstein(empirical: float, n: int, delta: float = 0.05, *, variance: float = 0.25, largest: float = 1.0, candidates: int = 1) -> Bound:
    """Mean loss + 2 C l/(3n) + √(2 γ² l/n), l = ln(candidates/δ), for losses in [0, 1] of a variance of at most γ², expected loss - loss at most C.

    A variance of 1/4 and C = 1 are always true; with them it is above Hoeffding's, which needs no variance (`hoeffding`). It is below where γ² < 1/4 is
    known of every candidate: 0.1 for errors, say, where no error rate is above 0.1. An observed variance will not do: `empirical_bernstein` takes that.
    Source: Bernstein 1924, and a union over the candidates, as Kawaguchi, Kaelbling & Bengio, "Generalization in Deep Learning", have it. Their text was not
    at hand: the constants are Bernstein's, derived; with them the example below gives the number that is remembered of theirs for MNIST.

    Args:
        empirical: mean loss on the held-out examples.
        n: their number.
        delta: chance of failure.
        variance: γ², at most 1.
        largest: C, at most 1.
        candidates: predictors that were compared on these examples.

    >>> round(bernstein(0.0, 10_000, 0.1, variance=1.0, candidates=10**9).value, 4)
    0.0694
    """
    number(variance=variance, largest=largest)
    check(n, delta, empirical)
    if not (0 < variance <= 1 and 0 < largest <= 1):
        raise Problem(f"variance, largest: expected numbers in (0, 1], as of losses in [0, 1], got {variance!r} and {largest!r}.")
    assumptions, cost = _assumptions(candidates), math.log(candidates / delta) / n
    if variance < 0.25:
        assumptions[f"no candidate's loss has a variance above {variance:g}"] = None
    return Bound(empirical + 2 * largest * cost / 3 + math.sqrt(2 * variance * cost), empirical, delta, assumptions, terms={"variance": variance})


def empirical_bernstein(losses: Numbers, delta: float = 0.05, *, candidates: int = 1) -> Bound:
    """Mean + √(2 V ln(2/δ) / n) + 7 ln(2/δ) / (3 (n - 1)), V the sample variance (n - 1) of losses in [0, 1] (Maurer & Pontil 2009, theorem 4).

    >>> round(empirical_bernstein(np.zeros(1000)).value, 4)
    0.0086
    """
    losses = np.asarray(losses, float)
    if losses.ndim != 1 or len(losses) < 2:
        raise Problem(f"losses: expected a vector of at least 2 losses, got shape {losses.shape}.")
    if not ((losses >= 0) & (losses <= 1)).all():
        raise Problem(f"losses: expected numbers in [0, 1], got from {losses.min()!r} to {losses.max()!r}. Divide by the largest possible loss.")
    n, mean = len(losses), float(losses.mean())
    check(n, delta, mean)
    assumptions = _assumptions(candidates)
    cost = math.log(2 * candidates / delta)
    return Bound(mean + math.sqrt(2 * float(losses.var(ddof=1)) * cost / n) + 7 * cost / (3 * (n - 1)), mean, delta, assumptions)
