"""Against SciPy's general minimiser, both limits, and the parameters that the flow itself reaches."""

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from unseen._types import Problem
from unseen.theory.diagonal_flow import least_potential, regularized_flow

rng = np.random.default_rng(100)
X = rng.normal(size=(5, 9))
Y = X @ np.concatenate([[1.0, -0.5], np.zeros(7)])


def test_least_potential_against_scipy():
    scale = rng.uniform(0.2, 0.5, size=9)

    def potential(beta):
        z = beta / (2 * scale**2)
        return np.sum(2 * scale**2 * (z * np.arcsinh(z) - np.sqrt(1 + z**2)))

    found = minimize(potential, np.linalg.pinv(X) @ Y, constraints={"type": "eq", "fun": lambda beta: X @ beta - Y}, options={"maxiter": 500, "ftol": 1e-14})
    assert found.success
    np.testing.assert_allclose(least_potential(X, Y, scale), found.x, atol=1e-5)


def test_limits_of_the_scale():
    np.testing.assert_allclose(least_potential(X, Y, np.full(9, 100.0)), np.linalg.pinv(X) @ Y, atol=1e-6)
    l1 = linprog(np.ones(18), A_eq=np.hstack([X, -X]), b_eq=Y).fun
    assert np.abs(least_potential(X, Y, np.full(9, 1e-4))).sum() == pytest.approx(l1, rel=1e-2)


@pytest.mark.parametrize("step", [0.05, 1e-6, -0.05])
def test_the_flow_is_where_it_is_said_to_be(step):
    """On the way too: of all that fit as it does, it has the least potential. Inputs off centre have large slopes, so that the scale moves much."""
    x = X + 1
    flow = regularized_flow(x, x[:, :2].sum(axis=1), alpha=0.3, strength=0.1, step=step, rate=2e-4, steps=5000)
    np.testing.assert_allclose(flow.u * flow.v, flow.scale**2, rtol=0.03)
    beta = flow.u**2 - flow.v**2
    distance, rival = (np.linalg.norm(beta - least_potential(x, x @ beta, scale)) for scale in (flow.scale, np.full(9, 0.3)))
    assert distance < 0.01 * np.linalg.norm(beta)
    assert rival > 5 * distance


def test_ascent_shrinks_the_scale_more():
    scales = [regularized_flow(X, Y, alpha=0.3, strength=0.3, step=step, rate=2e-3, steps=3000).scale for step in (-0.2, 1e-6, 0.2)]
    assert (scales[0] > scales[1]).all() and (scales[1] > scales[2]).all()
    np.testing.assert_allclose(regularized_flow(X, Y, alpha=0.3, strength=0.0, step=0.2, steps=10).scale, 0.3)


def test_bad_input():
    with pytest.raises(Problem, match="step"):
        regularized_flow(X, Y, alpha=0.3, strength=0.1, step=0.0)
    with pytest.raises(Problem, match="rate"), np.errstate(all="ignore"):
        regularized_flow(X, Y, alpha=0.3, strength=0.1, step=0.1, rate=10.0, steps=100)
    with pytest.raises(Problem, match="solution"), np.errstate(all="ignore"):
        least_potential(np.ones((2, 3)), np.array([1.0, 2.0]), np.ones(3))


def test_a_flow_tells_what_is_left():
    known = {"alpha": 0.3, "strength": 0.1, "step": 0.1, "rate": 2e-3}
    short, long = (regularized_flow(X, Y, steps=steps, **known).left for steps in (1, 4000))
    assert short > 0.5
    assert long < 0.02
