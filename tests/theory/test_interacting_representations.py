"""The system of three numbers against the gradient flow of the matrices and vectors that they summarise."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from unseen._types import Problem
from unseen.theory.interacting_representations import final_distance, trajectory

TIMES = np.array([0.0, 0.3, 1.0, 3.0, 8.0])


def parents(dh, dy, target, a, b, times):
    """The flow of decoder matrix and difference of representations, from the gradients of the loss of two points, by SciPy."""
    width, outputs = len(dh), len(dy)
    decoder = np.outer(dy, dh) / (dh @ dh)

    def slope(_, state):
        decoder, dh = state[: outputs * width].reshape(outputs, width), state[outputs * width :]
        error = decoder @ dh - target  # the loss of two points is |dy - dy*|²/4, up to their mean
        return np.concatenate([(-b * error[:, None] * dh / 2).reshape(-1), -a * decoder.T @ error / 2])

    solved = solve_ivp(slope, (0, times[-1]), np.concatenate([decoder.reshape(-1), dh]), t_eval=times, rtol=1e-10, atol=1e-12).y.T
    found = []
    for state in solved:
        decoder, dh = state[: outputs * width].reshape(outputs, width), state[outputs * width :]
        dy = decoder @ dh
        found.append([dh @ dh, dy @ dy, dy @ (dy - target)])
    return np.array(found).T


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize(("a", "b", "seed"), [(1.0, 1.0, 0), (0.4, 1.5, 1), (2.0, 0.3, 2)])
def test_against_the_flow_of_matrices(alike, a, b, seed):
    rng = np.random.default_rng(seed)
    dh, dy, target = rng.normal(size=5), rng.normal(size=3), 0.0 if alike else 1.0
    target = target * rng.normal(size=3)
    expected = parents(dh, dy, target, a, b, TIMES)
    found = trajectory(TIMES, dh @ dh, dy @ dy, dy @ (dy - target), target=target @ target, encoder_rate=a, decoder_rate=b)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_slopes_are_those_of_the_paper():
    h, y, w, t, a, b, step = 0.8, 0.5, 0.3, 1.7, 0.6, 1.4, 1e-4
    before, after = trajectory([0.0, step, 2 * step], h, y, w, target=t, encoder_rate=a, decoder_rate=b)[:, [0, 2]].T
    expected = [-a * w, -w * (b * h + a * y / h), -0.5 * (3 * w - y + t) * b * h - 0.5 * (y + w) * a * w / h]
    np.testing.assert_allclose((after - before) / (2 * step), expected, rtol=1e-3)


@pytest.mark.parametrize(("h", "y", "merges"), [(0.5, 1.0, True), (1.0, 1.2, True), (1.5, 0.4, False), (2.0, 3.0, False)])
def test_alike_inputs_merge_where_the_decoder_is_the_stronger(h, y, merges):
    end = trajectory([0.0, 400.0], h, y, y, target=0.0)[:, -1]
    assert (final_distance(h, y, target=0.0) == 0) == merges
    np.testing.assert_allclose(end[0], final_distance(h, y, target=0.0), atol=1e-3)
    np.testing.assert_allclose(end[1], 0.0, atol=1e-6)


def test_other_inputs_end_at_the_distance_that_the_conserved_quantity_leaves():
    h, y, t, a, b = 0.3, 0.2, 2.0, 0.7, 1.3
    for cosine in (-0.5, 0.0, 0.9):
        end = trajectory([0.0, 300.0], h, y, y - cosine * np.sqrt(y * t), target=t, encoder_rate=a, decoder_rate=b)[:, -1]
        np.testing.assert_allclose(end, [final_distance(h, y, target=t, encoder_rate=a, decoder_rate=b), t, 0.0], atol=1e-6)


def test_mistakes_are_named():
    with pytest.raises(Problem, match="alignment"):
        trajectory([0.0, 1.0], 1.0, 1.0, 3.0, target=1.0)
    with pytest.raises(Problem, match="representation"):
        final_distance(0.0, 1.0, target=0.0)


def test_times_and_failures_of_the_solver(monkeypatch):
    with pytest.raises(Problem, match=r"times: expected finite numbers that increase"):
        trajectory([0.0, 2.0, 1.0], 1.0, 2.0, 2.0, target=0.0)
    from scipy.integrate import solve_ivp

    failed = lambda *args, **known: type("Failed", (), {"success": False, "message": "too stiff", "y": solve_ivp(*args, **known).y})()  # noqa: E731
    monkeypatch.setattr("unseen.theory.interacting_representations.solve_ivp", failed)
    with pytest.raises(Problem, match=r"could not be solved up to 1\.0: too stiff"):
        trajectory([0.0, 1.0], 1.0, 2.0, 2.0, target=0.0)
