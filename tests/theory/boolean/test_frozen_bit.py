"""What a diagonal linear network gives a frozen bit: against SciPy's integration of the flow, the simulation, and the interpolator of least degree."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from unseen._problem import Problem
from unseen.theory.boolean.frozen_bit import frozen_weight, simulate_diagonal
from unseen.theory.boolean.min_degree import coefficients, cube, min_degree_interpolator


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize("alpha", [0.2, 0.8])
@pytest.mark.parametrize("total", [1.5, 0.01, -0.7])
def test_against_integration(depth, alpha, total):
    def flow(_, state):
        b, *w = state
        residual = b + np.prod(w) - total
        return [-residual, *(-residual * np.prod(w) / one for one in w)]

    end = solve_ivp(flow, (0, 200), [0.0, *[alpha] * depth], rtol=1e-10, atol=1e-12).y[:, -1]
    np.testing.assert_allclose(frozen_weight(total, depth, alpha), np.prod(end[1:]), atol=1e-6)


def test_the_start_fits_already():
    assert frozen_weight(0.25, 2, 0.5) == 0.25


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_simulation(depth):
    weights = np.array([0.5, 1.0, 0.4, 0.2])
    found = np.array([simulate_diagonal(np.random.default_rng(seed), weights, 0, depth=depth, alpha=0.3, rate=0.01, steps=8000) for seed in range(3)])
    theta = frozen_weight(1.5, depth, 0.3)
    np.testing.assert_allclose(found, np.tile([1.5 - theta, theta, 0.4, 0.2], (3, 1)), atol=0.004)
    whole = simulate_diagonal(np.random.default_rng(0), weights, None, depth=depth, alpha=0.3)
    np.testing.assert_allclose(whole, weights, atol=0.01)
    other = simulate_diagonal(np.random.default_rng(0), weights, 2, depth=depth, alpha=0.3)
    np.testing.assert_allclose(other[3], frozen_weight(0.7, depth, 0.3), atol=0.01)


def test_small_starts_lead_to_the_least_degree():
    points = cube(3)
    values = 0.5 + points @ np.array([1.0, 0.4, 0.2])
    least = min_degree_interpolator(values, points[:, 0] == 1)
    found = simulate_diagonal(np.random.default_rng(0), np.array([0.5, 1.0, 0.4, 0.2]), 0, depth=3, alpha=0.05, steps=20_000)
    np.testing.assert_allclose(coefficients(found[0] + points @ found[1:]), least, atol=0.001)
    assert frozen_weight(1.5, 1, 0.05) > 0.7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: frozen_weight(1.0, 0, 0.1), "depth, alpha: expected at least 1 and a number above 0"),
        (lambda: frozen_weight(1.0, 2, 0.0), "depth, alpha"),
        (lambda: frozen_weight(np.inf, 2, 0.1), "total: expected a finite number"),
        (lambda: simulate_diagonal(np.random.default_rng(0), np.array([0.0, -1.0]), 0, depth=2, alpha=0.1), "weights: expected a constant"),
        (lambda: simulate_diagonal(np.random.default_rng(0), np.array([0.0, 1.0]), 1, depth=2, alpha=0.1), "rate, steps, batch, frozen"),
        (lambda: simulate_diagonal(np.random.default_rng(0), np.array([0.0, 1.0]), 0, depth=2, alpha=0.1, steps=0), "rate, steps, batch, frozen"),
        (lambda: simulate_diagonal(np.random.default_rng(0), np.array([0.0, np.nan]), 0, depth=2, alpha=0.1), "weights"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
