"""Early alignment: against the differential equation, a closed form of one cone, the bound of Min et al., and networks that are trained."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from unseen._problem import Problem
from unseen.theory.dynamics.early_alignment import simulate_turning, turning

RNG = np.random.default_rng(0)
Y = np.where(np.arange(8) % 2, 1.0, -1.0)
Z = 0.6 * RNG.standard_normal((8, 10)) + 2.5 / np.sqrt(10)
X = Y[:, None] * Z / np.linalg.norm(Z, axis=1, keepdims=True)
FIRST, SIGNS = RNG.standard_normal((6, 10)), np.array([1.0, 1, 1, -1, -1, -1])
TIMES = np.linspace(0, 10, 21)
PATH = turning(FIRST, SIGNS, X, Y, TIMES)


def test_against_the_differential_equation():
    def flow(_, state, sign):
        w = state[:-1] / np.linalg.norm(state[:-1])
        pull = sign * ((X @ w > 0) * Y) @ X / len(X)
        return np.append(pull - (w @ pull) * w, w @ pull)

    for neuron in range(6):
        w = FIRST[neuron] / np.linalg.norm(FIRST[neuron])
        found = solve_ivp(flow, (0, 10), np.append(w, 0.0), t_eval=TIMES, args=(SIGNS[neuron],), rtol=1e-8, atol=1e-10, max_step=0.02).y.T
        np.testing.assert_allclose(PATH.direction[:, neuron], found[:, :-1], atol=2e-4)
        np.testing.assert_allclose(PATH.growth[:, neuron], found[:, -1], atol=2e-4)


def test_networks_that_are_trained():
    again = simulate_turning(np.stack([FIRST, FIRST[::-1]]), SIGNS, X, Y, TIMES, scale=1e-7)
    np.testing.assert_allclose(again.direction[0], PATH.direction, atol=1e-3)
    np.testing.assert_allclose(again.growth[0], PATH.growth, atol=4e-3)
    np.testing.assert_allclose(again.settled[0], PATH.settled, atol=3e-3)
    np.testing.assert_allclose(again.direction[1], turning(FIRST[::-1], SIGNS, X, Y, TIMES).direction, atol=1e-3)
    far = simulate_turning(FIRST[None], SIGNS, X, Y, TIMES, scale=1.0)  # from a large start they do not
    assert np.abs(far.direction[0] - PATH.direction).max() > 0.05


def test_each_works_for_its_class_within_the_bound():
    """Min, Mallada & Vidal (2023): log n/√μ, with the constant 1."""
    mu = ((Y[:, None] * X) @ (Y[:, None] * X).T).min()
    assert mu > 0.1
    active = PATH.direction[-1] @ X.T > 0
    assert (active == (SIGNS[:, None] == Y)).all()
    assert PATH.settled.max() < np.log(8) / np.sqrt(mu)


def test_one_cone():
    """Two orthogonal examples: the direction goes to their sum, with tan(θ/2) e^{-‖D‖ t}; opposite signs shrink and die at the border."""
    x, start = np.eye(3)[:2], np.array([[1.0, 0.2, 0.5]])
    path = turning(start, np.ones(1), x, np.ones(2), TIMES)
    size, toward = 1 / np.sqrt(2), np.array([1.0, 1.0, 0.0]) / np.sqrt(2)
    angle = np.arccos(path.direction[:, 0] @ toward)
    np.testing.assert_allclose(np.tan(angle / 2), np.tan(angle[0] / 2) * np.exp(-size * TIMES), rtol=1e-6, atol=1e-7)
    dying = turning(start, -np.ones(1), x, np.ones(2), np.array([0.0, 100.0]))
    np.testing.assert_allclose(dying.direction[1, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(dying.growth[1, 0], np.log(0.5 / np.sqrt(1.29)))  # what is left is the part that no example sees
    still = turning(toward[None], np.ones(1), x, np.ones(2), TIMES)
    np.testing.assert_allclose(still.growth[:, 0], size * TIMES)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: turning(np.array([[0.9, 0.5]]), np.ones(1), np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([1.0, -1.0]), TIMES),
            "slide along the border of example 1",
        ),
        (lambda: turning(FIRST, 2 * SIGNS, X, Y, TIMES), "signs of ±1"),
        (lambda: turning(FIRST, SIGNS, X * np.nan, Y, TIMES), "x: expected finite"),
        (lambda: turning(FIRST, SIGNS, X, Y, -TIMES), "times: expected rising"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()


@pytest.mark.parametrize("wrong", [{"step": float("nan")}, {"scale": 0.0}, {"step": -1.0}])
def test_scale_and_step_are_above_0(wrong):
    one = np.ones(1)
    with pytest.raises(Problem, match=r"scale, step"):
        simulate_turning(np.array([[[0.6, 0.8]]]), one, np.array([[1.0, 0.5]]), one, np.array([0.0, 1.0]), **wrong)
