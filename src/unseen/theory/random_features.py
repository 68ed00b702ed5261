"""Training and test error of ridge regression on random features, from the kernel's spectrum, the target's coefficients, examples and features."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from unseen._problem import Problem, fitting, number, real_numbers, whole
from unseen.theory._search import least
from unseen.theory.ridge import RidgeErrors, effective_regularization, fit_ridge, ridge_risk

Spectrum = Float[np.ndarray, " _"]


@dataclass(frozen=True)
class RandomFeatureRisk:
    """What `random_feature_risk` predicts.

    Attributes:
        test: mean squared error on new noisy examples; infinite at the interpolation peak.
        train: mean squared error on the training examples.
        kappa: κ, what the ridge is divided by: train = (ridge/(n κ))² test.
        gamma: γ ≥ κ, the effective regularisation of the modes: λ/(λ + γ) of a mode is learned. The same for infinitely many features.
    """

    test: float
    train: float
    kappa: float
    gamma: float


def random_feature_risk(eigenvalues: Spectrum, coefficients: Spectrum, n: int, features: float, ridge: float = 0.0, noise: float = 0.0) -> RandomFeatureRisk:
    """Errors of ridge regression with the kernel (1/k) Σ_j g_j(x) g_j(x') of k random features g, whose average over features is Σ_i λ_i φ_i(x) φ_i(x').

    With κ, γ ≥ 0 such that n = Σ_i λ_i/(λ_i + γ) + ridge/κ and k = Σ_i λ_i/(λ_i + γ) + k κ/γ, z = Σ_i λ_i/(λ_i + γ), q = Σ_i (λ_i/(λ_i + γ))²,
    test = (Σ_i (γ/(λ_i + γ) - κ λ_i/(λ_i + γ)² k/(k - q)) v_i² + noise²) / (1 - (q (k - 2z) + z²)/(n (k - q))) and train = (ridge/(n κ))² test.
    The two equations are one, γ (n - z)(k - z) = k ridge, so that γ does not tell examples from features when k ridge is kept.
    For features g = Σ_i √λ_i ξ_i φ_i with independent standard normal ξ and φ, in the limit of large n, k and dimension; an ansatz for others.
    Simon, Karkada, Ghosh & Belkin (2023), "More is Better in Modern Machine Learning", arXiv 2311.14646.

    Args:
        eigenvalues: λ of the kernel with infinitely many features, at least 0, not all 0.
        coefficients: v, of the target in the orthonormal φ, one for each eigenvalue.
        n: examples, at least 1.
        features: k, at least 1; infinity is `ridge_risk`.
        ridge: added to the matrix of the kernel above, at least 0.
        noise: σ, standard deviation of the noise of labels, those of the test too.

    Raises:
        Problem: numbers out of range, or coefficients that are not one per eigenvalue.

    >>> spectrum, target = np.arange(1, 501.0) ** -1.5, np.arange(1, 501.0) ** -0.8
    >>> [round(random_feature_risk(spectrum, target, 50, k, ridge=0.1).test, 3) for k in (10, 50, 1000, np.inf)]
    [0.951, 0.543, 0.269, 0.259]
    """
    whole(n=n)
    _checked(n, features)
    limit = ridge_risk(eigenvalues, coefficients, n, ridge, noise)
    rank = np.count_nonzero(eigenvalues)
    if np.isinf(features) or (ridge == 0 and min(n, features) >= rank):  # then the features span all that the kernel does
        return RandomFeatureRisk(limit.test, limit.train, limit.kappa, limit.kappa)
    gamma = _gamma(eigenvalues, n, features, ridge)
    z, _ = _sums(eigenvalues, gamma)
    if n <= features:  # of n - z and k - z, the one that may be near 0 follows from the other
        kappa = gamma * (1 - z / features)
        left = ridge / kappa if ridge > 0 else 0.0
    else:
        left = n - z
        kappa = ridge / left
    test = _test(eigenvalues, coefficients, n, features, gamma, noise, kappa)
    return RandomFeatureRisk(test, (left / n) ** 2 * test if left > 0 else 0.0, kappa, gamma)


def optimal_ridge(eigenvalues: Spectrum, coefficients: Spectrum, n: int, features: float, noise: float = 0.0) -> float:
    """The ridge ≥ 0 of the smallest test error that `random_feature_risk` predicts; 0 where no positive one is better.

    Searched on a grid of γ, up to 10⁶ times Σλ, then refined. Arguments as of `random_feature_risk`.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> ridge = optimal_ridge(np.ones(100), np.full(100, 0.1), n=50, features=1e9, noise=0.5)
    >>> round(ridge, 2)  # as of `ridge.optimal_ridge`
    25.0
    """
    eigenvalues = _spectrum(eigenvalues, coefficients, noise)
    whole(n=n)
    _checked(n, features)
    lowest = effective_regularization(eigenvalues, min(n, features)) or eigenvalues[eigenvalues > 0].min() * 1e-9

    def ridge(log: float) -> float:
        z, _ = _sums(eigenvalues, np.exp(log))
        return float(np.exp(log) * max(n - z, 0.0) * max(1 - z / features, 0.0))

    def test(log: float) -> float:
        z, _ = _sums(eigenvalues, np.exp(log))
        return _test(eigenvalues, coefficients, n, features, np.exp(log), noise, np.exp(log) * max(1 - z / features, 0.0))

    grid = np.linspace(np.log(lowest), np.log(eigenvalues.sum() * 1e6), 200)
    log = least(test, grid)
    return 0.0 if random_feature_risk(eigenvalues, coefficients, n, features, 0.0, noise).test <= test(log) else ridge(log)


def simulate_random_features(
    rng: np.random.Generator,
    eigenvalues: Spectrum,
    coefficients: Spectrum,
    n: int,
    features: int,
    ridge: float | Float[np.ndarray, "*r"] = 0.0,
    noise: float = 0.0,
    *,
    repetitions: int = 1,
) -> RidgeErrors:
    """The setting of `random_feature_risk` with normal φ and ξ, solved: every repetition draws features and a training set, and fits all ridges.

    Test errors are exact for these features. Arguments as of `random_feature_risk`, `ridge` one or an array.

    Raises:
        Problem: numbers out of range.

    >>> spectrum, target = np.arange(1, 501.0) ** -1.5, np.arange(1, 501.0) ** -0.8
    >>> errors = simulate_random_features(np.random.default_rng(0), spectrum, target, 50, 50, 0.1, repetitions=100)
    >>> errors.test.shape, round(float(errors.test.mean()), 2)
    ((100,), 0.56)
    """
    whole(n=n, features=features)
    whole(1, repetitions=repetitions)
    _checked(n, features)
    eigenvalues = _spectrum(eigenvalues, coefficients, noise)
    ridges = real_numbers("ridge", ridge).reshape(-1)
    test, train = np.empty((2, repetitions, ridges.size))
    for repetition in range(repetitions):
        phi = rng.standard_normal((n, eigenvalues.size))
        mixing = rng.standard_normal((features, eigenvalues.size)) * np.sqrt(eigenvalues / features)
        weights, train[repetition] = fit_ridge(phi @ mixing.T, phi @ coefficients + noise * rng.standard_normal(n), ridges)
        test[repetition] = np.sum((weights @ mixing - coefficients) ** 2, axis=1) + noise**2
    shape = (repetitions, *np.shape(ridge))
    return RidgeErrors(test.reshape(shape), train.reshape(shape))


def _spectrum(eigenvalues: np.ndarray, coefficients: np.ndarray, noise: float) -> np.ndarray:
    found, *_ = fitting(eigenvalues=(eigenvalues, "modes"), coefficients=(coefficients, "modes"), noise=(noise, ""))
    if not ((found >= 0).all() and found.any() and noise >= 0):
        raise Problem(f"eigenvalues, noise: expected numbers of at least 0, one eigenvalue above, got {eigenvalues!r} and {noise!r}.")
    return found


def _gamma(eigenvalues: np.ndarray, n: float, features: float, ridge: float) -> float:
    """The γ with γ (n - z)(k - z) = k ridge and z ≤ min(n, k): the left side rises with it."""
    low = max(effective_regularization(eigenvalues, min(n, features)), ridge / n)

    def excess(log: float) -> float:
        z, _ = _sums(eigenvalues, np.exp(log))
        return float(np.exp(log) * (n - z) * (1 - z / features) - ridge)

    if ridge == 0 or excess(np.log(low)) >= 0:
        return low
    high = 2 * eigenvalues.sum() / min(n, features) + 4 * ridge / n  # there z is at most half of both
    return float(np.exp(cast(float, brentq(excess, np.log(low), np.log(high), xtol=1e-14, rtol=1e-14))))


def _test(eigenvalues: np.ndarray, coefficients: np.ndarray, n: float, features: float, gamma: float, noise: float, kappa: float) -> float:
    z, q = _sums(eigenvalues, gamma)
    missed = gamma / (eigenvalues + gamma) - kappa * eigenvalues / (eigenvalues + gamma) ** 2 / (1 - q / features)
    left = 1 - (q * (1 - 2 * z / features) + z * z / features) / (n * (1 - q / features))
    return float((missed @ coefficients**2 + noise**2) / left) if left > 1e-12 else float("inf")


def _sums(eigenvalues: np.ndarray, gamma: float) -> tuple[float, float]:
    """(z, q)."""
    learned = eigenvalues / (eigenvalues + gamma)
    return float(learned.sum()), float(learned @ learned)


def _checked(n: float, features: float) -> None:
    number(n=n, features=features)
    if not 1 <= n < np.inf:
        raise Problem(f"n: expected at least one example, and finitely many, got {n!r}.")
    if not features >= 1:
        raise Problem(f"features: expected at least one, got {features!r}.")
