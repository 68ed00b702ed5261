"""Perceptrons that learn from a perceptron: against published limits, quadrature of the definitions, and students that have learned."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from unseen._problem import Problem
from unseen.theory.classification.teacher_student import (
    bayes_overlap,
    disagreement,
    gibbs_overlap,
    hebb_overlap,
    least_squares_overlap,
    margin_overlap,
    simulate_students,
)
from unseen.theory.ridge import ridge_risk

RULES = {"hebb": hebb_overlap, "least squares": least_squares_overlap, "largest margin": margin_overlap, "bayes": bayes_overlap}


def test_published_limits():
    """α times the error for α → ∞: 0.625 (Gibbs), 0.442 (Bayes), 0.500 (largest stability); few examples teach all rules alike, R² = 2α/π."""
    for overlap, limit in ((gibbs_overlap(3000.0), 0.625), (bayes_overlap(3000.0), 0.442), (margin_overlap(3000.0).item(), 0.5005)):
        assert abs(3000 * disagreement(overlap) - limit) < 5e-4
    for rule in RULES.values():
        np.testing.assert_allclose(rule(1e-4) ** 2, 2e-4 / np.pi, rtol=0.02)


@pytest.mark.parametrize("alpha", [0.3, 3.0, 40.0])
def test_the_replica_equation_by_quadrature(alpha):
    overlap = gibbs_overlap(alpha)
    integral = quad(lambda t: norm.pdf(t) * np.exp(-overlap * t**2 / 2) / norm.cdf(-np.sqrt(overlap) * t), -15, 15, epsabs=1e-12)[0]
    np.testing.assert_allclose(overlap / np.sqrt(1 - overlap), alpha / np.pi * integral, rtol=1e-9)


def test_least_squares_against_the_eigenframework():
    """Labels are √(2/π) of the teacher's output and noise that is not correlated with it: the squared distance of the weights is a risk of ridge regression."""
    c = np.sqrt(2 / np.pi)
    for alpha in (0.4, 0.9, 1.5, 6.0):
        d = 1000.0
        risk = ridge_risk(np.ones(1), np.array([c]), alpha * d, noise=np.sqrt(1 - c**2), multiplicities=np.array([d]))
        along = c * min(alpha, 1.0)
        square = risk.test - (1 - c**2) - c**2 + 2 * c * along  # ‖w‖² from ‖w - c u‖²
        np.testing.assert_allclose(least_squares_overlap(alpha), along / np.sqrt(square), rtol=1e-9)


def test_bayes_is_the_best_and_all_learn():
    alphas = np.linspace(0.2, 20, 30)
    best = np.array([bayes_overlap(alpha) for alpha in alphas])
    assert (np.diff(best) > 0).all()
    for rule in (hebb_overlap, least_squares_overlap, margin_overlap):
        assert (rule(alphas) < best).all()
    assert least_squares_overlap(1.0) == 0 < least_squares_overlap(0.6)  # the peak at n = d


@pytest.mark.parametrize(
    ("rule", "alpha", "d"), [("hebb", 2.0, 150), ("least squares", 0.8, 150), ("least squares", 3.0, 100), ("bayes", 2.0, 120), ("largest margin", 1.5, 50)]
)
def test_simulated_students(rule, alpha, d):
    repetitions = 250 if rule == "bayes" else 50
    found = simulate_students(jax.random.key(3), round(alpha * d), d, rule, repetitions=repetitions)
    error = found.std() / np.sqrt(repetitions)
    assert abs(found.mean() - RULES[rule](alpha)) < 4 * error + 0.5 / d
    rivals = [other(alpha) for name, other in RULES.items() if name != rule]
    assert all(abs(found.mean() - rival) > 2 * error for rival in rivals)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hebb_overlap(0.0), "alpha: expected n/d above 0"),
        (lambda: gibbs_overlap(1e5), "alpha: expected n/d above 0 and at most 10,000"),
        (lambda: margin_overlap(np.inf), "alpha: expected finite"),
        (lambda: disagreement(1.1), "overlap: expected numbers in"),
        (lambda: simulate_students(jax.random.key(0), 0, 10, "hebb"), "rule, n, d, repetitions: expected hebb"),
        (lambda: simulate_students(jax.random.key(0), 40, 20, "bayes", steps=2), "steps: message passing still moves"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
