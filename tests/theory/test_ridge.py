"""The eigenframework against classical least squares, Bayes' rule, conservation laws and simulation; the simulator against scikit-learn."""

from decimal import Decimal, localcontext

import mpmath as mp
import numpy as np
import pytest
from sklearn.linear_model import Ridge

from unseen._problem import Problem
from unseen.theory.ridge import (
    effective_regularization,
    empirical_spectrum,
    fit_ridge,
    optimal_ridge,
    overfitting_coefficient,
    power_law_error,
    ridge_of_fit,
    ridge_risk,
    simulate_ridge,
)

INDEX = np.arange(1, 401.0)
SPECTRA = {"power": INDEX**-1.5, "exponential": np.exp(-INDEX / 20), "flat": np.ones(400), "spiked": np.where(INDEX <= 10, 1.0, 1e-3)}


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize(("n", "ridge"), [(1, 0.0), (30, 0.0), (399, 0.0), (30, 0.7), (3000, 1e-6), (400, 1e3), (2.5, 1e-9)])
def test_effective_regularization_solves_its_equation(spectrum, n, ridge):
    eigenvalues = SPECTRA[spectrum]
    kappa = effective_regularization(eigenvalues, n, ridge)
    np.testing.assert_allclose(np.sum(eigenvalues / (eigenvalues + kappa)) + ridge / kappa, n, rtol=1e-9)


def test_effective_regularization_where_everything_is_learned():
    assert effective_regularization(np.array([2.0, 1.0, 0.0]), 2) == 0
    assert effective_regularization(np.array([2.0, 1.0, 0.0]), 1) > 0
    assert 0 < effective_regularization(np.array([2.0, 1.0, 0.0]), 2, 1e-12) < 1e-5


@pytest.mark.parametrize("n", [20, 60, 90, 99, 101, 110, 150, 1000])
def test_isotropic_interpolation_is_the_classical_result(n):
    """Hastie, Montanari, Rosset & Tibshirani: one formula on each side of n = p."""
    p, signal, noise = 100, 2.0, 0.5
    coefficients = np.full(p, np.sqrt(signal / p))
    risk = ridge_risk(np.full(p, 3.0), coefficients, n, noise=noise)
    excess = noise**2 * p / (n - p) if n > p else signal * (1 - n / p) + noise**2 * n / (p - n)
    np.testing.assert_allclose(risk.test, noise**2 + excess, rtol=1e-9)
    np.testing.assert_allclose(risk.train, noise**2 * max(1 - p / n, 0), atol=1e-12)
    np.testing.assert_allclose(risk.test, risk.bias + risk.variance + noise**2, rtol=1e-12)
    np.testing.assert_allclose(overfitting_coefficient(np.ones(p), n), n / (n - p) if n > p else p / (p - n), rtol=1e-9)


def test_isotropic_ridge_is_the_stieltjes_transform_of_marchenko_and_pastur():
    """E Σ κ/(λ+κ) = E tr ridge (XᵀX + ridge)⁻¹, and Bayes' error at the optimal ridge, by a large matrix."""
    p, n, ridge, noise = 1500, 1000, 300.0, 0.7
    risk = ridge_risk(np.ones(p), np.full(p, p**-0.5), n, ridge, noise)
    squared = np.linalg.svd(np.random.default_rng(0).normal(size=(n, p)), compute_uv=False) ** 2
    left = (np.sum(ridge / (squared + ridge)) + p - n) / p
    np.testing.assert_allclose(risk.kappa / (1 + risk.kappa), left, rtol=2e-3)
    bias = (np.sum((ridge / (squared + ridge)) ** 2) + p - n) / p
    variance = noise**2 * np.sum(squared / (squared + ridge) ** 2)
    np.testing.assert_allclose(risk.test, bias + variance + noise**2, rtol=5e-3)


def test_optimal_ridge_is_that_of_bayes_and_no_worse_than_a_search():
    for p, n, noise, scale in [(100, 50, 0.5, 1.0), (50, 80, 2.0, 3.0), (60, 60, 0.1, 0.2)]:
        np.testing.assert_allclose(optimal_ridge(np.full(p, scale), np.full(p, p**-0.5), n, noise), noise**2 * p * scale, rtol=1e-3)
    for eigenvalues in SPECTRA.values():
        for coefficients in (np.sqrt(eigenvalues), INDEX**-0.6, INDEX[::-1] ** -0.6):
            for n, noise in [(20, 0.0), (100, 0.4), (600, 1.0)]:
                best = ridge_risk(eigenvalues, coefficients, n, optimal_ridge(eigenvalues, coefficients, n, noise), noise).test
                grid = [ridge_risk(eigenvalues, coefficients, n, ridge, noise).test for ridge in (0.0, *np.geomspace(1e-9, 1e6, 16))]
                assert best <= min(grid) * (1 + 1e-9)


def test_no_ridge_where_none_helps():
    assert optimal_ridge(np.ones(50), np.ones(50), 20, noise=0.0) == 0
    assert optimal_ridge(np.ones(50), np.ones(50), 90, noise=0.0) == 0


def test_the_peak_is_told():
    risk = ridge_risk(np.ones(50), np.ones(50), 50, noise=0.1)
    assert risk.test == risk.variance == np.inf and risk.train == 0 and risk.bias == 0
    assert ridge_risk(np.ones(50), np.ones(50), 50).test == 0
    assert np.isfinite(ridge_risk(np.ones(50), np.ones(50), 50, 1e-6, 0.1).test)


def test_multiplicities_are_repetition():
    eigenvalues, counts, coefficients = np.array([2.0, 0.3, 0.01]), np.array([3.0, 20.0, 100.0]), np.array([1.0, 0.5, 0.2])
    repeated = np.repeat(eigenvalues, counts.astype(int))
    spread = np.repeat(coefficients / np.sqrt(counts), counts.astype(int))
    for n, ridge in [(10, 0.0), (60, 0.4), (200, 0.0)]:
        short, long = ridge_risk(eigenvalues, coefficients, n, ridge, 0.3, multiplicities=counts), ridge_risk(repeated, spread, n, ridge, 0.3)
        np.testing.assert_allclose([short.test, short.train, short.bias], [long.test, long.train, long.bias], rtol=1e-9, atol=1e-15)
        pair = optimal_ridge(eigenvalues, coefficients, n, 0.3, multiplicities=counts), optimal_ridge(repeated, spread, n, 0.3)
        np.testing.assert_allclose(*pair, rtol=1e-4)
        pair = overfitting_coefficient(eigenvalues, n, ridge, multiplicities=counts), overfitting_coefficient(repeated, n, ridge)
        np.testing.assert_allclose(*pair, rtol=1e-9)


def test_modes_without_variance_are_noise():
    with_it = ridge_risk(np.array([1.0, 1.0, 0.0]), np.array([1.0, 2.0, 0.7]), 40, 3.0, 0.2)
    without = ridge_risk(np.ones(2), np.array([1.0, 2.0]), 40, 3.0, np.hypot(0.7, 0.2))
    np.testing.assert_allclose([with_it.test, with_it.train], [without.test, without.train])


@pytest.mark.parametrize("spectrum", ["power", "flat", "spiked"])
@pytest.mark.parametrize("n", [60, 200])
def test_against_simulation(spectrum, n):
    eigenvalues, coefficients, noise = SPECTRA[spectrum], np.sqrt(SPECTRA["power"]), 0.5
    ridges = np.array([0.0, 0.1, 3.0]) * n * eigenvalues[n // 2]
    errors = simulate_ridge(np.random.default_rng(1), eigenvalues, coefficients, n, ridges, noise, repetitions=60)
    predicted = [ridge_risk(eigenvalues, coefficients, n, ridge, noise) for ridge in ridges]
    for found, name in ((errors.test, "test"), (errors.train, "train")):
        expected = np.array([getattr(risk, name) for risk in predicted])
        error = found.std(axis=0) / 60**0.5
        np.testing.assert_array_less(np.abs(found.mean(axis=0) - expected), 4 * error + 0.02 * expected + 1e-12)


def test_bias_is_that_of_the_average_predictor():
    """Two independent fits: E (v̂ - v)·(v̂' - v) = bias."""
    eigenvalues, coefficients, n, noise, ridge = INDEX[:80] ** -1.0, INDEX[:80] ** -0.7, 40, 0.3, 0.2
    rng = np.random.default_rng(0)
    fits = []
    for _ in range(1500):
        phi = rng.normal(size=(n, 80))
        x = phi * np.sqrt(eigenvalues)
        fits.append(np.sqrt(eigenvalues) * np.linalg.solve(x.T @ x + ridge * np.eye(80), x.T @ (phi @ coefficients + noise * rng.normal(size=n))))
    fits, risk = np.array(fits), ridge_risk(eigenvalues, coefficients, n, ridge, noise)
    variance = fits.var(axis=0, ddof=1).sum()
    np.testing.assert_allclose(np.sum((fits.mean(axis=0) - coefficients) ** 2) - variance / 1500, risk.bias, rtol=0.03)
    np.testing.assert_allclose(variance, risk.variance, rtol=0.03)


def test_the_deviation_shrinks_with_the_dimension():
    def deviation(scale):
        p, n = 6 * scale, 4 * scale
        eigenvalues, coefficients = (np.arange(p) // scale + 1.0) ** -1.0, np.full(p, p**-0.5)
        errors = simulate_ridge(np.random.default_rng(0), eigenvalues, coefficients, n, 0.0, 0.5, repetitions=24_000 // scale**2)
        return abs(errors.test.mean() / ridge_risk(eigenvalues, coefficients, n, noise=0.5).test - 1)

    assert deviation(2) > 0.05 > 0.03 > deviation(20)


@pytest.mark.parametrize(("n", "p"), [(30, 12), (12, 30)])
def test_simulator_against_scikit_learn(n, p):
    eigenvalues, coefficients = np.linspace(2, 0.1, p), np.linspace(-1, 1, p)
    errors = simulate_ridge(np.random.default_rng(5), eigenvalues, coefficients, n, np.array([0.0, 0.5]), 0.3, repetitions=2)
    rng = np.random.default_rng(5)
    for repetition in range(2):
        phi = rng.standard_normal((n, p))
        y = phi @ coefficients + 0.3 * rng.standard_normal(n)
        x = phi * np.sqrt(eigenvalues)
        for index, weights in enumerate((np.linalg.pinv(x) @ y, Ridge(alpha=0.5, fit_intercept=False).fit(x, y).coef_)):
            test = np.sum((np.sqrt(eigenvalues) * weights - coefficients) ** 2) + 0.09
            np.testing.assert_allclose(errors.test[repetition, index], test, rtol=1e-8)
            np.testing.assert_allclose(errors.train[repetition, index], np.mean((y - x @ weights) ** 2), rtol=1e-8, atol=1e-20)


def test_a_real_kernel_by_its_spectrum_on_a_sample():
    """Inputs on a circle, whose eigenfunctions are sines, learned by the kernel Σ_j cos(j (x - x'))/j²."""
    rng, n, noise = np.random.default_rng(0), 40, 0.3
    grid = np.arange(800) * 2 * np.pi / 800

    def kernel(x, other):
        j = np.arange(1, 200)
        waves = [np.concatenate([np.cos(z[:, None] * j) / j, np.sin(z[:, None] * j) / j], axis=1) for z in (x, other)]
        return waves[0] @ waves[1].T

    def target(x):
        return np.sin(x) + 0.5 * np.cos(7 * x)

    eigenvalues, coefficients = empirical_spectrum(kernel(grid, grid), target(grid))
    np.testing.assert_allclose(eigenvalues[:4], [0.5, 0.5, 0.125, 0.125], rtol=1e-9)
    np.testing.assert_allclose(np.sum(coefficients**2), 0.625, rtol=1e-9)
    errors = []
    for _ in range(60):
        x = rng.uniform(0, 2 * np.pi, n)
        dual = np.linalg.solve(kernel(x, x) + 0.5 * np.eye(n), target(x) + noise * rng.normal(size=n))
        errors.append(np.mean((kernel(grid[::5], x) @ dual - target(grid[::5])) ** 2) + noise**2)
    np.testing.assert_allclose(np.mean(errors), ridge_risk(eigenvalues, coefficients, n, 0.5, noise).test, rtol=0.06)


def test_shapes():
    assert simulate_ridge(np.random.default_rng(0), np.ones(2), np.ones(2), 5, repetitions=3).test.shape == (3,)
    assert simulate_ridge(np.random.default_rng(0), np.ones(2), np.ones(2), 5, np.ones((2, 4)), repetitions=3).train.shape == (3, 2, 4)


@pytest.mark.parametrize("spectrum", ["power", "exponential", "spiked"])
@pytest.mark.parametrize("fit", [0.0, 0.01, 0.3, 0.9])
def test_ridge_of_fit_gives_that_fit(spectrum, fit):
    for n, noise in [(30, 0.0), (200, 1.0)]:
        risk = ridge_risk(SPECTRA[spectrum], INDEX**-0.6, n, ridge_of_fit(SPECTRA[spectrum], n, fit), noise)
        np.testing.assert_allclose(risk.train, fit * risk.test, rtol=1e-8, atol=1e-12)


def test_ridge_of_fit_where_least_squares_fits_worse_than_that():
    assert ridge_of_fit(np.ones(10), 40, 0.01) == 0
    assert ridge_of_fit(np.ones(10), 40, 0.9) > 0


@pytest.mark.parametrize(("alpha", "beta"), [(2.0, 2.0), (2.0, 3.0), (1.9, 2.5)])
@pytest.mark.parametrize("noise", [0.0, 0.4, 3.0])
def test_power_laws_against_the_sums(alpha, beta, noise):
    index, n = np.arange(1, 200_001.0), 1000
    eigenvalues, coefficients = index**-alpha, index ** (-beta / 2)
    sigma = np.sqrt(noise * ridge_risk(eigenvalues, coefficients, n).test)
    none = ridge_risk(eigenvalues, coefficients, n, noise=sigma).test
    for fit in (0.02, 0.1, 0.4):
        risk = ridge_risk(eigenvalues, coefficients, n, ridge_of_fit(eigenvalues, n, fit), sigma)
        np.testing.assert_allclose(risk.test / none, power_law_error(fit, alpha, beta, noise), rtol=0.01)


def test_where_interpolation_is_best_for_power_laws():
    fits = np.linspace(0, 0.9, 2000)
    for alpha, beta in [(1.5, 2.0), (2.0, 3.5)]:
        limit = (beta - alpha) / (alpha * (alpha - 1))
        assert np.argmin(power_law_error(fits, alpha, beta, 0.95 * limit)) == 0
        r = np.sqrt(fits[np.argmin(power_law_error(fits, alpha, beta, 3 * limit))])
        assert r > 0
        assert abs(alpha - beta - (alpha - 1) * beta * r + alpha * (alpha - 1) * 3 * limit * (1 - r) ** beta) < 0.01


def test_mistakes_are_named():
    for n, ridge, name in [(0, 0.0, "n"), (-3, 0.0, "n"), (5, -1.0, "ridge"), (5, np.inf, "ridge"), (5, np.nan, "ridge")]:
        with pytest.raises(Problem, match=f"^{name}: expected"):
            effective_regularization(np.ones(1), n, ridge)
    for eigenvalues in ([], [0.0], [1.0, -1.0], [np.nan]):
        with pytest.raises(Problem, match="eigenvalues: expected"):
            effective_regularization(np.array(eigenvalues), 3)
    with pytest.raises(Problem, match="coefficients: expected one for each of 2"):
        ridge_risk(np.ones(2), np.ones(1), 3)
    with pytest.raises(Problem, match="fit: expected"):
        ridge_of_fit(np.ones(2), 3, 1.0)
    with pytest.raises(Problem, match="decay, target_decay: expected"):
        power_law_error(0.1, 2.0, 5.5)
    with pytest.raises(Problem, match="multiplicities: expected"):
        effective_regularization(np.ones(2), 3, multiplicities=np.array([1.0, 0.0]))
    with pytest.raises(Problem, match="noise: expected"):
        ridge_risk(np.ones(1), np.ones(1), 3, noise=-0.1)


@pytest.mark.parametrize("n", [50.0, 99.999, 100.0, 100.000001, 200.0])
@pytest.mark.parametrize("ridge", [1e-12, 1e-6, 1.0, 1e6, 1e14])
def test_near_the_interpolation_threshold_and_far_out_in_high_precision(n, ridge):
    """For 100 eigenvalues of 1, n κ² + (n - 100 - ridge) κ = ridge, and the test error by it, with 50 digits."""
    with localcontext() as context:
        context.prec = 50
        many, r = Decimal(n), Decimal(ridge)
        kappa = (-(many - 100 - r) + ((many - 100 - r) ** 2 + 4 * many * r).sqrt()) / (2 * many)
        share = 1 / (1 + kappa)
        test = ((kappa * share) ** 2 + Decimal("0.25")) * many / (many - 100 * share**2)
    found = ridge_risk(np.ones(100), np.full(100, 0.1), n, ridge, 0.5)
    np.testing.assert_allclose([found.kappa, found.test], [float(kappa), float(test)], rtol=1e-8 if ridge > 1e-9 else 1e-6)


def test_an_endless_ridge_learns_nothing_and_its_kappa_is_the_ridge_over_n():
    found = ridge_risk(np.arange(1, 101.0) ** -2, np.full(100, 0.1), 50, 1e200, 0.5)
    np.testing.assert_allclose([found.kappa, found.test], [2e198, 1.25], rtol=1e-12)


def test_numbers_that_are_not_finite_are_refused():
    one = np.ones(2)
    for call in (
        lambda: fit_ridge(np.full((2, 2), np.nan), one, one),
        lambda: fit_ridge(np.ones((2, 2)), np.array([1.0, np.inf]), one),
        lambda: ridge_risk(one, one, 2, 0.1, np.inf),
        lambda: ridge_risk(one, one, np.inf, 0.1),
        lambda: empirical_spectrum(np.eye(2), np.array([np.nan, 1.0])),
    ):
        with pytest.raises(Problem, match=r"expected (a )?finite"):
            call()


def exact_risk(eigenvalues, coefficients, n, ridge, noise):
    """(κ, test error, bias) in 50 digits."""
    values, n, ridge = [mp.mpf(float(value)) for value in eigenvalues], mp.mpf(n), mp.mpf(ridge)
    low, high = mp.mpf(-200), mp.mpf(10)
    for _ in range(180):
        middle = (low + high) / 2
        kappa = mp.exp(middle)
        low, high = (middle, high) if sum(one / (one + kappa) for one in values) + ridge / kappa > n else (low, middle)
    kappa = mp.exp(low) if n < len(values) or ridge else mp.mpf(0)
    bias = sum((mp.mpf(float(v)) * kappa / (one + kappa)) ** 2 for v, one in zip(coefficients, values, strict=True))
    return kappa, (bias + mp.mpf(noise) ** 2) / (1 - sum((one / (one + kappa)) ** 2 for one in values) / n), bias


@pytest.mark.parametrize("ridge", [0.0, 1e-12])
@pytest.mark.parametrize("n", [7.0, 20 - 1e-3, 20 - 1e-6, 20 - 1e-10, 20 + 1e-10, 21.0])
def test_near_the_interpolation_threshold_in_fifty_digits(n, ridge):
    """At 20 examples of 20 dimensions the error is infinite without a ridge."""
    eigenvalues, coefficients = np.arange(1, 21.0) ** -1.5, np.full(20, 0.1)
    with mp.workdps(50):
        for noise in (0.0, 0.5):
            risk, (kappa, test, bias) = ridge_risk(eigenvalues, coefficients, n, ridge, noise), exact_risk(eigenvalues, coefficients, n, ridge, noise)
            assert abs(risk.kappa - kappa) <= 1e-12 * kappa
            assert abs(risk.test - test) <= 1e-11 * test
        assert abs(overfitting_coefficient(eigenvalues, n, ridge) * (bias + mp.mpf(0.25)) - test) <= 1e-11 * test
