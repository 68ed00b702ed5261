"""How much information selects, among random hypotheses, those that generalize: -log P(test error ≤ target) (Boopathy et al. 2024)."""

from typing import Any

import numpy as np
import scipy.optimize
import scipy.special
from jaxtyping import Float

from unseen._problem import Problem


def gaussian_inductive_bias(residual: Float[np.ndarray, "points outputs"], covariance: Float[np.ndarray, "points points"], target: float) -> float:
    """Inductive bias -log P(mean squared error ≤ target), in nats, of hypotheses that are Gaussian on the test points, by saddlepoint approximation.

    A hypothesis is N(mean, covariance) at the test points, independently for each output, as drawn from the posterior of a Gaussian process; `residual` is
    its mean minus the true values. At least 0; infinite for a target that no hypothesis reaches. See `log_probability` for the error.

    Raises:
        Problem: shapes that do not fit, or a covariance that is not symmetric.

    >>> from scipy import stats
    >>> exact = -stats.chi2.logcdf(50.0, 100)  # 50 points, 2 outputs, all N(0, 1): 100 times the error is χ²(100)
    >>> bool(abs(gaussian_inductive_bias(np.zeros((50, 2)), np.eye(50), target=0.5) / exact - 1) < 0.001)
    True
    """
    residual, covariance = np.asarray(residual, float), np.asarray(covariance, float)
    if residual.ndim != 2 or covariance.shape != (len(residual), len(residual)) or not np.allclose(covariance, covariance.T):
        raise Problem(f"residual, covariance: expected [points, outputs] and a symmetric [points, points], got {residual.shape} and {covariance.shape}.")
    variance, axes = np.linalg.eigh(covariance)
    weights = np.repeat(np.maximum(variance, 0.0), residual.shape[1]) / residual.size
    return -log_probability(target, weights, np.square(axes.T @ residual).ravel() / residual.size)


def fitted_inductive_bias(errors: Float[np.ndarray, " hypotheses"], target: float) -> float:
    """The estimate -log F(target) of the inductive bias, in nats, with F a scaled noncentral χ² fitted to the test errors of sampled hypotheses.

    F is the law of a χ'²(ν, λ), see `fit_noncentral`. At least 0. For many degrees of freedom the likelihood barely depends on λ/ν, but the tail does: far
    below the smallest error the estimate is an extrapolation that can be wrong by half, even where the errors have such a law. Source: Boopathy et al.
    (2024), "Towards Exact Computation of Inductive Bias", and the authors' code.

    Raises:
        Problem: fewer than 10 errors, errors that are not above 0 or all equal, or a target that is not above 0.

    >>> from scipy import stats
    >>> errors = np.random.default_rng(0).chisquare(4, size=1000)
    >>> bool(abs(fitted_inductive_bias(errors, 0.5) + stats.chi2.logcdf(0.5, 4)) < 0.3)
    True
    """
    if not target > 0:
        raise Problem(f"target: expected an error above 0, got {target!r}.")
    degrees, noncentrality, scale = fit_noncentral(errors)
    return -log_probability(target, np.array([scale]), np.array([scale * noncentrality]), np.array([degrees]))


def fit_noncentral(errors: Float[np.ndarray, " hypotheses"]) -> tuple[float, float, float]:
    """(ν, λ, a) of the scaled noncentral χ² a χ'²(ν, λ) with the mean and variance of the errors and the largest likelihood among those.

    With mean a(ν + λ) = m and variance 2a²(ν + 2λ) = v, a lies between v/4m, where λ/ν is infinite, and v/2m, where λ is 0; that likelihood is close to
    the largest of all three parameters.

    Raises:
        Problem: see `fitted_inductive_bias`.
    """
    errors = np.asarray(errors, float)
    if errors.ndim != 1 or len(errors) < 10 or not (errors > 0).all() or not np.isfinite(errors).all() or np.ptp(errors) == 0:
        raise Problem(f"errors: expected at least 10 different numbers above 0, got shape {errors.shape}, {errors.min(initial=np.inf)} the smallest.")
    mean, variance = errors.mean(), errors.var()

    def parameters(share: float) -> tuple[float, float, float]:
        scale = (1 + share) * variance / (4 * mean)
        noncentrality = variance / (2 * scale**2) - mean / scale
        return mean / scale - noncentrality, max(noncentrality, 0.0), scale

    def loss(share: float) -> float:
        degrees, noncentrality, scale = parameters(share)
        return float(np.log(scale) - np.mean(_log_density(errors / scale, degrees, noncentrality)))

    found: Any = scipy.optimize.minimize_scalar(loss, bounds=(1e-6, 1.0), method="bounded", options={"xatol": 1e-4})
    return parameters(min((found.x, 1.0), key=loss))


def _log_density(x: np.ndarray, degrees: float, noncentrality: float) -> np.ndarray:
    """Log density of χ'²(ν, λ) by the saddlepoint approximation, normalized numerically; SciPy's underflows to 0 from thousands of degrees on."""

    def unnormalized(x: np.ndarray) -> np.ndarray:
        r = 2 * x / (degrees + np.sqrt(degrees**2 + 4 * noncentrality * x))  # 1 / (1 - 2s) at the saddlepoint s
        curvature = 2 * degrees * r**2 + 4 * noncentrality * r**3
        return 0.5 * (degrees * np.log(r) + noncentrality * (r - 1) - x * (1 - 1 / r) - np.log(2 * np.pi * curvature))

    mean, deviation = degrees + noncentrality, np.sqrt(2 * degrees + 4 * noncentrality)
    points = np.linspace(max(mean - 12 * deviation, 1e-6 * mean), mean + 20 * deviation, 4001)
    return unnormalized(x) - np.log(np.sum(np.exp(unnormalized(points))) * (points[1] - points[0]))


def log_probability(value: float, weights: Float[np.ndarray, " n"], offsets: Float[np.ndarray, " n"], degrees: Float[np.ndarray, " n"] | None = None) -> float:
    """Logarithm of P(Q ≤ value) for Q = Σ_i w_i χ'²(ν_i, δ_i), by the saddlepoint approximation of Lugannani and Rice (1980).

    `offsets` are w_i δ_i, so that a weight of 0 leaves the constant w_i δ_i; `degrees` are ν_i, 1 where not given. Its relative error falls with the
    number of terms that count: P is right to a tenth for one degree of freedom, to 1 % for ten; log P, far in the tail, much better. -inf below the smallest
    value that Q can have.

    Raises:
        Problem: weights, offsets or degrees below 0, all weights 0, or unequal lengths.

    >>> from scipy import stats
    >>> exact = stats.ncx2.logcdf(11.0, 100, 50)
    >>> bool(abs(log_probability(11.0, np.ones(1), np.array([50.0]), np.array([100.0])) - exact) < 0.01)
    True
    """
    weights, offsets = np.asarray(weights, float), np.asarray(offsets, float)
    degrees = np.ones_like(weights) if degrees is None else np.asarray(degrees, float)
    if not weights.shape == offsets.shape == degrees.shape or not (weights.max(initial=0) > 0 and min(weights.min(), offsets.min(), degrees.min()) >= 0):
        raise Problem(f"weights, offsets, degrees: expected equally many numbers from 0, some weight above it, got {weights!r}, {offsets!r}, {degrees!r}.")
    if value <= offsets[weights == 0].sum():
        return -np.inf
    unit = np.sum(degrees * weights + offsets)
    value, weights, offsets = value / unit, weights / unit, offsets / unit

    def slope(s: float) -> float:
        rest = 1 - 2 * weights * s
        return float(np.sum(degrees * weights / rest + offsets / rest**2)) - value

    low, high = -1.0, 0.5 / weights.max()
    while slope(low) > 0:
        low *= 4
    bracket = (low, high * (1 - 1e-12) if value > 1 else 0.0)
    point = scipy.optimize.root_scalar(slope, bracket=bracket, xtol=1e-15, rtol=1e-14).root if value != 1 else 0.0
    rest = 1 - 2 * weights * point
    cumulant = np.sum(-0.5 * degrees * np.log(rest) + offsets * point / rest)
    curvature = np.sum(2 * degrees * weights**2 / rest**2 + 4 * offsets * weights / rest**3)
    root = np.sign(point) * np.sqrt(max(2 * (point * value - cumulant), 0.0))
    if abs(root) < 1e-3:  # the formula is 0/0 at the mean
        third = np.sum(8 * degrees * weights**3 / rest**3 + 24 * offsets * weights**2 / rest**4)
        return float(np.log(0.5 + third / (6 * np.sqrt(2 * np.pi) * curvature**1.5) + root / np.sqrt(2 * np.pi)))
    ratio = np.sqrt(np.pi / 2) * scipy.special.erfcx(abs(root) / np.sqrt(2)) - 1 / abs(root) + 1 / (abs(point) * np.sqrt(curvature))
    tail = -0.5 * root**2 - 0.5 * np.log(2 * np.pi) + np.log(ratio)
    return float(tail if root < 0 else np.log1p(-np.exp(tail)))
