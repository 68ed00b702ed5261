"""The relative entropy of two coins and its inverse, on which the tightest bounds for losses in [0, 1] rest."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import ArrayLike, Float
from scipy.special import rel_entr

from unseen._problem import Problem, real_numbers

Numbers = ArrayLike | Sequence[float]
"""A number, an array of any kind, or a list of numbers."""


def binary_kl(q: Numbers, p: Numbers) -> Float[np.ndarray, "..."]:
    """kl(q‖p) = q ln(q/p) + (1 - q) ln((1 - q)/(1 - p)) in nats, for q, p in [0, 1]; infinity where p excludes what q allows.

    Summed as q g(p/q - 1) + (1 - q) g((1 - p)/(1 - q) - 1) with g(r) = r - ln(1 + r) ≥ 0, so that neither rates near 0 nor rates near each other lose digits.

    Raises:
        Problem: rates outside of [0, 1].

    >>> round(float(binary_kl(0.5, 0.25)), 4)
    0.1438
    """
    q, p = _rates("q", q), _rates("p", p)
    return np.asarray(_divergence(q, p, np.asarray(p - q)) + _divergence(np.asarray(1 - q), np.asarray(1 - p), np.asarray(q - p)))


def kl_upper(q: Numbers, budget: Numbers) -> Float[np.ndarray, "..."]:
    """The supremum of {p : kl(q‖p) ≤ budget}: the largest rate that an observed rate q and a budget in nats leave possible.

    With budget = ln(1/δ)/n it is the Chernoff bound for n independent losses in [0, 1] of mean q. By bisection of p - q to the resolution of doubles,
    below q + budget + √(budget² + 2 q budget), as kl(q‖p) ≥ (p - q)²/(2p).

    Raises:
        Problem: rates outside of [0, 1], or budgets below 0.

    >>> round(float(kl_upper(0.0, 0.1)), 6)  # 1 - e^{-0.1}
    0.095163
    """
    q, budget = _asked(q, budget)
    budget = np.minimum(budget, 1e9)  # already 1 to the last digit
    low, high = np.zeros_like(q), np.minimum(1 - q, budget + np.sqrt(budget**2 + 2 * q * budget))
    for _ in range(60):
        middle = (low + high) / 2
        inside = binary_kl(q, np.minimum(q + middle, 1.0)) <= budget
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.asarray(np.minimum(q + high, 1.0))


def kl_lower(q: Numbers, budget: Numbers) -> Float[np.ndarray, "..."]:
    """The infimum of {p : kl(q‖p) ≤ budget} = 1 - kl_upper(1 - q, budget), but by bisection of ln(q/p) ≤ 1 + budget/q: exact for small rates, too.

    >>> round(float(kl_lower(1.0, 0.1)), 6)
    0.904837
    """
    q, budget = _asked(q, budget)
    low, high = np.zeros_like(q), np.minimum(1 + np.divide(budget, q, out=np.zeros_like(q), where=q > 0), 800.0)  # e^-800 is 0
    for _ in range(60):
        middle = (low + high) / 2
        inside = binary_kl(q, q * np.exp(-middle)) <= budget
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.asarray(q * np.exp(-high))


def _asked(q: Numbers, budget: Numbers) -> tuple[np.ndarray, np.ndarray]:
    q, budget = np.broadcast_arrays(real_numbers("q", q, finite=False), real_numbers("budget", budget, finite=False))
    if not ((q >= 0) & (q <= 1)).all() or not (budget >= 0).all():
        raise Problem(f"q, budget: expected rates in [0, 1] and budgets of at least 0, got {q!r} and {budget!r}.")
    return q, budget


def _rates(name: str, values: Numbers) -> np.ndarray:
    values = real_numbers(name, values, finite=False)
    if not ((values >= 0) & (values <= 1)).all():
        raise Problem(f"{name}: expected rates in [0, 1], got {values!r}.")
    return values


def _divergence(q: np.ndarray, p: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Q ln(q/p) + p - q ≥ 0, with `apart` = p - q: by a series in s = r/(2 + r), r = p/q - 1, where they are near each other."""
    near = np.abs(apart) <= q / 2
    r = np.divide(apart, q, out=np.zeros(np.shape(near)), where=near & (q > 0))
    s = r / (2 + r)
    odd = np.polynomial.polynomial.polyval(s**2, 2 / np.arange(3.0, 29.0, 2))  # ln(1 + r) = 2 s + s³ odd, and r - 2s = r s
    return np.where(near, q * (r * s - s**3 * odd), apart + rel_entr(q, p))
