"""How many different prime factors the numbers up to x have: counted, and as number theory says."""

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, whole

MERTENS = 0.2614972128476428
EULER = 0.5772156649015329
PRIME_ZETA_2 = 0.4522474200410655
"""Σ_p 1/p²."""


def distinct_prime_factors(limit: int) -> Int[np.ndarray, " limit"]:
    """ω(0), …, ω(limit - 1): how many different primes divide each number, 0 for 0 and 1.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> distinct_prime_factors(13).tolist()
    [0, 0, 1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 2]
    """
    whole(limit=limit)
    if limit < 1:
        raise Problem(f"limit: expected at least 1, got {limit!r}.")
    count = np.zeros(limit, np.int8)
    for p in range(2, limit):
        if count[p] == 0:
            count[p::p] += 1
    count[:1] = 0
    return count


def mean_distinct(x: int | Int[np.ndarray, "*x"]) -> Float[np.ndarray, "*x"]:
    """Mean of ω over the numbers up to x: ln ln x + M + (γ - 1)/ln x, with Mertens' constant M, up to O(1/ln² x).

    The law of Hardy and Ramanujan, and of Erdős and Kac, names the first term alone, which is 0.2 too small at any x that can be sieved.

    Raises:
        Problem: a number that is not above 1.

    >>> float(mean_distinct(2**20).round(3)), float(distinct_prime_factors(2**20)[2:].mean().round(3))
    (2.86, 2.857)
    """
    _above_one(x)
    return np.asarray(np.log(np.log(x)) + MERTENS + (EULER - 1) / np.log(x))


def variance_distinct(x: int | Int[np.ndarray, "*x"]) -> Float[np.ndarray, "*x"]:
    """Variance of ω over the numbers up to x: ln ln x + M - Σ_p 1/p² - π²/6, up to O(1/ln x), which is not small: about 2.6/ln x at x = 2^20.

    So (ω - ln ln x)/√(ln ln x) has a variance of 0.37 there, and not the 1 of the limit that Erdős and Kac proved.

    Raises:
        Problem: a number that is not above 1.

    >>> float(variance_distinct(2**20).round(2)), float(distinct_prime_factors(2**20)[2:].astype(float).var().round(2))
    (0.79, 0.98)
    """
    _above_one(x)
    return np.asarray(np.log(np.log(x)) + MERTENS - PRIME_ZETA_2 - np.pi**2 / 6)


def _above_one(x: int | np.ndarray) -> None:
    if np.asarray(x).dtype.kind not in "iu" or not (np.asarray(x) > 1).all():
        raise Problem(f"x: expected whole numbers above 1, got {x!r}. Write them as ints: 10, not 10.0.")
