"""Against flows solved by SciPy, spectra by hand, and simulation; a wrong constant is caught."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from unseen._problem import Problem
from unseen.bounds.gradient_path import fit_inequality, flow_against_limits, kernel_bound, kernel_constant, loss_limit, path_limit


def followed(theta, c, loss, end, n=400):
    """(times, losses, path) of dL/dt = -(c L^θ)², along which the inequality is an equality."""
    times = np.linspace(0, end, n)

    def speed(_, state):
        norm = c * max(state[0], 0.0) ** theta
        return [-(norm**2), norm]

    solved = solve_ivp(speed, (0, end), [loss, 0.0], t_eval=times, rtol=1e-9, atol=1e-12)
    return times, solved.y[0], solved.y[1]


@pytest.mark.parametrize(("theta", "c", "loss"), [(0.5, 1.3, 2.0), (0.75, 0.8, 3.0), (0.6, 2.0, 0.4), (0.3, 0.7, 1.5)])
def test_both_limits_are_reached_where_the_inequality_is_an_equality(theta, c, loss):
    times, losses, path = followed(theta, c, loss, 6.0)
    np.testing.assert_allclose(loss_limit(times, loss, theta, c), losses, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(path, path_limit(loss, theta, c) - losses ** (1 - theta) / (c * (1 - theta)), rtol=1e-4, atol=1e-5)
    assert (loss_limit(times[1:], loss, theta, 1.5 * c) < losses[1:] + 1e-9).all(), "a constant that is too large is no limit"


def test_fit_finds_a_power_law_and_lies_below_every_step():
    loss = np.geomspace(1e-4, 2, 50)
    theta, c = fit_inequality(loss, 0.7 * loss**0.8)
    assert (theta, c) == (pytest.approx(0.8), pytest.approx(0.7))
    norm = 0.7 * loss**0.8 * np.random.default_rng(0).uniform(1, 2, 50)
    theta, c = fit_inequality(loss, norm)
    assert (norm / (c * loss**theta)).min() == pytest.approx(1)


def test_linear_regression_keeps_to_its_constant_and_touches_it_along_the_least_direction():
    rng = np.random.default_rng(1)
    x, n = rng.normal(size=(8, 12)), 8
    c = kernel_constant(x @ x.T)
    values, vectors = np.linalg.eigh(x @ x.T)
    assert c == pytest.approx(np.sqrt(2 * values[0] / n))
    for residual in (*rng.normal(size=(200, n)), vectors[:, 0]):
        ratio = np.linalg.norm(x.T @ residual / n) / np.sqrt(residual @ residual / (2 * n))
        assert ratio >= c * (1 - 1e-9)
    assert ratio == pytest.approx(c)
    y = rng.normal(size=n)
    assert path_limit(y @ y / (2 * n), 0.5, c) == pytest.approx(np.linalg.norm(y) / np.sqrt(values[0]))
    assert np.linalg.norm(np.linalg.pinv(x) @ y) <= np.linalg.norm(y) / np.sqrt(values[0])


def test_the_bound_covers_and_falls_with_the_sample():
    rng = np.random.default_rng(2)
    values = []
    for n in (60, 240):
        d, broken = 3 * n, 0
        for _ in range(20):
            x, beta = rng.normal(size=(n, d)) / np.sqrt(d), rng.normal(size=d) / np.sqrt(d)
            weights, at = np.linalg.pinv(x) @ (x @ beta), rng.normal(size=(2000, d)) / np.sqrt(d)
            bound = kernel_bound(x @ x.T, x @ beta, 0.0)
            broken += np.minimum(1, np.abs(at @ (weights - beta))).mean() > bound.value
        values.append(bound.value)
        assert not broken
    assert values[1] < 0.75 * values[0]
    assert not bound.vacuous


def test_a_third_of_its_complexity_would_not_do():
    """Signs by fair coins on examples that are orthogonal to all others: learned by heart, and |f - y| = 1 elsewhere."""
    n = 1024
    bound = kernel_bound(np.eye(n), np.random.default_rng(3).choice([-1.0, 1.0], n), 0.0)
    complexity = 2 * bound.terms["radius"] / np.sqrt(n)
    assert bound.value - 2 / 3 * complexity < 1 < bound.value


def test_the_bound_is_its_formula():
    kernel, y = np.diag([4.0, 1.0, 2.25]), np.array([1.0, 2.0, 2.0])
    bound = kernel_bound(kernel, y, 0.1, 0.05)
    assert bound.terms["radius"] == 4  # ‖y‖/√λ_min = 3, rounded up to a power of 2
    wanted = 0.1 + 2 * 4 * np.sqrt(7.25) / 3 + 3 * np.sqrt((np.log(2 / 0.05) + np.log(3) + 2 * np.log(3)) / 6)
    assert bound.value == pytest.approx(wanted)


def test_a_flow_of_one_rate_touches_its_limits_and_one_of_many_keeps_to_them():
    y = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(flow_against_limits(2.5 * np.eye(3), y, kernel_constant(2.5 * np.eye(3))), (1, 1), rtol=2e-3)
    kernel = np.diag([0.5, 1.0, 4.0])
    assert max(flow_against_limits(kernel, y, kernel_constant(kernel))) < 1
    assert min(flow_against_limits(kernel, y, 3 * kernel_constant(kernel))) > 1


def test_mistakes_are_named():
    with pytest.raises(Problem, match="positive definite"):
        kernel_bound(np.ones((3, 3)), np.ones(3), 0.0, c=0.0)
    with pytest.raises(Problem, match="different losses"):
        fit_inequality(np.ones(3), np.ones(3))
    with pytest.raises(Problem, match="positive"):
        path_limit(0.0, 0.5, 1.0)
    assert path_limit(1.0, 1.0, 1.0) == np.inf
