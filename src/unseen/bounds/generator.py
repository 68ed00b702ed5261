"""A PAC-Bayes bound on the Wasserstein distance between a distribution and what a random generator makes of it."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number
from unseen.bounds.bound import INDEPENDENT, Bound, check
from unseen.bounds.pac_bayes import PRIOR

WITHIN = "examples and what generators make lie in a set of that diameter"
AVERAGED = "the mean distance over generators and their samples was found without error"
TEMPERATURES = tuple(2.0**power for power in range(-4, 5))
"""Multiples of √n/diameter that are tried; all are paid for."""


def wasserstein(x: Float[np.ndarray, "..."], y: Float[np.ndarray, "..."]) -> float:
    """W₁ of two samples of equal size [n, d]: the least mean Euclidean distance of a pairing of their points, by assignment; time of the order of n³.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> wasserstein(np.array([[0.0], [1.0]]), np.array([[1.5], [0.0]]))
    0.25
    """
    fitting(x=(x, "..."), y=(y, "..."))
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.ndim != 2 or x.shape != y.shape or not len(x):
        raise Problem(f"x, y: expected two samples of equal size, [n, d], got shapes {x.shape} and {y.shape}.")
    apart = cdist(x, y)
    return float(apart[linear_sum_assignment(apart)].mean())


def generator_bound(
    distance: float, divergence: float, n: int, diameter: float, delta: float = 0.05, *, temperatures: Sequence[float] = TEMPERATURES, share: float = 4.0
) -> Bound:
    """Mean distance + min_λ (KL + ln(m/δ))/λ + λ Δ²/(4n), over m values of λ that are multiples of √n/Δ fixed beforehand.

    It limits W₁ of the examples' distribution and a generator's, on average over generators drawn from the posterior, for all posteriors at once (Mbacke,
    Clerc & Germain 2023, theorem for bounded spaces, whose λ is fixed). The distance is that of the sample and as many points of the generator. On average
    over both it is never below that of the distributions, since a supremum over critics is convex; and it moves by at most Δ/n with one example, which is
    McDiarmid's condition: so 8 would do in the place of 4 (`share`), the generator's points being averaged over.

    Args:
        distance: mean of `wasserstein` over generators drawn from the posterior, and their points.
        divergence: KL(posterior‖prior) in nats.
        n: examples.
        diameter: Δ of the space.
        delta: chance of failure.
        temperatures: the multiples, above 0.
        share: 4, or 8.

    Raises:
        Problem: numbers out of range.

    >>> round(generator_bound(0.3, divergence=0.0, n=2000, diameter=6.4).value, 3)
    0.629
    """
    number(distance=distance, divergence=divergence, diameter=diameter, share=share)
    check(n, delta)
    if not (math.isfinite(diameter) and share > 0):
        raise Problem(f"diameter, share: expected a finite number and one above 0, got {diameter!r} and {share!r}.")
    if not (diameter > 0 and 0 <= distance <= diameter and divergence >= 0):
        raise Problem(f"distance, divergence, diameter: expected 0 ≤ distance ≤ diameter and KL ≥ 0, got {distance!r}, {divergence!r} and {diameter!r}.")
    if not len(temperatures) or not min(temperatures) > 0:
        raise Problem(f"temperatures: expected positive multiples, got {temperatures!r}.")
    tried = np.asarray(temperatures, float) * math.sqrt(n) / diameter
    prices = (divergence + math.log(len(tried) / delta)) / tried + tried * diameter**2 / (share * n)
    known: dict[str, bool | None] = {INDEPENDENT: None, PRIOR: None, WITHIN: None, AVERAGED: None}
    terms = {"divergence": divergence, "temperature": float(tried[prices.argmin()])}
    return Bound(distance + float(prices.min()), distance, delta, known, trivial=diameter, terms=terms)
