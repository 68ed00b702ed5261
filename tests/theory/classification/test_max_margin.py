"""The largest margin: against Cover's and Gardner's results for pure noise, a quadratic programme, and its own optimality."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize, nnls
from scipy.special import ndtr
from scipy.stats import norm

from unseen._problem import Problem
from unseen.theory.classification.max_margin import largest_margin, separate, threshold


def noise_only(margin, overlap):
    return (margin**2 + 1) * ndtr(margin) + margin * norm.pdf(margin) + 0 * overlap


def test_pure_noise():
    """Without signal 2 d random labels are just separable (Cover 1965), and margins are Gardner's (1988)."""
    np.testing.assert_allclose(threshold(noise_only), 0.5, rtol=1e-9)
    found = largest_margin(noise_only, np.array([0.6, 1.0, 30.0]), mean=0.0)
    np.testing.assert_allclose(found.overlap, 0, atol=1e-6)
    for margin, aspect in zip(found.margin, [0.6, 1.0, 30.0], strict=True):
        np.testing.assert_allclose(quad(lambda t, k=margin: norm.pdf(t) * (t + k) ** 2, -margin, 12)[0], aspect, rtol=1e-7)


def test_against_a_fine_grid():
    """With a known signal: the largest margin at which some overlap suffices."""

    def shortfall(margin, overlap):
        return noise_only(margin - 1.5 * overlap, overlap)

    found = largest_margin(shortfall, 0.8, mean=1.5)
    overlaps = np.linspace(0, 0.999, 2000)
    possible = [k for k in np.linspace(0, 3, 3001) if (shortfall(k, overlaps) <= 0.8 * (1 - overlaps**2)).any()]
    np.testing.assert_allclose(found.margin, possible[-1], atol=1e-3)
    np.testing.assert_allclose(found.overlap, overlaps[np.argmin(shortfall(found.margin, overlaps) / (1 - overlaps**2))], atol=1e-3)


def test_the_classifier_against_other_solvers():
    x = np.random.default_rng(0).standard_normal((3, 12, 8)) + 0.7
    for one, w in zip(x, separate(x), strict=True):
        multipliers = nnls(np.vstack([one.T, np.ones(12)]), np.eye(9)[-1])[0]
        expected = one.T @ multipliers
        np.testing.assert_allclose(w, expected / np.linalg.norm(expected), atol=1e-4)
        slow = minimize(lambda w: w @ w, w, jac=lambda w: 2 * w, constraints={"type": "ineq", "fun": lambda w, one=one: one @ w - 1}).x
        np.testing.assert_allclose(w, slow / np.linalg.norm(slow), atol=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: largest_margin(noise_only, 0.4, 0.0), "aspect: expected more than d/n = 0.5"),
        (lambda: largest_margin(noise_only, -1.0, 0.0), "aspect, mean: expected above 0"),
        (lambda: largest_margin(noise_only, np.nan, 0.0), "aspect: expected finite"),
        (lambda: separate(np.array([[[1.0, 0.0], [-1.0, 0.0]]]), steps=50), "x: no largest margin was found"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
