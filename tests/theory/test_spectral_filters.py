"""Functionals of spectral filters against the eigenframework for ridge regression, direct solves, integration of the flow, and simulation."""

import numpy as np
import pytest
from scipy.linalg import expm

from unseen._problem import Problem
from unseen.theory.ridge import ridge_risk
from unseen.theory.spectral_filters import (
    Filter,
    both_frequencies,
    circle_risk,
    flow_filter,
    gaussian_risk,
    naive_risk,
    ridge_filter,
    simulate_circle,
    simulate_gaussian,
)

M = np.arange(1, 201.0)
VALUES, TARGET = M**-1.5, M**-1.2


@pytest.mark.parametrize("n", [20, 100, 400])
@pytest.mark.parametrize("ridge", [1e-4, 1e-2, 1.0])
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_ridge_is_the_eigenframework(n, ridge, noise):
    expected = ridge_risk(VALUES, TARGET, n, n * ridge, noise).test - noise**2
    np.testing.assert_allclose(gaussian_risk(VALUES, TARGET, n, ridge_filter(ridge), noise), expected, rtol=1e-6)


def test_a_mixture_of_ridges_has_cross_terms():
    """The residual (r_1 + r_2)/2 has the error (e_11 + 2 e_12 + e_22)/4; for one eigenvalue 1 and n → ∞ the spectrum is that of the distribution."""
    mixed = Filter(lambda z: 0.5 * 0.1 / (z + 0.1) + 0.5 * 0.9 / (z + 0.9), 0.05)
    found = gaussian_risk(np.ones(1), np.ones(1), 10**6, mixed)
    np.testing.assert_allclose(found, (0.5 * 0.1 / 1.1 + 0.5 * 0.9 / 1.9) ** 2, rtol=1e-4)


@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_many_examples_give_the_naive_risk(noise):
    values, target = np.array([1.0, 0.5, 0.1]), np.array([1.0, -1.0, 0.5])
    for kind in (flow_filter(3.0), ridge_filter(0.3)):
        expected = naive_risk(values, target, 10**6, kind, noise)
        np.testing.assert_allclose(gaussian_risk(values, target, 10**6, kind, noise), expected, rtol=1e-4)


@pytest.mark.parametrize("noise", [0.0, 0.5])
@pytest.mark.parametrize("n", [60, 300])
def test_flow_on_gaussian_features_against_simulation(n, noise):
    kinds = [flow_filter(time) for time in (1.0, 30.0, 300.0)]
    errors = simulate_gaussian(np.random.default_rng(0), VALUES, TARGET, n, kinds, noise, repetitions=100)
    expected = np.array([gaussian_risk(VALUES, TARGET, n, kind, noise) for kind in kinds])
    np.testing.assert_array_less(np.abs(errors.mean(axis=0) - expected), 4 * errors.std(axis=0) / 10 + 0.02 * expected)


@pytest.mark.parametrize("n", [7, 40])
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_circle_against_simulation_by_frequency(n, noise):
    kinds = [ridge_filter(1e-9), ridge_filter(0.05), flow_filter(20.0)]
    errors = simulate_circle(np.random.default_rng(1), VALUES, TARGET, n, kinds, noise, repetitions=3000)
    for index, kind in enumerate(kinds):
        expected = circle_risk(VALUES, TARGET, n, kind, noise)
        for found, wanted in ((errors[:, index, :6], expected[:6]), (errors[:, index].sum(axis=1, keepdims=True), expected.sum())):
            np.testing.assert_array_less(np.abs(found.mean(axis=0) - wanted), 5 * found.std(axis=0) / 3000**0.5 + 1e-12)


def test_the_simulators_are_ridge_regression_and_gradient_flow_of_functions():
    """Fits on the circle by solving with the kernel matrix, and by the exponential of the flow; compared by what the seeds draw."""
    n, ridge, time, noise = 9, 0.05, 4.0, 0.3
    values, target = VALUES[:30], TARGET[:30]
    found = simulate_circle(np.random.default_rng(3), values, target, n, [ridge_filter(ridge), flow_filter(time)], noise)[0]
    rng = np.random.default_rng(3)
    m = np.arange(30)
    shift, phase = 2 * np.pi * rng.random() / n, 2 * np.pi * np.where(m > 0, rng.random(30), 0.0)
    x, fine = 2 * np.pi * np.arange(n) / n + shift, 2 * np.pi * np.arange(256) / 256
    weight = np.where(m > 0, 2.0, 1.0)

    def function(x):
        return np.cos(x[:, None] * m + phase) @ (weight * target)

    def kernel(a, b):
        return np.cos(np.subtract.outer(a, b)[..., None] * m) @ (weight * values)

    y = function(x) + noise * rng.standard_normal(n)
    gram = kernel(x, x) / n
    duals = np.linalg.solve(gram + ridge * np.eye(n), y / n), np.linalg.solve(gram, (np.eye(n) - expm(-time * gram)) @ y / n)
    for errors, dual in zip(found, duals, strict=True):
        np.testing.assert_allclose(errors.sum(), np.mean((kernel(fine, x) @ dual - function(fine)) ** 2), rtol=1e-8)


def test_repetitions_on_the_circle_together_are_one_after_another():
    together, rng, known = np.random.default_rng(6), np.random.default_rng(6), (VALUES[:30], TARGET[:30], 9, [ridge_filter(0.05), flow_filter(4.0)], 0.3)
    found = simulate_circle(together, *known, repetitions=130)
    np.testing.assert_allclose(found, np.concatenate([simulate_circle(rng, *known) for _ in range(130)]), rtol=1e-9, atol=1e-14)
    assert together.random() == rng.random()


def test_gaussian_simulator_against_a_flow_in_small_steps():
    values, target, n = np.array([1.0, 0.5, 0.2]), np.array([1.0, 2.0, -1.0]), 2
    found = simulate_gaussian(np.random.default_rng(4), values, target, n, [flow_filter(5.0)], 0.3)[0, 0]
    rng = np.random.default_rng(4)
    phi = rng.standard_normal((n, 3))
    x, y = phi * np.sqrt(values), phi @ target + 0.3 * rng.standard_normal(n)
    w = np.zeros(3)
    for _ in range(50_000):
        w += 1e-4 * x.T @ (y - x @ w) / n
    np.testing.assert_allclose(np.sum((np.sqrt(values) * w - target) ** 2), found, rtol=1e-3)


def test_all_frequencies_seen_and_no_aliases_is_the_naive_risk():
    values, target, kind = np.array([1.0, 0.5, 0.2]), np.array([1.0, 2.0, 0.5]), flow_filter(2.0)
    expected = naive_risk(both_frequencies(values), both_frequencies(target), 5, kind, 0.4)
    np.testing.assert_allclose(circle_risk(values, target, 5, kind, 0.4).sum(), expected)
    assert circle_risk(values, target, 4, kind, 0.4).sum() > expected  # frequencies 2 and -2 coincide


def test_mistakes_are_named():
    for make in (ridge_filter, flow_filter):
        with pytest.raises(Problem, match="expected a number above 0"):
            make(0.0)
    for risk in (gaussian_risk, circle_risk, naive_risk):
        with pytest.raises(Problem, match="eigenvalues: expected"):
            risk(np.array([1.0, 0.0]), np.ones(2), 3, ridge_filter(1.0))
        with pytest.raises(Problem, match="coefficients: expected one for each of 2"):
            risk(np.ones(2), np.ones(3), 3, ridge_filter(1.0))
        with pytest.raises(Problem, match="n, noise: expected"):
            risk(np.ones(2), np.ones(2), 0, ridge_filter(1.0))
    with pytest.raises(Problem, match="points: the integral"):
        gaussian_risk(VALUES, TARGET, 30, flow_filter(30.0), points=12)
