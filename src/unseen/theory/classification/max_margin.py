"""The linear classifier of largest margin in high dimension: its direction and margin in the limit, and the classifier itself."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from unseen._problem import Problem, number, real_numbers, whole

Shortfall = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(margin κ, overlap ρ) → E max(κ - M, 0)², M the margin of a training example under a fixed unit vector of that overlap."""

GOLDEN = (np.sqrt(5) - 1) / 2


class Separator(NamedTuple):
    """Attributes: `overlap`, cosine of the weights and the signal, and `margin`, in units of the noise's deviation; one for each aspect."""

    overlap: Float[np.ndarray, "*a"]
    margin: Float[np.ndarray, "*a"]


def threshold(shortfall: Shortfall) -> float:
    """The least d/n above which the training set can be separated.

    >>> from scipy.special import ndtr
    >>> round(threshold(lambda kappa, rho: (kappa**2 + 1) * ndtr(kappa) + kappa * np.exp(-(kappa**2) / 2) / np.sqrt(2 * np.pi)), 6)  # pure noise: Cover
    0.5
    """
    return float(_least(shortfall, np.zeros(1))[0][0])


def largest_margin(shortfall: Shortfall, aspect: float | Float[np.ndarray, "*a"], mean: float) -> Separator:
    """(overlap, margin) of the unit w whose least margin is the largest, d, n → ∞ at aspect = d/n: min_ρ E(κ - M)₊²/(1 - ρ²) = aspect.

    By the convex Gaussian min-max theorem margins κ are possible if √n √E(κ - M)₊² ≤ √(1 - ρ²) √d for some ρ: the directions other than the signal's lend
    what is missing. M = ρ S + √(1 - ρ²) G, S the signal of an example with its label's sign and unit noise, G ~ N(0, 1). In tan of the angle the
    left side is convex, so that there is one minimum. Deng, Kammoun & Thrampoulidis (2022), "A Model of Double Descent for High-Dimensional Binary Linear
    Classification"; Montanari, Ruan, Sohn & Yan (2019), arXiv 1911.01544; read as abstracts, and derived here.

    Args:
        shortfall: see `Shortfall`.
        aspect: d/n, one or many.
        mean: E S, at least 0; bounds the margin by √(aspect + mean²).

    Raises:
        Problem: an aspect at which the training set cannot be separated, or numbers out of range.

    >>> from scipy.special import ndtr
    >>> pure_noise = lambda kappa, rho: (kappa**2 + 1) * ndtr(kappa) + kappa * np.exp(-(kappa**2) / 2) / np.sqrt(2 * np.pi)
    >>> largest_margin(pure_noise, 1.0, mean=0.0).margin.round(4).item()  # Gardner: half as many examples as at margin 0
    0.4707
    """
    number(mean=mean)
    given = real_numbers("aspect", aspect)
    aspects = given.ravel()
    if not (mean >= 0 and (aspects > 0).all()):
        raise Problem(f"aspect, mean: expected above 0 and at least 0, got {aspect!r} and {mean!r}.")
    if (aspects <= (limit := threshold(shortfall))).any():
        raise Problem(f"aspect: expected more than d/n = {limit:.4g}, below which the examples cannot be separated, got {aspects.min():.4g}.")
    low, high = np.zeros_like(aspects), np.sqrt(aspects + mean**2)
    for _ in range(50):
        middle = (low + high) / 2
        fits = _least(shortfall, middle)[0] <= aspects
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    overlap = _least(shortfall, low)[1]
    return Separator(overlap.reshape(given.shape), low.reshape(given.shape))


def separate(x: Float[np.ndarray, "r n d"], *, steps: int = 4000, tolerance: float = 0.01) -> Float[np.ndarray, "r d"]:
    """Unit weights of the largest least margin on each of r training sets of inputs times labels: the hard-margin support vector machine without offset.

    The dual, least ‖Xᵀa‖²/2 - Σ a over a ≥ 0, by projected gradient steps with momentum that starts anew where it would go uphill; w = Xᵀa.

    Args:
        x: inputs, each times its label ±1.
        steps: of the gradient.
        tolerance: the largest relative gap between the margin found and its upper bound, 1/√(Σ a).

    Raises:
        Problem: a gap above the tolerance, as where the examples cannot be separated.

    >>> separate(np.array([[[3.0, 0.0], [0.0, 1.0]]])).round(3).tolist()
    [[0.316, 0.949]]
    """
    number(tolerance=tolerance)
    whole(steps=steps)
    with jax.enable_x64(True):
        weights, bound = (np.asarray(one) for one in _separate(jnp.asarray(real_numbers("x", x)), steps))
    norm = np.linalg.norm(weights, axis=1)
    with np.errstate(invalid="ignore"):
        margin = np.einsum("rnd,rd->rn", x, weights).min(axis=1) / norm
    if not (gap := float(np.max(1 - margin / bound))) < tolerance:
        raise Problem(
            f"x: no largest margin was found within {steps} steps, the gap is {gap:.2g}. Take more dimensions, so that it can be separated, or steps."
        )
    return weights / norm[:, None]


def _dual(x: Array, steps: int) -> tuple[Array, Array]:
    gram = x @ x.T
    rate = 1 / jnp.linalg.norm(gram, 2)

    def step(_: int, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        a, ahead, momentum = state
        slope = gram @ ahead - 1
        new = jnp.maximum(ahead - rate * slope, 0)
        uphill = jnp.vdot(slope, new - a) > 0
        later = jnp.where(uphill, 1.0, (1 + jnp.sqrt(1 + 4 * momentum**2)) / 2)
        return new, jnp.where(uphill, new, new + (momentum - 1) / later * (new - a)), later

    start = jnp.zeros(len(x))
    a = jax.lax.fori_loop(0, steps, step, (start, start, jnp.ones(())))[0]
    return a @ x, 1 / jnp.sqrt(jnp.sum(a))


_separate = jax.jit(jax.vmap(_dual, (0, None)), static_argnums=1)


def _least(shortfall: Shortfall, margin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(least, where) of E(κ - M)₊²/(1 - ρ²) over ρ = cos of an angle, by golden sections."""

    def value(angle: np.ndarray) -> np.ndarray:
        return shortfall(margin, np.cos(angle)) / np.sin(angle) ** 2

    low, high = np.full_like(margin, 1e-6), np.full_like(margin, np.pi / 2)
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(38):
        lower = at_left < at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        left, right, kept = high - GOLDEN * (high - low), low + GOLDEN * (high - low), np.where(lower, at_left, at_right)
        new = value(np.where(lower, left, right))
        at_left, at_right = np.where(lower, new, kept), np.where(lower, kept, new)
    best = (low + high) / 2
    return value(best), np.cos(best)
