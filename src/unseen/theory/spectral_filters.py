"""Test error of kernel methods that filter the spectrum, as ridge regression and gradient flow do: on Gaussian features, and on a circle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, whole
from unseen.theory.ridge import effective_regularization

Spectrum = Float[np.ndarray, " _"]


@dataclass(frozen=True)
class Filter:
    """How much of the signal along an eigenvalue of K/n a method learns: h(λ) = 1 - r(λ), with h(0) = 0.

    Attributes:
        residual: r, an analytic function of complex arrays, bounded for large positive λ, for `Re λ > -2 left`.
        left: above 0.
    """

    residual: Callable[[np.ndarray], np.ndarray]
    left: float


def ridge_filter(ridge: float) -> Filter:
    """r(λ) = ridge/(λ + ridge): argmin mean (y - f)² + ridge ‖f‖², so a `ridge` of n times that in `theory/ridge.py`.

    >>> ridge_filter(1.0).residual(np.array([0.0, 1.0])).tolist()
    [1.0, 0.5]
    """
    number(ridge=ridge)
    if not ridge > 0:
        raise Problem(f"ridge: expected a number above 0, got {ridge!r}.")
    return Filter(lambda eigenvalues: ridge / (eigenvalues + ridge), ridge / 2)


def flow_filter(time: float) -> Filter:
    """r(λ) = e^(-λ time): gradient flow on mean (y - f)²/2 from f = 0.

    >>> flow_filter(1.0).residual(np.array([0.0, 1.0])).round(3).tolist()
    [1.0, 0.368]
    """
    number(time=time)
    if not time > 0:
        raise Problem(f"time: expected a number above 0, got {time!r}.")
    return Filter(lambda eigenvalues: np.exp(-time * eigenvalues), 1 / time)


def naive_risk(eigenvalues: Spectrum, coefficients: Spectrum, n: int, kind: Filter, noise: float = 0.0) -> float:
    """Σ r(λ)² c² + (noise²/n) Σ h(λ)²: as if the training set had the eigenvalues and eigenfunctions of the distribution, and noise were all that varied.

    What the errors of both models below tend to with noise, for power laws and n → ∞ (the paper's "naive model of noisy observations").

    >>> naive_risk(np.ones(2), np.ones(2), 10, ridge_filter(1.0), noise=1.0)
    0.55
    """
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, n, noise)
    residual = kind.residual(eigenvalues)
    return float(np.sum((residual * coefficients) ** 2) + noise**2 / n * np.sum((1 - residual) ** 2))


def gaussian_risk(
    eigenvalues: Spectrum, coefficients: Spectrum, n: int, kind: Filter, noise: float = 0.0, *, points: int = 400, tolerance: float = 1e-6
) -> float:
    """Mean squared distance from the target Σ c φ of w = h(Σ̂) Σ̂⁻¹ Xᵀy/n, Σ̂ = XᵀX/n, X = √λ φ with independent standard normal φ.

    With z(κ) = -κ (1 - (1/n) Σ λ/(λ + κ)), as in `effective_regularization` for z = -ridge/n, along a curve of κ on which z goes round the spectrum and 0,

        error = ∮∮ r r' (κ κ'/(z z')) S/(1 - D) dz dz'/(2πi)² + noise² ∮ h² (κ + z)/z² dz/(2πi),

    S = Σ c²/((λ + κ)(λ + κ')), D = (1/n) Σ λ²/((λ + κ)(λ + κ')): Cauchy's formula for h(Σ̂), and what resolvents tend to when n and the dimension grow
    together, z z' Q Λ Q' → κ κ' (Λ + κ)⁻¹ Λ (Λ + κ')⁻¹/(1 - D). For a ridge the residues give back `ridge_risk`. Derived here; the paper gives the
    functional for any h, too (Velikanov, Panov & Yarotsky 2024). Simulated at n = 60 to 300 in 200 to 600 dimensions: within 2 %, the Monte-Carlo error.

    Args:
        eigenvalues: λ above 0.
        coefficients: c, of the target.
        n: examples.
        kind: the filter.
        noise: standard deviation of the noise of labels.
        points: nodes of the curve.
        tolerance: largest relative difference to the result with half as many.

    Raises:
        Problem: numbers out of range, or an integral that is not accurate to the tolerance.

    >>> round(gaussian_risk(np.ones(100), np.full(100, 0.1), 50, ridge_filter(0.5), 0.5), 4)  # ridge_risk less the noise of the test
    0.6404
    """
    number(tolerance=tolerance)
    whole(points=points)
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, n, noise)
    if not points >= 4:
        raise Problem(f"points: expected at least 4 nodes, got {points!r}.")
    found = [_contour(eigenvalues, coefficients, n, kind, noise, many) for many in (points, points // 2)]
    if not abs(found[0] - found[1]) <= tolerance * abs(found[0]):
        raise Problem(f"points: the integral is {found[0]:.6g} with {points} and {found[1]:.6g} with half of them, not within {tolerance}. Take more.")
    return found[0]


def circle_risk(eigenvalues: Spectrum, coefficients: Spectrum, n: int, kind: Filter, noise: float = 0.0) -> Spectrum:
    """The same for a kernel Σ_m λ_|m| e^(im (x - x')) on a circle and n equally spaced points from a random first one, exactly, by frequency: add them up.

    Frequencies that are equal modulo n cannot be told apart on such points: with s the sum of λ over such a class, C that of c², a = λ/s, the error at a
    frequency is (1 - 2 a h(s)) c² + a² h(s)² (C + noise²/n).

    Args:
        eigenvalues: λ_0, λ_1, …: λ_m above 0 of each of the frequencies m and -m.
        coefficients: sizes of the target's coefficient of each e^(imx), the same for m and -m.
        n: examples.
        kind: the filter.
        noise: idem.

    Returns:
        Errors at 0, ±1, ±2, ….

    >>> circle_risk(np.array([1.0]), np.array([2.0]), 4, ridge_filter(1.0), noise=1.0).tolist()  # a constant
    [1.0625]
    """
    whole(n=n)
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, n, noise)
    mode = np.arange(1 - eigenvalues.size, eigenvalues.size)
    value, square, group = eigenvalues[abs(mode)], coefficients[abs(mode)] ** 2, mode % n
    total, power = (np.bincount(group, weights, minlength=n)[group] for weights in (value, square))
    learned = value / total * (1 - kind.residual(total))
    return np.bincount(abs(mode), (1 - 2 * learned) * square + learned**2 * (power + noise**2 / n))


def simulate_gaussian(
    rng: np.random.Generator, eigenvalues: Spectrum, coefficients: Spectrum, n: int, kinds: Sequence[Filter], noise: float = 0.0, *, repetitions: int = 1
) -> Float[np.ndarray, "repetitions kinds"]:
    """Squared distances of fits from the target in the setting of `gaussian_risk`, exact for each training set, by its singular values.

    >>> errors = simulate_gaussian(np.random.default_rng(0), np.ones(100), np.full(100, 0.1), 50, [ridge_filter(0.5)], 0.5, repetitions=200)
    >>> errors.shape, errors.mean().round(2).item()
    ((200, 1), 0.64)
    """
    whole(n=n)
    whole(1, repetitions=repetitions)
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, n, noise)
    errors = np.empty((repetitions, len(kinds)))
    for repetition in range(repetitions):
        phi = rng.standard_normal((n, eigenvalues.size))
        left, singular, right = np.linalg.svd(phi * np.sqrt(eigenvalues), full_matrices=False)
        along = left.T @ (phi @ coefficients + noise * rng.standard_normal(n)) / singular
        for index, kind in enumerate(kinds):
            fit = np.sqrt(eigenvalues) * (((1 - kind.residual(singular**2 / n)) * along) @ right)
            errors[repetition, index] = np.sum((fit - coefficients) ** 2)
    return errors


def simulate_circle(
    rng: np.random.Generator, eigenvalues: Spectrum, coefficients: Spectrum, n: int, kinds: Sequence[Filter], noise: float = 0.0, *, repetitions: int = 1
) -> Float[np.ndarray, "repetitions kinds frequencies"]:
    """Squared distances of fits from the target in the setting of `circle_risk`, by the eigenvectors of the kernel matrix; a random phase for each frequency.

    >>> errors = simulate_circle(np.random.default_rng(0), np.array([1.0]), np.array([2.0]), 4, [ridge_filter(1.0)], 0.0, repetitions=2)
    >>> errors.round(6).tolist()
    [[[1.0]], [[1.0]]]
    """
    whole(n=n)
    whole(1, repetitions=repetitions)
    eigenvalues, coefficients = _checked(eigenvalues, coefficients, n, noise)
    m, steps = np.arange(eigenvalues.size), np.arange(n)
    size, grid = np.where(m > 0, np.sqrt(2), 1.0), 2 * np.pi * steps / n  # frequencies m and -m together
    kernel = np.cos(np.outer(grid, m)) @ (size**2 * eigenvalues)
    values, vectors = np.linalg.eigh(kernel[np.subtract.outer(steps, steps) % n] / n)
    values = values.clip(np.finfo(float).eps * values[-1])
    errors = np.empty((repetitions, len(kinds), m.size))
    waves = np.exp(1j * np.outer(grid, m))
    for block in np.split(np.arange(repetitions), range(64, repetitions, 64)):  # together they are products of matrices
        drawn = [(rng.random(1), rng.random(m.size), rng.standard_normal(n)) for _repetition in block]
        first, turns, deviations = (np.array(one) for one in zip(*drawn, strict=True))
        shift, phase = np.exp(2j * np.pi * first / n * m), np.exp(2j * np.pi * np.where(m > 0, turns, 0.0))
        y = np.real((size**2 * coefficients * shift * phase) @ waves.T) + noise * deviations
        along = y @ vectors / n
        for index, kind in enumerate(kinds):
            dual = ((1 - kind.residual(values)) / values * along) @ vectors.T
            fit = eigenvalues * np.conj(shift * (dual @ waves))  # Σ_a dual_a e^(-imx_a)
            errors[block, index] = size**2 * np.abs(fit - coefficients * phase) ** 2
    return errors


def both_frequencies(values: Spectrum) -> Spectrum:
    """A value for each of the frequencies 0, 1, -1, 2, -2 … from those for 0, 1, 2 …: the spectrum on a circle as one of Gaussian features.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> both_frequencies(np.array([3.0, 2.0, 1.0])).tolist()
    [3.0, 2.0, 2.0, 1.0, 1.0]
    """
    fitting(values=(values, "frequencies"))
    return np.repeat(values, 2)[1:]


def _contour(eigenvalues: np.ndarray, coefficients: np.ndarray, n: int, kind: Filter, noise: float, points: int) -> float:
    """The integrals of `gaussian_risk` over a hyperbola of κ that crosses the real axis where z = -left, opened as little as stays on the physical sheet."""
    crossing = effective_regularization(eigenvalues, n, n * kind.left)
    farthest = np.log(1e7 * (eigenvalues.sum() + kind.left) / crossing)
    near = min(1.0, kind.left / crossing / (1 - np.sum((eigenvalues / (eigenvalues + crossing)) ** 2) / n))  # how far the poles at z = 0 are from u = 0
    even, spacing = np.linspace(-np.arcsinh(farthest / near), np.arcsinh(farthest / near), points, retstep=True)
    u, spacing = near * np.sinh(even), near * np.cosh(even) * spacing
    for angle in (0.7, 0.5, 0.3, 0.15, 0.07):
        turned = 1j * u - angle
        scale = crossing / (1 - np.sin(angle))
        kappa, slope = scale * (1 + np.sin(turned)), scale * 1j * np.cos(turned)
        inverse = 1 / (eigenvalues[:, None] + kappa)
        if ((eigenvalues[:, None] * np.abs(inverse)) ** 2).sum(axis=0).max() < 0.98 * n:
            break
    else:
        raise Problem("kind: the curve of integration leaves the region where resolvents are known. Take a larger ridge or a shorter time.")
    z = -kappa * (1 - eigenvalues @ inverse / n)
    step = (-1 + (eigenvalues**2) @ inverse**2 / n) * slope * spacing / (2j * np.pi)  # dz/dκ = -1 + (1/n) Σ λ²/(λ + κ)²
    residual = kind.residual(z)
    weight = residual * kappa / z * step
    pair = (inverse.T * coefficients**2) @ inverse / (1 - (inverse.T * eigenvalues**2) @ inverse / n)
    bias, variance = weight @ pair @ weight, np.sum((1 - residual) ** 2 * (kappa + z) / z**2 * step)
    return complex(bias + noise**2 * variance).real


def _checked(eigenvalues: np.ndarray, coefficients: np.ndarray, n: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    whole(n=n)
    number(noise=noise)
    eigenvalues, coefficients = np.asarray(eigenvalues, float), np.asarray(coefficients, float)
    if not (eigenvalues.size and np.isfinite(eigenvalues).all() and (eigenvalues > 0).all()):
        raise Problem(f"eigenvalues: expected finite numbers above 0, got {eigenvalues!r}.")
    fitting(coefficients=(coefficients, "..."))
    if coefficients.shape != eigenvalues.shape:
        raise Problem(f"coefficients: expected one for each of {eigenvalues.size} eigenvalues, got shape {coefficients.shape}.")
    if not (1 <= n < np.inf and 0 <= noise < np.inf):
        raise Problem(f"n, noise: expected at least 1 example and a standard deviation of at least 0, got {n!r} and {noise!r}.")
    return eigenvalues, coefficients
