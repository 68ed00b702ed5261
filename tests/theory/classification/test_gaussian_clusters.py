"""Two clusters: against classifiers that are fitted, minimisation of the saddle-point problem, limits, and rivals that leave something out."""

import jax
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtr

from unseen._problem import Problem
from unseen.theory.classification.gaussian_clusters import averaging, cluster_margin, ridge_on_labels, simulate_clusters
from unseen.theory.ridge import effective_regularization


@pytest.mark.parametrize(("n", "d", "ridge"), [(100, 200, 0.0), (100, 200, 60.0), (150, 100, 0.0), (150, 100, 300.0)])
@pytest.mark.parametrize("flip_rate", [0.0, 0.2])
def test_against_the_saddle_point_problem(n, d, ridge, flip_rate):
    """min (√n √E(1 - M)² - √d t)₊² + ridge ‖w‖² over w along μ and t off it, solved by SciPy; without a ridge by a small one."""
    norm, clean, small = 1.5, 1 - 2 * flip_rate, ridge or 1e-3

    def objective(parts):
        along, off = parts
        missed = 1 - 2 * clean * norm * along + (norm * along) ** 2 + along**2 + off**2
        return max(np.sqrt(n * missed) - np.sqrt(d) * off, 0.0) ** 2 + small * (along**2 + off**2)

    best = minimize(objective, [0.3, 0.5], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000}).x
    found = ridge_on_labels(norm, n, d, ridge, flip_rate)
    np.testing.assert_allclose([found.signal / norm, found.norm], [best[0], np.hypot(*best)], rtol=1e-3)
    np.testing.assert_allclose(found.error, ndtr(-norm * best[0] / np.hypot(*best)), rtol=1e-3)


@pytest.mark.parametrize(
    ("n", "d", "ridge", "flip_rate"), [(80, 160, 0.0, 0.0), (80, 160, 0.0, 0.2), (160, 80, 100.0, 0.1), (60, 120, None, 0.0), (60, 120, None, 0.1)]
)
def test_simulation(n, d, ridge, flip_rate):
    found = simulate_clusters(jax.random.key(1), 1.5, n, d, ridge, flip_rate, repetitions=60)[:, 0]
    if ridge is None:
        predicted, rival = cluster_margin(1.5, d / n, flip_rate).overlap.item(), averaging(1.5, n, d, flip_rate).overlap
    else:
        predicted, rival = ridge_on_labels(1.5, n, d, ridge, flip_rate).overlap, ridge_on_labels(1.5, n, d, ridge * 0 + 1e3, flip_rate).overlap
    error = found.std() / np.sqrt(60)
    assert abs(found.mean() - predicted) < 4 * error + 0.5 / d  # of the order of 1/d
    assert abs(found.mean() - rival) > 4 * error or (ridge is None and flip_rate == 0)


def test_the_bias_falls_with_the_dimension():
    gaps = []
    for d, repetitions in ((4, 4000), (16, 2000), (64, 500)):
        found = simulate_clusters(jax.random.key(2), 1.0, 2 * d, d, 10.0, 0.1, repetitions=repetitions)[:, 0]
        gaps.append(abs(found.mean() - ridge_on_labels(1.0, 2 * d, d, 10.0, 0.1).overlap))
    assert gaps[0] > 2 * gaps[2]


def test_the_effective_ridge():
    """m = c ‖μ‖²/(1 + ‖μ‖² + κ) with the κ of ridge regression on d equal directions."""
    for n, d, ridge in ((50, 80, 0.0), (50, 80, 7.0), (80, 50, 7.0), (80, 50, 0.0)):
        kappa = effective_regularization(np.ones(1), n, ridge, multiplicities=np.array([float(d)]))
        np.testing.assert_allclose(ridge_on_labels(1.5, n, d, ridge).signal, 2.25 / (3.25 + kappa))


def test_limits():
    few = averaging(2.0, 50, 200, 0.1)
    np.testing.assert_allclose(few.overlap, 0.8 * 2 / np.sqrt(1.6**2 + 4))
    np.testing.assert_allclose(ridge_on_labels(2.0, 50, 200, 1e12, 0.1).overlap, few.overlap, rtol=1e-6)
    assert ridge_on_labels(2.0, 50, 200, np.inf, 0.1) == few
    for flip_rate in (0.0, 0.1):  # in ever more dimensions all rules average, as far as no label is wrong
        wide = averaging(2.0, 50, 500_000, flip_rate).overlap, ridge_on_labels(2.0, 50, 500_000, 0.0, flip_rate).overlap
        np.testing.assert_allclose(wide, cluster_margin(2.0, 10_000.0, flip_rate).overlap, rtol=2e-3)
    many = ridge_on_labels(2.0, 10**7, 10, 0.0, 0.1)
    np.testing.assert_allclose(many.error, ndtr(-2.0), rtol=1e-4)  # the best of all classifiers


def test_overfitting_is_benign_or_not():
    """Wrong labels are interpolated in all three: harmless far beyond n = d with distant clusters, ruinous at the peak."""
    assert ridge_on_labels(12.0, 100, 10_000, 0.0, 0.1).error < 1e-4
    peak = [ridge_on_labels(2.0, 100, d, 0.0, 0.1).error for d in (20, 60, 99, 101, 140, 400)]
    assert peak[0] < peak[1] < peak[2] > 0.4 < peak[3] > peak[4] > peak[5]
    assert ridge_on_labels(2.0, 100, 101, 30.0, 0.1).error < 0.5 * peak[3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge_on_labels(0.0, 10, 20), "norm, n, d: expected above 0"),
        (lambda: ridge_on_labels(1.0, 0, 20), "norm, n, d: expected above 0"),
        (lambda: ridge_on_labels(1.0, 10, 20, flip_rate=0.5), "flip_rate: expected a chance in"),
        (lambda: ridge_on_labels(1.0, 20, 20), "above 0 where n = d"),
        (lambda: ridge_on_labels(1.0, 20, 10, -1.0), "ridge: expected at least 0"),
        (lambda: cluster_margin(1.0, 0.1, 0.2), "cannot be separated"),
        (lambda: simulate_clusters(jax.random.key(0), 1.0, 20, 40, -1.0), "ridge: expected a number of at least 0"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
