"""Bounds for contrastive learning of linear features from n tuples (anchor, positive, k negatives), and how they grow with k.

Features V x of inputs of norm at most 1 give the scores v_j = (V x)·(V x⁺ - V x⁻_j) = ⟨M, x (x⁺ - x⁻_j)ᵀ⟩, M = VᵀV, all within ±A, A = 2 ‖M‖_F. The loss
ln(1 + Σ_j e^{-v_j}) changes by at most the largest change of a score. So functions that are close on all n k scores are close in loss, and covering
numbers of linear functions, which grow with the logarithm of the number of points, give a complexity that grows as √ln k (Lei, Yang, Ying & Zhou 2023):
`uniform_complexity`. Contraction by Euclidean distances gives √k instead (`vector_complexity`), and k where it is done on the features
(`feature_complexity`, after Arora et al. 2019). Here they are with constants, derived anew: those of the paper were not at hand.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, whole
from unseen.bounds.bound import INDEPENDENT, Bound, check

BALL = "all scores lie within the radius, for inputs and features of bounded norm that were fixed beforehand"


def contrastive_loss(scores: Float[np.ndarray, "*n k"]) -> Float[np.ndarray, "*n"]:
    """ln(1 + Σ_j e^{-v_j}), above 0; at most ln(1 + k e^A) for scores within ±A.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> contrastive_loss(np.zeros((1, 3))).round(4)  # ln 4
    array([1.3863])
    """
    fitting(scores=(scores, "... k"))
    return np.logaddexp.reduce(np.concatenate([np.zeros_like(scores[..., :1]), -scores], axis=-1), axis=-1)


def _asked(radius: float, n: int, k: int) -> None:
    whole(n=n, k=k)
    number(radius=radius)
    if not (radius > 0 and n >= 2 and k >= 1):
        raise Problem(f"radius, n, k: expected a positive largest score, at least 2 tuples and 1 negative, got {radius!r}, {n!r} and {k!r}.")


def uniform_complexity(radius: float, n: int, k: int) -> float:
    """Limit of the Rademacher complexity of the losses: min_a 4a + (12/√n) ∫_a^A √(36 A²/ε² ln(2⌈4A/ε + 2⌉ n k + 1)) dε, and at most A.

    Dudley's integral with the covering number in the largest distance over n k points of linear functions bounded by A (Zhang 2002, theorem 4; remembered). Of
    the order of A ln n √ln(n k) / √n; the constants are such that it says nothing below some 10⁶ tuples.

    >>> round(uniform_complexity(1.0, 10**8, 256) / uniform_complexity(1.0, 10**8, 1), 2)
    1.09
    """
    _asked(radius, n, k)
    cuts = np.geomspace(1.0, 1e-4, 400)  # ε over A, from above
    slope = 6 / cuts * np.sqrt(np.log(2 * np.ceil(4 / cuts + 2) * n * k + 1))
    area = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * -np.diff(cuts))])
    return radius * min(1.0, float(np.min(4 * cuts + 12 * area / math.sqrt(n))))


def vector_complexity(radius: float, n: int, k: int) -> float:
    """√2 A √(k/n): the loss is 1-Lipschitz in the Euclidean distance of scores too (Maurer's contraction 2016).

    >>> round(vector_complexity(1.0, 1000, 256) / vector_complexity(1.0, 1000, 1), 2)
    16.0
    """
    _asked(radius, n, k)
    return math.sqrt(2) * radius * math.sqrt(k / n)


def feature_complexity(radius: float, n: int, k: int, dimension: int) -> float:
    """√2 · √(6k) · A/2 · √(d (k + 2)/n): contraction of the (k + 2) d features of a tuple, whose scores are √(6k) B-Lipschitz in them (Arora et al. 2019).

    B, the largest norm of features, is at most ‖V‖_F, and A/2 = ‖V‖_F² is taken.

    >>> round(feature_complexity(1.0, 1000, 256, 8) / feature_complexity(1.0, 1000, 1, 8), 1)
    148.4
    """
    whole(dimension=dimension)
    _asked(radius, n, k)
    if not 1 <= dimension < math.inf:
        raise Problem(f"dimension: expected at least 1, got {dimension!r}.")
    return math.sqrt(2) * math.sqrt(6 * k) * radius / 2 * math.sqrt(dimension * (k + 2) / n)


def contrastive_bound(
    losses: Float[np.ndarray, " n"],
    radius: float,
    k: int,
    delta: float = 0.05,
    *,
    complexity: Callable[[float, int, int], float] = uniform_complexity,
) -> Bound:
    """Mean loss + 2 · complexity + 3 (2A) √(ln(2/δ)/2n), for all features of the ball at once (Mohri et al. 2018, theorem 3.3).

    Args:
        losses: of independent tuples, see `contrastive_loss`.
        radius: A, the largest score that the ball allows.
        k: negatives in a tuple.
        delta: chance of failure.
        complexity: one of those above.

    Raises:
        Problem: losses that are no losses of such scores, or numbers out of range.

    >>> contrastive_bound(np.full(1000, 0.5), radius=1.0, k=1).vacuous
    True
    """
    losses = np.asarray(losses, float)
    _asked(radius, len(losses), k)
    largest, least = (math.log1p(k * math.exp(side * radius)) for side in (1, -1))
    if not ((losses >= least - 1e-9) & (losses <= largest + 1e-9)).all():
        raise Problem(f"losses: expected numbers from {least:g} to {largest:g}, which scores within ±{radius:g} give, got some outside.")
    mean = float(losses.mean())
    check(len(losses), delta, mean, trivial=largest)
    found = complexity(radius, len(losses), k)
    value = mean + 2 * found + 6 * radius * math.sqrt(math.log(2 / delta) / (2 * len(losses)))
    return Bound(value, mean, delta, {INDEPENDENT: None, BALL: None}, trivial=largest, terms={"complexity": found})
