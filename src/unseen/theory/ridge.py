"""Training and test error of ridge regression, of kernels too, from the spectrum and the target's coefficients: the eigenframework."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from unseen._problem import Problem, fitting, number, real_numbers, whole
from unseen.theory._search import least

Spectrum = Float[np.ndarray, " _"]  # one number for each eigenvalue; `Problem`, not the type, tells which does not fit


@dataclass(frozen=True)
class RidgeRisk:
    """What `ridge_risk` predicts; test = bias + variance + noise².

    Attributes:
        test: mean squared error on new noisy examples; infinite at the interpolation peak.
        train: mean squared error on the training examples.
        bias: squared distance of the average predictor (over training sets) from the target.
        variance: mean squared distance of a predictor from the average one.
        kappa: the effective regularisation.
    """

    test: float
    train: float
    bias: float
    variance: float
    kappa: float


@dataclass(frozen=True)
class RidgeErrors:
    """What `simulate_ridge` measures, each [repetitions, *shape of ridge]: `test`, exactly over new noisy examples, and `train`."""

    test: np.ndarray
    train: np.ndarray


def effective_regularization(eigenvalues: Spectrum, n: float, ridge: float = 0.0, *, multiplicities: Spectrum | None = None) -> float:
    """κ ≥ 0 with Σ_i λ_i/(λ_i + κ) + ridge/κ = n: modes of eigenvalue above κ are learned from n examples, those below are not.

    Without a ridge it is 0 once n reaches the number of positive eigenvalues. `ridge` is what is added to the kernel matrix itself, not to the matrix
    over n.

    Args:
        eigenvalues: λ ≥ 0 of the kernel, or of the features' covariance; not all 0.
        n: examples, above 0.
        ridge: at least 0.
        multiplicities: how many modes have each eigenvalue, above 0; 1 by default.

    Raises:
        Problem: numbers out of range.

    >>> round(effective_regularization(np.ones(100), 50), 9), effective_regularization(np.ones(100), 200)
    (1.0, 0.0)
    >>> round(effective_regularization(np.ones(1), 50, multiplicities=np.array([100.0])), 9)
    1.0
    """
    eigenvalues, counts = _checked(eigenvalues, multiplicities, n, ridge)
    positive, counts = eigenvalues[eigenvalues > 0], counts[eigenvalues > 0]
    rank = counts.sum()
    if ridge == 0 and n >= rank:
        return 0.0
    low = max(ridge / n, positive.min() * (rank - n) / n if n < rank else 0.0)  # at most κ, as λ/(λ + κ) ≥ λ_min/(λ_min + κ)
    high = (ridge + counts @ positive) / n  # at least κ, as n κ = ridge + Σ λκ/(λ + κ)

    def missing(log: float) -> float:
        kappa = np.exp(log)
        return float(ridge / kappa - _unlearned(positive, kappa, counts, n))

    return float(np.exp(cast(float, brentq(missing, np.log(low) - 1e-9, np.log(high) + 1e-9, xtol=1e-14, rtol=1e-14))))


def overfitting_coefficient(eigenvalues: Spectrum, n: float, ridge: float = 0.0, *, multiplicities: Spectrum | None = None) -> float:
    """E₀ = n/(n - Σ_i (λ_i/(λ_i + κ))²) ≥ 1: how much larger the test error is than that of the average predictor, noise counted in both.

    Infinite without a ridge where n is the number of positive eigenvalues. Arguments as of `effective_regularization`.

    >>> round(overfitting_coefficient(np.ones(100), 50), 9), overfitting_coefficient(np.ones(100), 100)
    (2.0, inf)
    """
    kappa = effective_regularization(eigenvalues, n, ridge, multiplicities=multiplicities)
    eigenvalues, counts = _checked(eigenvalues, multiplicities, n, ridge)
    return _coefficient(eigenvalues, kappa, counts, n)


def ridge_risk(
    eigenvalues: Spectrum, coefficients: Spectrum, n: float, ridge: float = 0.0, noise: float = 0.0, *, multiplicities: Spectrum | None = None
) -> RidgeRisk:
    """Errors of w = argmin Σ_a (y_a - w·x_a)² + ridge ‖w‖², x = √λ φ, and y = v·φ + noise: averages over training sets, and over φ.

    With κ and E₀ of `effective_regularization` and `overfitting_coefficient`,
    test = E₀ (Σ_i (κ/(λ_i + κ))² v_i² + noise²) and train = (ridge/(n κ))² test.
    Exact for independent standard normal φ when n and the dimension grow together, and close at a few dozen; for kernels φ are the eigenfunctions, which
    are not normal, and often it still holds. `ridge=0` is the interpolator of least norm, or least squares where n exceeds the rank.
    Simon, Dickens, Karkada & DeWeese (2023), "The Eigenlearning Framework"; Canatar, Bordelon & Pehlevan (2021); Hastie et al. (2022).

    Args:
        eigenvalues: λ, at least 0; a mode of 0 cannot be learned and acts as noise.
        coefficients: v, of the target in the orthonormal φ. Linear regression on x has v = √λ w. Of an eigenvalue with a multiplicity, the root of the sum
            of squares of its coefficients.
        n: examples, above 0.
        ridge: added to the kernel matrix, at least 0.
        noise: σ, standard deviation of the noise of labels, those of the test too.
        multiplicities: how many modes have each eigenvalue, above 0; 1 by default.

    Raises:
        Problem: numbers out of range, or coefficients that are not one per eigenvalue.

    >>> risk = ridge_risk(np.ones(100), np.full(100, 0.1), n=50, noise=0.5)
    >>> round(risk.test, 6), risk.train  # (1 - n/m) + σ² m/(m - n)
    (1.0, 0.0)
    """
    eigenvalues, counts = _checked(eigenvalues, multiplicities, n, ridge)
    coefficients = _matching(coefficients, eigenvalues, noise)
    kappa = effective_regularization(eigenvalues, n, ridge, multiplicities=counts)
    bias = float(np.sum((_left(eigenvalues, kappa) * coefficients) ** 2))
    irreducible = bias + noise**2
    test = irreducible * _coefficient(eigenvalues, kappa, counts, n) if irreducible > 0 else 0.0
    share = ridge / (n * kappa) if kappa > 0 else _unlearned(eigenvalues, kappa, counts, n) / n
    return RidgeRisk(test, share**2 * test if share > 0 else 0.0, bias, test - irreducible, kappa)


def optimal_ridge(eigenvalues: Spectrum, coefficients: Spectrum, n: float, noise: float = 0.0, *, multiplicities: Spectrum | None = None) -> float:
    """The ridge ≥ 0 of the smallest test error that `ridge_risk` predicts; 0 where no positive one is better.

    Searched on a grid of κ, then refined. Where nothing can be learned, it is the largest of the grid, where κ is 10⁶ times Σλ. Arguments as of `ridge_risk`.

    >>> round(optimal_ridge(np.ones(100), np.full(100, 0.1), n=50, noise=0.5), 3)  # m σ²/‖v‖², as Bayes' rule has it
    25.0
    """
    eigenvalues, counts = _checked(eigenvalues, multiplicities, n, 0.0)
    coefficients = _matching(coefficients, eigenvalues, noise)
    lowest = effective_regularization(eigenvalues, n, multiplicities=counts)

    def test(log: float) -> float:
        kappa = np.exp(log)
        return (np.sum((_left(eigenvalues, kappa) * coefficients) ** 2) + noise**2) * _coefficient(eigenvalues, kappa, counts, n)

    grid = np.linspace(np.log(lowest or eigenvalues[eigenvalues > 0].min() * 1e-9), np.log(counts @ eigenvalues * 1e6), 200)
    log = least(test, grid)
    if ridge_risk(eigenvalues, coefficients, n, noise=noise, multiplicities=counts).test <= test(log) * (1 + 1e-12):
        return 0.0
    kappa = np.exp(log)
    return float(max(kappa * _unlearned(eigenvalues, kappa, counts, n), 0.0))


def ridge_of_fit(eigenvalues: Spectrum, n: float, fit: float) -> float:
    """The ridge at which the training error that `ridge_risk` predicts is `fit` times the test error; 0 where it is more without one.

    It depends neither on the target nor on the noise: (ridge/(n κ))² = fit, hence Σ λ/(λ + κ) = n - ridge/κ = n (1 - √fit).

    Args:
        eigenvalues: as of `ridge_risk`.
        n: idem.
        fit: ratio in [0, 1).

    Raises:
        Problem: numbers out of range.

    >>> ridge = ridge_of_fit(np.ones(100), 50, fit=0.25)
    >>> risk = ridge_risk(np.ones(100), np.full(100, 0.1), 50, ridge, 0.5)
    >>> round(risk.train / risk.test, 9)
    0.25
    """
    number(n=n, fit=fit)
    if not 0 <= fit < 1:
        raise Problem(f"fit: expected a ratio of training to test error in [0, 1), got {fit!r}.")
    return float(np.sqrt(fit) * n * effective_regularization(eigenvalues, n * (1 - np.sqrt(fit))))


def power_law_error(fit: float | Float[np.ndarray, "*r"], decay: float, target_decay: float, noise: float = 0.0) -> Float[np.ndarray, "*r"]:
    """Test error at training error = fit × test error, over that of the interpolator, for λ_i = i^-α and v_i² = i^-β as n → ∞.

    With r = √fit it is ((1 - r)^(1 - β) + α noise) / ((1 + α noise)(1 + (α - 1) r)). Where it is least,
    α - β - (α - 1) β r + α (α - 1) noise (1 - r)^β = 0, and r = 0 if noise ≤ (β - α)/(α (α - 1)): then every ridge does harm.
    Derived from Σ λ/(λ + κ) ∝ κ^(-1/α), Σ (λ/(λ + κ))² = (1 - 1/α) Σ λ/(λ + κ) and Σ (κ/(λ + κ))² v² ∝ κ^((β - 1)/α), the setting of theorem 2 of Simon
    et al. (2023), arXiv 2311.14646, whose own form was not at hand.

    Args:
        fit: ratio of training to test error, in [0, 1).
        decay: α above 1.
        target_decay: β, in (1, 2 α + 1).
        noise: σ² over the test error of the interpolator of labels without noise.

    Raises:
        Problem: exponents out of range.

    >>> power_law_error(np.array([0.0, 0.25]), decay=2.0, target_decay=2.0).round(4).tolist()
    [1.0, 1.3333]
    """
    number(decay=decay, target_decay=target_decay, noise=noise)
    if not (1 < decay < np.inf and 1 < target_decay < 2 * decay + 1):
        raise Problem(f"decay, target_decay: expected α above 1 and β in (1, 2 α + 1), got {decay!r} and {target_decay!r}.")
    if not (np.all(np.asarray(fit) >= 0) and np.all(np.asarray(fit) < 1) and 0 <= noise < np.inf):
        raise Problem(f"fit, noise: expected a ratio in [0, 1) and a noise of at least 0, got {fit!r} and {noise!r}.")
    r = np.sqrt(fit)
    return np.asarray(((1 - r) ** (1 - target_decay) + decay * noise) / (1 + decay * noise) / (1 + (decay - 1) * r))


def simulate_ridge(
    rng: np.random.Generator,
    eigenvalues: Spectrum,
    coefficients: Spectrum,
    n: int,
    ridge: float | Float[np.ndarray, "*r"] = 0.0,
    noise: float = 0.0,
    *,
    repetitions: int = 1,
) -> RidgeErrors:
    """The setting of `ridge_risk` with normal φ, solved: every repetition draws a training set, and all ridges are fit to it by one decomposition.

    Test errors are exact, Σ_i (v̂_i - v_i)² + noise², with v̂ the coefficients of the fit. Arguments as of `ridge_risk`, `ridge` one or an array.

    >>> errors = simulate_ridge(np.random.default_rng(0), np.ones(100), np.full(100, 0.1), 50, np.array([0.0, 25.0]), 0.5, repetitions=200)
    >>> errors.test.shape, errors.test.mean(axis=0).round(2).tolist(), bool(errors.train[:, 0].max() < 1e-20)
    ((200, 2), [1.0, 0.89], True)
    """
    whole(n=n)
    whole(1, repetitions=repetitions)
    eigenvalues, _ = _checked(eigenvalues, None, n, float(np.min(ridge)))
    coefficients = _matching(coefficients, eigenvalues, noise)
    ridges = np.asarray(ridge, float).reshape(-1)
    test, train = np.empty((2, repetitions, ridges.size))
    for repetition in range(repetitions):  # one at a time: a stack of designs would not fit in the cache
        phi = rng.standard_normal((n, eigenvalues.size))
        weights, train[repetition] = fit_ridge(phi * np.sqrt(eigenvalues), phi @ coefficients + noise * rng.standard_normal(n), ridges)
        test[repetition] = np.sum((np.sqrt(eigenvalues) * weights - coefficients) ** 2, axis=1) + noise**2
    shape = (repetitions, *np.shape(ridge))
    return RidgeErrors(test.reshape(shape), train.reshape(shape))


def empirical_spectrum(kernel: Float[np.ndarray, "s s"], y: Float[np.ndarray, " s"]) -> tuple[Float[np.ndarray, " s"], Float[np.ndarray, " s"]]:
    """(eigenvalues from the largest down, coefficients) for `ridge_risk`, of a real kernel and labels on a sample that stands for the distribution.

    Those of the matrix over s, with eigenfunctions of mean square 1: Σ v² is the mean of y². The sample must be much larger than n.

    Raises:
        Problem: a kernel that is not symmetric, or does not match the labels.

    >>> eigenvalues, coefficients = empirical_spectrum(np.diag([2.0, 4.0]), np.array([1.0, 3.0]))
    >>> eigenvalues.tolist(), np.abs(coefficients).round(3).tolist()
    ([2.0, 1.0], [2.121, 0.707])
    """
    fitting(kernel=(kernel, "s s"), y=(y, "s"))
    kernel = real_numbers("kernel", kernel)
    if kernel.shape != (len(y), len(y)) or not np.allclose(kernel, kernel.T, atol=1e-6 * np.abs(kernel).max()):
        raise Problem(f"kernel: expected a symmetric matrix over the {len(y)} examples, got shape {kernel.shape}, or one that is not symmetric.")
    values, vectors = np.linalg.eigh(kernel / len(y))
    return values[::-1].clip(0), (vectors.T @ y)[::-1] / np.sqrt(len(y))


def fit_ridge(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], ridges: Float[np.ndarray, " r"]
) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, " r"]]:
    """(weights, training errors) of argmin Σ_a (y_a - w·x_a)² + ridge ‖w‖², for every ridge by one singular value decomposition.

    A ridge of 0 gives the least-squares fit of least norm. Training errors are means of squares. Raises `Problem` for a ridge below 0.

    >>> weights, errors = fit_ridge(np.array([[2.0, 0.0]]), np.array([4.0]), np.array([0.0, 4.0]))
    >>> weights.round(9).tolist(), errors.round(9).tolist()
    ([[2.0, 0.0], [1.0, 0.0]], [0.0, 4.0])
    """
    x, y, ridges = fitting(x=(x, "n d"), y=(y, "n"), ridges=(ridges, "r"))
    if not np.all(ridges >= 0):
        raise Problem(f"ridges: expected numbers of at least 0, got {ridges!r}.")
    left, singular, right = np.linalg.svd(x, full_matrices=False)
    kept = singular > singular[0] * max(x.shape) * np.finfo(float).eps
    left, singular, right = left[:, kept], singular[kept], right[kept]
    along = left.T @ y
    shrunk = singular**2 / (singular**2 + ridges[:, None])
    squares = np.sum(((1 - shrunk) * along) ** 2, axis=1) + np.sum((y - left @ along) ** 2)
    return (shrunk * along / singular) @ right, squares / len(y)


def _left(eigenvalues: np.ndarray, kappa: float) -> np.ndarray:
    """κ/(λ + κ), 1 where λ is 0."""
    return np.divide(kappa, eigenvalues + kappa, out=np.ones_like(eigenvalues), where=eigenvalues > 0)


def _unlearned(eigenvalues: np.ndarray, kappa: float, counts: np.ndarray, n: float, power: int = 1) -> float:
    """N - Σ (λ/(λ + κ))^power. Modes that are nearly learned are counted, less what they lack: so near n = rank nothing is lost."""
    left, most = _left(eigenvalues, kappa), eigenvalues > kappa
    lacking = counts[most] @ (left[most] if power == 1 else left[most] * (2 - left[most]))
    return float((n - counts[most].sum()) + lacking - counts[~most] @ (1 - left[~most]) ** power)


def _coefficient(eigenvalues: np.ndarray, kappa: float, counts: np.ndarray, n: float) -> float:
    left = _unlearned(eigenvalues, kappa, counts, n, 2)
    return float(n / left) if left > 1e-14 * n else float("inf")


def _checked(eigenvalues: np.ndarray, multiplicities: np.ndarray | None, n: float, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and multiplicities as they are needed; a `Problem` for what cannot be."""
    number(n=n, ridge=ridge)
    eigenvalues = real_numbers("eigenvalues", eigenvalues)
    if eigenvalues.ndim != 1 or not (eigenvalues >= 0).all() or not (eigenvalues > 0).any():
        raise Problem(f"eigenvalues: expected numbers of at least 0, one of them positive, got {eigenvalues!r}.")
    counts = np.ones(eigenvalues.size) if multiplicities is None else np.asarray(multiplicities, float)
    if counts.shape != eigenvalues.shape or not (counts > 0).all():
        raise Problem(f"multiplicities: expected a number above 0 for each of {eigenvalues.size} eigenvalues, got {multiplicities!r}.")
    if not 0 < n < np.inf:
        raise Problem(f"n: expected a finite number of examples above 0, got {n!r}.")
    if not (ridge >= 0 and np.isfinite(ridge)):
        raise Problem(f"ridge: expected a finite number of at least 0, got {ridge!r}.")
    return eigenvalues, counts


def _matching(coefficients: np.ndarray, eigenvalues: np.ndarray, noise: float) -> np.ndarray:
    number(noise=noise)
    coefficients = real_numbers("coefficients", coefficients)
    if coefficients.shape != eigenvalues.shape:
        raise Problem(f"coefficients: expected one for each of {eigenvalues.size} eigenvalues, got shape {coefficients.shape}.")
    if not 0 <= noise < np.inf:
        raise Problem(f"noise: expected a finite standard deviation of at least 0, got {noise!r}.")
    return coefficients
