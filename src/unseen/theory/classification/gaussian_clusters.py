"""Two Gaussian clusters in high dimension, labels flipped or not: test errors of ridge regression on labels, averaging, and the largest margin."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.special import ndtr

from unseen._problem import Problem, number, whole
from unseen.theory.classification.max_margin import Separator, largest_margin, separate


class Classifier(NamedTuple):
    """What is known of w in the limit.

    Attributes:
        overlap: cosine of w and the centre, ρ.
        error: chance that a new example is misclassified, its label not flipped: Φ(-ρ ‖μ‖).
        signal: w·μ.
        norm: ‖w‖.
    """

    overlap: float
    error: float
    signal: float
    norm: float


def ridge_on_labels(norm: float, n: int, d: int, ridge: float = 0.0, flip_rate: float = 0.0) -> Classifier:
    """The fit w = argmin Σ_i (y_i - w·x_i)² + ridge ‖w‖², x = ±μ + N(0, I) with ‖μ‖ = norm; n, d → ∞ together. No ridge, n < d: the interpolator of least norm.

    With c = 1 - 2 flip_rate and κ ≥ 0 of d/(1 + κ) + ridge/κ = n (d/n - 1 for no ridge and n < d): w·μ = m = c ‖μ‖²/(1 + ‖μ‖² + κ), and
    with τ = (d/n)/(1 + κ)² what w has off μ is t² = τ (1 - 2cm + m² + m²/‖μ‖²)/(1 - τ). Derived here by the convex Gaussian min-max
    theorem; the setting of Mignacco, Krzakala, Lu & Zdeborová (2020), arXiv 2002.11544, of Chatterji & Long (2021) and of Cao, Gu & Belkin (2021).

    Args:
        norm: half the distance of the centres, above 0.
        n: examples.
        d: dimension.
        ridge: at least 0; infinity stands for the mean of y x, `averaging`.
        flip_rate: chance that a training label is wrong, in [0, 1/2).

    Raises:
        Problem: numbers out of range, or no ridge with n = d, where the norm is not finite.

    >>> few = ridge_on_labels(norm=5.0, n=100, d=2000, flip_rate=0.1)  # every label is fitted, wrong ones too
    >>> round(few.overlap, 4), round(few.error, 6)
    (0.4826, 0.007906)
    """
    number(ridge=ridge)
    _check(norm, n, d, flip_rate)
    if not ridge >= 0 or (ridge == 0 and n == d):
        raise Problem(f"ridge: expected at least 0, and above 0 where n = d, got {ridge!r}.")
    if np.isinf(ridge):
        return averaging(norm, n, d, flip_rate)
    gap, clean, square = d + ridge - n, 1 - 2 * flip_rate, norm**2
    root = np.hypot(gap, 2 * np.sqrt(n * ridge))
    kappa = (gap + root) / (2 * n) if gap > 0 else 2 * ridge / (root - gap)  # of n κ² - (d + ridge - n) κ - ridge = 0
    m, tau = clean * square / (1 + square + kappa), d / n / (1 + kappa) ** 2
    off = tau * (1 - 2 * clean * m + m**2 * (1 + 1 / square)) / (1 - tau)
    return _of(norm, m, float(np.sqrt(m**2 / square + off)))


def averaging(norm: float, n: int, d: int, flip_rate: float = 0.0) -> Classifier:
    """The mean w of y x, the limit of an endless ridge: w = c μ + N(0, I/n), so that ρ = c ‖μ‖/√(c² ‖μ‖² + d/n).

    Without flips no rule that must learn μ from a uniform prior does better.

    >>> round(averaging(norm=1.0, n=100, d=100).overlap, 6)
    0.707107
    """
    _check(norm, n, d, flip_rate)
    clean = 1 - 2 * flip_rate
    return _of(norm, clean * norm**2, float(np.sqrt((clean * norm) ** 2 + d / n)))


def cluster_margin(norm: float, aspect: float | Float[np.ndarray, "*a"], flip_rate: float = 0.0) -> Separator:
    """The hard-margin support vector machine on these clusters, at aspect = d/n: see `largest_margin`. The error is Φ(-overlap ‖μ‖).

    Raises:
        Problem: as `largest_margin`: fewer dimensions than it takes to separate the training set.

    >>> cluster_margin(norm=1.0, aspect=np.array([1.0, 4.0])).overlap.round(4).tolist()
    [0.5292, 0.3938]
    """
    _check(norm, 1, 1, flip_rate)
    signs = ((1 - flip_rate, 1.0), (flip_rate, -1.0))

    def shortfall(margin: np.ndarray, overlap: np.ndarray) -> np.ndarray:
        gaps = [(weight, margin - sign * overlap * norm) for weight, sign in signs]
        return sum((weight * ((gap**2 + 1) * ndtr(gap) + gap * np.exp(-(gap**2) / 2) / np.sqrt(2 * np.pi)) for weight, gap in gaps), np.zeros_like(margin))

    return largest_margin(shortfall, aspect, (1 - 2 * flip_rate) * norm)


def simulate_clusters(
    key: PRNGKeyArray, norm: float, n: int, d: int, ridge: float | None = 0.0, flip_rate: float = 0.0, *, repetitions: int = 1
) -> Float[np.ndarray, "repetitions two"]:
    """(overlap, exact error) [repetitions, 2] of classifiers that are fitted; no `ridge` (None) asks for the largest margin.

    Arguments as of `ridge_on_labels`; errors as of `separate` too. A ridge of 0 is taken as 10⁻⁹ times the mean of ‖x‖².

    >>> simulate_clusters(jax.random.key(0), 5.0, 100, 2000, flip_rate=0.1, repetitions=20).mean(axis=0).round(1).tolist()
    [0.5, 0.0]
    """
    if ridge is not None:
        number(ridge=ridge)
    whole(n=n, d=d, repetitions=repetitions)
    _check(norm, n, d, flip_rate)
    if not repetitions >= 1:
        raise Problem(f"repetitions: expected at least 1, got {repetitions!r}.")
    if ridge is not None and not (np.isfinite(ridge) and ridge >= 0):
        raise Problem(f"ridge: expected a number of at least 0, or None for the largest margin, got {ridge!r}.")
    with jax.enable_x64(True):
        x = np.asarray(_draw(jax.random.split(key, repetitions), n, d, norm, flip_rate))
    w = separate(x) if ridge is None else _fit(x, max(ridge, 1e-9 * d))
    overlap = w[:, 0] / np.linalg.norm(w, axis=1)
    return np.stack([overlap, ndtr(-overlap * norm)], axis=1)


def _draw_one(key: Array, n: int, d: int, norm: float, flip_rate: float) -> Array:
    noise, flips = jax.random.split(key)
    sign = jnp.where(jax.random.bernoulli(flips, flip_rate, (n,)), -1.0, 1.0)
    return jax.random.normal(noise, (n, d)).at[:, 0].add(norm * sign)


def _fit(x: np.ndarray, ridge: float) -> np.ndarray:
    """By NumPy: solving many small systems at once can hang in JAX on one core."""
    _, n, d = x.shape
    across = x.swapaxes(1, 2)
    if n <= d:
        return (across @ np.linalg.solve(x @ across + ridge * np.eye(n), np.ones((len(x), n, 1))))[:, :, 0]
    return np.linalg.solve(across @ x + ridge * np.eye(d), x.sum(axis=1)[:, :, None])[:, :, 0]


_draw = jax.jit(jax.vmap(_draw_one, (0, None, None, None, None)), static_argnums=(1, 2))


def _of(norm: float, signal: float, length: float) -> Classifier:
    overlap = float(signal / norm / length)
    return Classifier(overlap, float(ndtr(-overlap * norm)), float(signal), length)


def _check(norm: float, n: int, d: int, flip_rate: float) -> None:
    whole(n=n, d=d)
    number(norm=norm, flip_rate=flip_rate)
    if not (np.isfinite(norm) and norm > 0 and 1 <= n < np.inf and 1 <= d < np.inf):
        raise Problem(f"norm, n, d: expected above 0, and at least 1, got {norm!r}, {n!r}, {d!r}.")
    if not 0 <= flip_rate < 0.5:
        raise Problem(f"flip_rate: expected a chance in [0, 1/2), got {flip_rate!r}.")
