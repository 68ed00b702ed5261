"""Least squares by stochastic gradient descent on a stream of new examples: the loss curve as the solution of a Volterra equation, and the descent itself."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray
from scipy.optimize import brentq

from unseen._problem import Problem, number, real_numbers, whole
from unseen.theory.ridge import effective_regularization

Spectrum = Float[np.ndarray, " _"]  # one number for each eigenvalue; `Problem`, not the type, tells which does not fit


class Curve(NamedTuple):
    """Of a curve of the loss over the steps 0, 1, …, steps.

    Attributes:
        loss: expected squared error of labels.
        forcing: what would be left of it without the noise that the choice of examples makes.
        kernel: K(r), which passes the loss at a step on to that r + 1 steps later; one entry fewer.
    """

    loss: Float[np.ndarray, " t"]
    forcing: Float[np.ndarray, " t"]
    kernel: Float[np.ndarray, " s"]


class _Contour(NamedTuple):
    z: Complex[np.ndarray, " q"]
    forcing: Complex[np.ndarray, " q"]
    kernel: Complex[np.ndarray, " q"]
    limit: float


def volterra(forcing: Float[np.ndarray, " t"], kernel: Float[np.ndarray, " _"]) -> Float[np.ndarray, " t"]:
    """P with P(r) = F(r) + Σ_{s<r} K(r - 1 - s) P(s), step after step.

    Args:
        forcing: F at the steps 0, 1, …
        kernel: K at 0, 1, …; at least one entry fewer.

    Raises:
        Problem: a kernel that is too short, or numbers that are not finite, as where the solution has grown beyond all bounds.

    >>> volterra(np.ones(4), np.full(3, 0.5)).tolist()
    [1.0, 1.5, 2.25, 3.375]
    """
    forcing, kernel = real_numbers("forcing", forcing), real_numbers("kernel", kernel)
    if forcing.ndim != 1 or kernel.ndim != 1 or kernel.size < forcing.size - 1:
        raise Problem(f"kernel: expected at least {forcing.size - 1} entries for {forcing.size} steps, got shapes {kernel.shape} and {forcing.shape}.")
    solution, backwards = forcing.copy(), kernel[::-1]
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(1, forcing.size):
            solution[step] += backwards[kernel.size - step :] @ solution[:step]
    return real_numbers("forcing, kernel: the solution", solution)


def largest_rate(eigenvalues: Spectrum, batch: int = 1) -> float:
    """The learning rate below which the loss stays bounded for ever: the γ with Σ_k K(k) = Σ_j γ λ_j/(2 - γ (batch + 1) λ_j) = 1.

    Examples are normal; of a sketch, `eigenvalues` are those of the features' covariance.

    Raises:
        Problem: eigenvalues that are not positive, or no batch.

    >>> round(largest_rate(np.ones(10)), 6)  # 10 γ = 2 - 2 γ
    0.166667
    """
    eigenvalues, _ = _checked(eigenvalues, eigenvalues, batch, 0.0)
    pole = 2 / ((batch + 1) * eigenvalues.max())

    def over(rate: float) -> float:
        return float(np.sum(rate * eigenvalues / (2 - rate * (batch + 1) * eigenvalues)) - 1)

    return float(brentq(over, 0.0, pole * (1 - 1e-12), xtol=1e-15 * pole))


def streaming_loss(eigenvalues: Spectrum, coefficients: Spectrum, steps: int, rate: float, batch: int = 1, noise: float = 0.0) -> Curve:
    """Expected loss of θ ← θ - rate Σ_{i ≤ batch} x_i (x_i·θ - y_i) from 0, each example seen once; exact for normal x.

    With q = 1 - 2 γ B λ + γ² B (B + 1) λ² for each mode, B = batch, P solves `volterra` for F(r) = Σ v² q^r + noise² and K(r) = γ² B Σ λ² q^r: for normal x,
    E x xᵀ M x xᵀ = 2 Λ M Λ + Λ tr(ΛM). Paquette, Paquette, Xiao & Pennington (2024), "4+3 Phases of Compute-Optimal Neural Scaling Laws", arXiv 2405.15074.

    Args:
        eigenvalues: λ of the inputs' covariance, above 0.
        coefficients: v, of the target in the inputs divided by √λ: y = Σ v x/√λ + noise.
        steps: at least 1.
        rate: γ, above 0.
        batch: examples a step.
        noise: standard deviation of the labels' noise, counted in the loss too.

    Raises:
        Problem: numbers out of range, or a rate that is not below `largest_rate`.

    >>> streaming_loss(np.ones(1), np.ones(1), steps=2, rate=0.5).loss.tolist()  # E (1 - x²/2)² = 3/4
    [1.0, 0.75, 0.5625]
    """
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, batch, noise)
    _converging(rate, largest_rate(eigenvalues, batch), steps)
    left = np.exp(np.arange(steps + 1)[:, None] * np.log(_factor(eigenvalues, rate, batch)))
    forcing, kernel = left @ coefficients**2 + noise**2, rate**2 * batch * (left[:-1] @ eigenvalues**2)
    return Curve(volterra(forcing, kernel), forcing, kernel)


def sketched_loss(
    eigenvalues: Spectrum, coefficients: Spectrum, features: int, steps: int, rate: float, batch: int = 1, noise: float = 0.0, *, nodes: int = 200
) -> Curve:
    """The same for a model of d random features, x·W with W of N(0, 1/d) entries: the limit of many features, in which the curve no longer depends on W.

    F(r) = vᵀ q(A)^r v + noise² and K(r) = γ² B tr A² q(A)^r with A = Λ^½ W Wᵀ Λ^½. Its resolvent (A - z)⁻¹ acts as the diagonal 1/(λ m - z), m = 1 - (1/d) Σ
    λ/(λ + κ), z = -κ m, and both are integrals of it around the spectrum of A, on a curve in the plane of κ. What W cannot express, κ Σ v²/(λ + κ) at m = 0,
    is the pole at z = 0 and never learned. With λ = j^(-2α) and v² = j^(-2(α + β)) it is the model of scaling laws of Maloney, Roberts & Sully (2022).
    Source as of `streaming_loss`; the equation for m as in the authors' code too.

    Args:
        eigenvalues: of the inputs' covariance.
        coefficients: as of `streaming_loss`.
        features: d, not the number of eigenvalues itself.
        steps: idem.
        rate: idem; of the features' mean spectrum.
        batch: idem.
        noise: idem.
        nodes: points of integration on each of two parts of the curve.

    Raises:
        Problem: numbers out of range, a rate at which descent diverges, or integrals that miss F(0) = Σ v² + noise² or K(0) = γ² B (Σ λ² + (Σ λ)²/d).

    >>> j = np.arange(1.0, 401.0)
    >>> sketched_loss(j**-2.0, j**-1.5, features=50, steps=200, rate=0.2).loss[[0, 20, 200]].round(4).tolist()
    [1.2021, 0.0987, 0.0169]
    """
    whole(steps=steps, features=features)
    whole(1, nodes=nodes)
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, batch, noise)
    if not 1 <= features < np.inf or features == eigenvalues.size:
        raise Problem(f"features: expected at least 1, and not as many as there are eigenvalues, {eigenvalues.size}; got {features!r}.")
    _converging(rate, np.inf, steps)
    curve = _contour(eigenvalues, coefficients, features, rate, batch, nodes)
    logs = np.log(_factor(curve.z, rate, batch))
    forcing, kernel = np.empty(steps + 1), np.empty(steps + 1)
    for first in range(0, steps + 1, 1000):
        times = np.arange(first, min(first + 1000, steps + 1))
        left = np.exp(times[:, None] * logs)
        forcing[times], kernel[times] = np.imag(left @ curve.forcing) + curve.limit + noise**2, rate**2 * batch * np.imag(left @ curve.kernel)
    known = [np.sum(coefficients**2) + noise**2, rate**2 * batch * (np.sum(eigenvalues**2) + np.sum(eigenvalues) ** 2 / features)]
    missed = np.abs(np.array([forcing[0], kernel[0]]) / known - 1).max()
    if not missed < 1e-6:
        raise Problem(f"features, nodes: the integrals miss known values by {missed:.1e}. Take more nodes, or features farther from {eigenvalues.size}.")
    if (passed := float(np.sum(np.imag(curve.kernel / (1 - _factor(curve.z, rate, batch)))) * rate**2 * batch)) >= 1:
        raise Problem(f"rate: expected one at which the loss stays bounded, got {rate!r}, at which each step passes on {passed:.3g} of it.")
    return Curve(volterra(forcing, kernel[:-1]), forcing, kernel[:-1])


def simulate_streaming(
    key: PRNGKeyArray,
    eigenvalues: Spectrum,
    coefficients: Spectrum,
    steps: int,
    rate: float,
    batch: int = 1,
    noise: float = 0.0,
    *,
    features: int | None = None,
    repetitions: int = 1,
) -> Float[np.ndarray, "repetitions t"]:
    """The descent, with normal examples, and of `features` a new W in every repetition: the exact loss of θ at each step, labels' noise counted.

    Arguments as of `streaming_loss` and `sketched_loss`. A descent that diverges has losses that are not finite.

    >>> simulate_streaming(jax.random.key(0), np.ones(1), np.ones(1), 1, 0.5, repetitions=10_000).mean(axis=0).round(2).tolist()
    [1.0, 0.75]
    """
    whole(steps=steps, batch=batch, repetitions=repetitions)
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, batch, noise)
    _converging(rate, np.inf, steps)
    if not repetitions >= 1 or not (features is None or features >= 1):
        raise Problem(f"features, repetitions: expected at least 1, got {features!r} and {repetitions!r}.")
    keys = jax.random.split(key, repetitions)
    return np.asarray(_descents(keys, jnp.sqrt(eigenvalues), jnp.asarray(coefficients), rate, noise, steps, batch, features), float)


def _descend(key: Array, root: Array, target: Array, rate: float, noise: float, steps: int, batch: int, features: int | None) -> Array:
    first, rest = jax.random.split(key)
    sketch = None if features is None else jax.random.normal(first, (root.size, features)) / jnp.sqrt(features)

    def loss(theta: Array) -> Array:
        return jnp.sum(jnp.square(root * (theta if sketch is None else sketch @ theta) - target)) + noise**2

    def step(theta: Array, key: Array) -> tuple[Array, Array]:
        draw, disturb = jax.random.split(key)
        phi = jax.random.normal(draw, (batch, root.size))
        x = phi * root if sketch is None else (phi * root) @ sketch
        theta = theta - rate * (x @ theta - phi @ target - noise * jax.random.normal(disturb, (batch,))) @ x
        return theta, loss(theta)

    start = jnp.zeros(root.size if features is None else features)
    return jnp.concatenate([loss(start)[None], jax.lax.scan(step, start, jax.random.split(rest, steps))[1]])


_descents = jax.jit(jax.vmap(_descend, (0, *[None] * 7)), static_argnums=(5, 6, 7))


def _factor(z: np.ndarray, rate: float, batch: int) -> np.ndarray:
    """What a step leaves of a squared coefficient of a mode, on average, apart from the noise that the others make."""
    return 1 - 2 * rate * batch * z + rate**2 * batch * (batch + 1) * z**2


def _contour(eigenvalues: np.ndarray, coefficients: np.ndarray, d: int, rate: float, batch: int, nodes: int) -> _Contour:
    """The upper half of a wedge with an arc around -λ, where Σ λ²/|λ + κ|² < d, and on which |q| ≤ 1; weights for imaginary parts of sums."""
    squares = eigenvalues**2
    limit = effective_regularization(eigenvalues, d)
    tip = limit and np.sqrt(limit * float(brentq(lambda kappa: np.sum(squares / (eigenvalues + kappa) ** 2) - d, 0.0, limit)))
    top = eigenvalues.max()
    end = tip + float(brentq(lambda x: np.sum(squares / (x - eigenvalues) ** 2) - 0.9 * d, top * (1 + 1e-9), top * (2 + 2 * np.sqrt(eigenvalues.size / d))))
    point, weight = np.polynomial.legendre.leggauss(nodes)
    scale = max(tip, eigenvalues.min())
    stretch = np.log1p(end / scale) / 2 * (point + 1)
    for angle in (1.2, 0.9, 0.6, 0.4, 0.25, 0.15):
        turn, around = np.exp(1j * angle), np.exp(1j * angle / 2 * (point + 1))
        kappa = tip - np.concatenate([scale * np.expm1(stretch) / turn, end * around.conj()])  # Im κ > 0
        slope = np.concatenate([scale * np.exp(stretch) / turn * np.log1p(end / scale) / 2 * weight, 1j * end * around.conj() * angle / 2 * weight])
        inverse = 1 / (eigenvalues[:, None] + kappa)
        m = 1 - eigenvalues @ inverse / d
        fits = (squares @ np.abs(inverse) ** 2).max() < d and np.abs(_factor(-kappa * m, rate, batch)).max() <= 1 + 1e-9
        if fits:
            break
    else:
        raise Problem(f"rate, features: no curve around the spectrum on which descent at rate {rate!r} converges. Take a lower rate, or more features.")
    step = -(1 - squares @ inverse**2 / d) / m * slope / np.pi
    z = -kappa * m
    missing = limit * float(np.sum(coefficients**2 / (eigenvalues + limit))) if limit else 0.0
    return _Contour(z, step * (coefficients**2 @ inverse), step * z**2 * inverse.sum(axis=0), missing)


def _checked(eigenvalues: np.ndarray, coefficients: np.ndarray, batch: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    whole(batch=batch)
    number(noise=noise)
    eigenvalues, coefficients = real_numbers("eigenvalues", eigenvalues), real_numbers("coefficients", coefficients)
    if eigenvalues.ndim != 1 or not eigenvalues.size or not (eigenvalues > 0).all():
        raise Problem(f"eigenvalues: expected numbers above 0, got {eigenvalues!r}.")
    if coefficients.shape != eigenvalues.shape:
        raise Problem(f"coefficients: expected one for each of {eigenvalues.size} eigenvalues, got shape {coefficients.shape}.")
    if not (1 <= batch < np.inf and 0 <= noise < np.inf):
        raise Problem(f"batch, noise: expected at least 1 example and a standard deviation of at least 0, got {batch!r} and {noise!r}.")
    return eigenvalues, coefficients


def _converging(rate: float, largest: float, steps: int) -> None:
    whole(steps=steps)
    number(rate=rate)
    if not 1 <= steps < np.inf:
        raise Problem(f"steps: expected at least 1, got {steps!r}.")
    if not 0 < rate < largest:
        raise Problem(
            f"rate: expected a number above 0{'' if np.isinf(largest) else f' and below {largest:.4g}, from which on descent diverges'}, got {rate!r}."
        )
