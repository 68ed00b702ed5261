"""Against SciPy's χ² laws, Imhof's integral, counting of sampled hypotheses, and SciPy's own maximum-likelihood fit."""

import numpy as np
import pytest
from scipy import integrate, stats

from unseen._problem import Problem
from unseen.measures.inductive_bias import _log_density, fit_noncentral, fitted_inductive_bias, gaussian_inductive_bias, log_probability

ONE = np.ones(1)


@pytest.mark.parametrize(("degrees", "noncentrality", "tolerance"), [(2.0, 0.0, 0.08), (10.0, 5.0, 0.02), (100.0, 50.0, 2e-3), (2000.0, 200.0, 2e-4)])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.999999, 1.0, 1.001, 1.3])
def test_one_term_is_a_noncentral_chi_square(degrees, noncentrality, tolerance, share):
    value = share * (degrees + noncentrality)
    exact = stats.ncx2.logcdf(value, degrees, noncentrality) if noncentrality else stats.chi2.logcdf(value, degrees)
    assert np.isfinite(exact)
    found = log_probability(3 * value, 3 * ONE, 3 * noncentrality * ONE, degrees * ONE)
    assert found == pytest.approx(exact, abs=tolerance, rel=1e-5)


def imhof(value, weights, offsets):
    """P(Q ≤ value) by numerical inversion of the characteristic function (Imhof 1961)."""
    delta = offsets / weights

    def integrand(u):
        angle = 0.5 * np.sum(np.arctan(weights * u) + delta * weights * u / (1 + (weights * u) ** 2)) - 0.5 * value * u
        size = np.prod((1 + (weights * u) ** 2) ** 0.25) * np.exp(0.5 * np.sum(delta * (weights * u) ** 2 / (1 + (weights * u) ** 2)))
        return np.sin(angle) / (u * size)

    return 0.5 - integrate.quad(integrand, 0, np.inf, limit=500)[0] / np.pi


@pytest.mark.parametrize("share", [0.4, 0.7, 1.1, 1.5])
def test_unequal_terms_against_imhof(share):
    weights, offsets = np.array([3.0, 1.0, 1.0, 0.5, 0.5, 0.1]), np.array([0.0, 2.0, 0.5, 1.0, 0.0, 0.3])
    value = share * (weights + offsets).sum()
    assert np.exp(log_probability(value, weights, offsets)) == pytest.approx(imhof(value, weights, offsets), rel=0.03)


def test_a_weight_of_zero_is_a_constant():
    weights, offsets = np.array([1.0, 0.0]), np.array([0.0, 5.0])
    assert log_probability(6.0, weights, offsets, np.array([20.0, 1.0])) == pytest.approx(log_probability(1.0, ONE, 0 * ONE, 20 * ONE), rel=1e-9)
    assert log_probability(5.0, weights, offsets) == -np.inf


def test_gaussian_hypotheses_against_counting():
    rng = np.random.default_rng(0)
    root, residual = rng.normal(size=(12, 12)), rng.normal(size=(12, 2))
    errors = np.mean((residual[:, :, None] + np.einsum("ij,jks->iks", root, rng.normal(size=(12, 2, 100_000)))) ** 2, axis=(0, 1))
    for rate in (0.001, 0.1, 0.7):
        found = gaussian_inductive_bias(residual, root @ root.T, np.quantile(errors, rate))
        assert found == pytest.approx(-np.log(rate), abs=0.03 + 3 / np.sqrt(rate * 1e5))
    rotation = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    turned = gaussian_inductive_bias(rotation @ residual, rotation @ root @ root.T @ rotation.T, 5.0)
    assert turned == pytest.approx(gaussian_inductive_bias(residual, root @ root.T, 5.0))
    assert gaussian_inductive_bias(4 * residual, 16 * root @ root.T, 16 * 5.0) == pytest.approx(turned)


@pytest.mark.parametrize(("degrees", "noncentrality", "tolerance"), [(5.0, 3.0, 0.03), (20.0, 100.0, 3e-3), (500.0, 60.0, 1e-4), (400.0, 0.0, 1e-3)])
def test_densities(degrees, noncentrality, tolerance):
    x = (degrees + noncentrality) * np.array([0.8, 1.0, 1.2])
    exact = stats.ncx2.logpdf(x, degrees, noncentrality) if noncentrality else stats.chi2.logpdf(x, degrees)
    assert np.allclose(_log_density(x, degrees, noncentrality), exact, atol=tolerance, rtol=0)


def test_the_fit_is_as_likely_as_scipys():
    for degrees, noncentrality in ((3.0, 4.0), (30.0, 0.0), (5.0, 60.0)):
        errors = 0.1 * np.random.default_rng(1).noncentral_chisquare(degrees, noncentrality, size=500)
        ours, theirs = fit_noncentral(errors), stats.ncx2.fit(errors, floc=0)
        likelihood = np.sum(stats.ncx2.logpdf(errors, *ours[:2], scale=ours[2]))
        assert likelihood > np.sum(stats.ncx2.logpdf(errors, *theirs[:2], scale=theirs[3])) - 1.0
        assert ours[2] * (ours[0] + ours[1]) == pytest.approx(errors.mean())
        assert 2 * ours[2] ** 2 * (ours[0] + 2 * ours[1]) == pytest.approx(errors.var())


def test_noncentral_and_central_errors_are_told_apart():
    rng = np.random.default_rng(3)
    degrees, noncentrality, _ = fit_noncentral(rng.noncentral_chisquare(2, 20, size=20_000))
    assert noncentrality > 2 * degrees
    degrees, noncentrality, _ = fit_noncentral(rng.chisquare(20, size=20_000))
    assert noncentrality < 0.5 * degrees


def test_a_known_bias_is_recovered_beyond_counting():
    errors = np.random.default_rng(2).chisquare(4, size=20_000)
    exact = -stats.chi2.logcdf(1e-3, 4)
    assert exact > 1.5 * np.log(20_000)
    assert fitted_inductive_bias(errors, 1e-3) == pytest.approx(exact, rel=0.1)
    assert fitted_inductive_bias(7 * errors, 7e-3) == pytest.approx(fitted_inductive_bias(errors, 1e-3), rel=1e-3)
    assert fitted_inductive_bias(errors, 40.0) == pytest.approx(0, abs=1e-6)


def test_problems():
    with pytest.raises(Problem, match="target"):
        fitted_inductive_bias(np.arange(1.0, 20.0), 0.0)
    for errors in (np.arange(20.0), np.ones(20), np.arange(1.0, 5.0)):
        with pytest.raises(Problem, match="errors: expected"):
            fit_noncentral(errors)
    with pytest.raises(Problem, match="symmetric"):
        gaussian_inductive_bias(np.zeros((2, 1)), np.array([[1.0, 1.0], [0.0, 1.0]]), 1.0)
    with pytest.raises(Problem, match="weights, offsets, degrees"):
        log_probability(1.0, 0 * ONE, ONE)
