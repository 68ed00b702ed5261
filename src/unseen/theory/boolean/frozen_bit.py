"""A linear function of bits that is learned while one bit is frozen at 1, by a diagonal linear network: what it takes for the bit, what for the constant."""

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from unseen._problem import Problem, number, real_numbers, whole


def frozen_weight(total: float, depth: int, alpha: float) -> float:
    """The weight θ that the frozen bit ends with: f(x) = b + Σ_i θ_i x_i, each θ_i = w_i^L a product of L weights that start at α, b a bias from 0.

    Gradient flow on the mean squared error with x_k = 1 and the other bits uniform: r = b + θ_k - total, b' = -r and w_k' = -r w_k^(L-1), whatever the other
    bits do, so that dw_k/db = w_k^(L-1) and, where r = 0, b + w_k^L = total. Hence w_k = α + b for L = 1 (half of the total each, but for α), w_k = α e^b for
    L = 2, and w_k^(2-L) = α^(2-L) - (L - 2) b beyond. For L ≥ 2 it goes to 0 with α: the interpolator of least degree, in which the bit has no part.
    Derived here. Abbe, Bengio, Lotfi & Rizk (2023), arXiv 2301.13105, prove the limit for diagonal linear networks.

    Args:
        total: the constant of the function plus its weight of the frozen bit, all that can be told of both.
        depth: L, at least 1.
        alpha: α, above 0.

    Raises:
        Problem: numbers out of range.

    >>> [round(frozen_weight(1.0, depth, 0.1), 4) for depth in (1, 2, 3)]
    [0.55, 0.0649, 0.0014]
    """
    number(total=total, alpha=alpha)
    whole(depth=depth)
    _checked(depth, alpha)
    if not np.isfinite(total):
        raise Problem(f"total: expected a finite number, got {total!r}.")

    def weight(b: float) -> float:
        if depth == 1:
            return alpha + b
        if depth == 2:
            return alpha * np.exp(b)
        return (alpha ** (2.0 - depth) - (depth - 2) * b) ** (1 / (2 - depth))

    def excess(b: float) -> float:
        return b + weight(b) ** depth - total

    low, high = sorted((0.0, total - alpha**depth))
    if depth > 2:
        high = min(high, alpha ** (2.0 - depth) / (depth - 2) * (1 - 1e-12))  # beyond, the weight is infinite
    return total - float(brentq(excess, low, high, xtol=1e-15)) if low < high else alpha**depth


def simulate_diagonal(
    rng: np.random.Generator,
    weights: Float[np.ndarray, " bits_and_one"],
    frozen: int | None,
    *,
    depth: int,
    alpha: float,
    rate: float = 0.05,
    steps: int = 4000,
    batch: int = 32,
) -> Float[np.ndarray, " bits_and_one"]:
    """(b, θ_1, …, θ_n) after stochastic gradient descent of the network of `frozen_weight` on (f(x) - y)²/2, fresh batches with bit `frozen` at 1.

    Args:
        rng: of the examples.
        weights: (constant, weights of the bits) of the function that is learned; those of bits cannot be negative, as products of equal weights are not.
        frozen: which bit, from 0 on; None: no bit.
        depth: as of `frozen_weight`.
        alpha: idem.
        rate: of a step, above 0.
        steps: at least 1.
        batch: examples in each, at least 1.

    Raises:
        Problem: numbers out of range, or a weight that is negative.

    >>> found = simulate_diagonal(np.random.default_rng(0), np.array([0.5, 1.0, 0.5]), 0, depth=3, alpha=0.1)
    >>> found.round(2).tolist()
    [1.5, 0.0, 0.5]
    """
    weights = real_numbers("weights", weights)
    number(alpha=alpha, rate=rate)
    whole(depth=depth, steps=steps, batch=batch)
    _checked(depth, alpha)
    if weights.ndim != 1 or len(weights) < 2 or (weights[1:] < 0).any():
        raise Problem(f"weights: expected a constant and at least one weight, none of a bit below 0, got {weights!r}.")
    if frozen is not None:
        whole(frozen=frozen)
    if not (0 < rate < np.inf and steps >= 1 and batch >= 1 and (frozen is None or 0 <= frozen < len(weights) - 1)):
        given = f"{rate!r}, {steps!r}, {batch!r} and {frozen!r}"
        raise Problem(f"rate, steps, batch, frozen: expected a number above 0, at least 1, at least 1, and a bit or None, got {given}.")
    b, w = 0.0, np.full(len(weights) - 1, float(alpha))
    for _ in range(steps):
        x = rng.choice([-1.0, 1.0], (batch, len(w)))
        if frozen is not None:
            x[:, frozen] = 1.0
        residual = b - weights[0] + x @ (w**depth - weights[1:])
        b, w = b - rate * residual.mean(), w - rate * w ** (depth - 1) * (residual @ x) / batch
    return np.append(b, w**depth)


def _checked(depth: int, alpha: float) -> None:
    if not (depth >= 1 and 0 < alpha < np.inf):
        raise Problem(f"depth, alpha: expected at least 1 and a number above 0, got {depth!r} and {alpha!r}.")
