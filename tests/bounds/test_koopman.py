import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import ortho_group

from rates import caught, covers
from unseen._types import Problem
from unseen.bounds.koopman import composition_norm, koopman_bound, sobolev_kernel

GRID = np.linspace(-40, 40, 801)
FREQUENCIES = np.stack(np.meshgrid(GRID, GRID), axis=-1).reshape(-1, 2)


def squared_norm(covariance, smoothness):
    """Of a Gaussian bump exp(-x' C^{-1} x / 2) up to a constant: by the trapezoidal rule over frequencies."""
    amplitude = np.linalg.det(covariance) * np.exp(-np.einsum("ni,ij,nj->n", FREQUENCIES, covariance, FREQUENCIES))
    return np.sum(amplitude * (1 + (FREQUENCIES**2).sum(axis=1)) ** smoothness)


def lengthening(weight, covariance, smoothness):
    inverse = np.linalg.inv(weight)
    return math.sqrt(squared_norm(inverse @ covariance @ inverse.T, smoothness) / squared_norm(covariance, smoothness))


def test_no_bump_is_lengthened_by_more_and_some_nearly_by_that():
    rng, smoothness, found, broken = np.random.default_rng(0), 1.5, [], []
    for _ in range(60):
        weight = ortho_group.rvs(2, random_state=rng) @ np.diag(rng.uniform(0.5, 2.5, 2)) @ ortho_group.rvs(2, random_state=rng)
        along, widths = ortho_group.rvs(2, random_state=rng), 10 ** rng.uniform(-0.7, 0.7, 2)
        ratio = lengthening(weight, along @ np.diag(widths**2) @ along.T, smoothness)
        found.append(ratio / composition_norm(weight, smoothness))
        broken.append(ratio / max(1, np.linalg.norm(weight, 2)) ** smoothness)
    assert 0.8 < max(found) <= 1 + 1e-6
    assert max(broken) > 1.05, "without the determinant it would not hold"
    scaled = np.diag([2.0, 2.0])
    assert lengthening(scaled, 0.02 * np.eye(2), smoothness) == pytest.approx(composition_norm(scaled, smoothness), rel=0.05)


@pytest.mark.parametrize("d", [2, 5, 50])
def test_orthogonal_matrices_cost_nothing_and_condition_numbers_do(d):
    turn = ortho_group.rvs(d, random_state=np.random.default_rng(1))
    assert composition_norm(turn, d / 2 + 0.5) == pytest.approx(1.0)
    assert composition_norm(turn * np.geomspace(1, 0.5, d), d / 2 + 0.5) == pytest.approx(2 ** (d / 4))
    assert composition_norm(np.zeros((d, d)), d / 2 + 0.5) == math.inf


def test_kernel_against_its_fourier_transform():
    """In one dimension ∫ (1 + ω²)^{-s} cos(ωr) dω, over its value at 0; in two by rotation."""
    for smoothness in (1.0, 1.7, 2.5):
        at = [quad(lambda w, s=smoothness: (1 + w * w) ** -s, 0, np.inf, weight="cos", wvar=r)[0] for r in (0.5, 2.0)]
        whole = quad(lambda w, s=smoothness: (1 + w * w) ** -s, 0, np.inf)[0]
        found = sobolev_kernel(np.zeros((1, 1)), np.array([[0.0], [0.5], [2.0]]), smoothness)[0]
        np.testing.assert_allclose(found, [1.0, *np.array(at) / whole], rtol=1e-5)
    points = np.random.default_rng(2).normal(size=(6, 2))
    turn = ortho_group.rvs(2, random_state=np.random.default_rng(3))
    np.testing.assert_allclose(sobolev_kernel(points @ turn, points @ turn, 2.0), sobolev_kernel(points, points, 2.0), atol=1e-7)


def test_radius_and_slack():
    found = koopman_bound(np.full(10_000, 2.0), [np.diag([2.0, 1.0]), np.eye(2)], 3.0, 1.5)
    assert found.terms["radius"] == pytest.approx(3.0 * 2**1.5 / 2**0.5)
    assert found.empirical == 0
    assert found.value == pytest.approx(2 * 8 / 100 + 3 * math.sqrt((math.log(40) + math.log(3 * 16)) / 20_000))
    assert koopman_bound(np.full(100, 2.0), [np.zeros((2, 2))], 3.0, 1.5).vacuous


def test_a_ball_is_not_more_complex_than_is_said():
    """sup over the unit ball of Σ ε_i f(x_i) is √(ε' K ε): its mean over n, by simulation, is below 1/√n."""
    rng = np.random.default_rng(4)
    x, signs = rng.normal(size=(100, 3)), rng.choice([-1.0, 1.0], (2000, 100))
    complexity = np.sqrt(np.einsum("rn,nm,rm->r", signs, sobolev_kernel(x, x, 2.0), signs)).mean() / 100
    assert 0.5 / 10 < complexity <= 1 / 10


def test_it_covers_labels_learned_by_heart_and_a_tenth_of_its_complexity_does_not():
    """Labels are fair coins, so that every error rate is 1/2: kernel interpolation after a rotation, to margins of at most γ = 1."""
    rng, n, draws, turn = np.random.default_rng(5), 1000, 60, ortho_group.rvs(2, random_state=np.random.default_rng(6))
    x = rng.uniform(0, 10 * math.sqrt(n), (n, 2))
    kernel = sobolev_kernel(x @ turn, x @ turn, 1.5)
    inverse, violated = np.linalg.inv(kernel), {"whole": 0, "a tenth": 0}
    for draw in range(draws):
        y = rng.choice([-1.0, 1.0], n) * (0.5, 0.99)[draw % 2]
        found = koopman_bound(np.abs(y), [turn], math.sqrt(y @ inverse @ y), 1.5)
        violated["whole"] += found.value < 0.5
        violated["a tenth"] += found.value - 0.9 * found.terms["complexity"] < 0.5
    assert covers(violated["whole"], draws, 0.05)
    assert caught(violated["a tenth"], draws, 0.05)


def test_bad_input():
    with pytest.raises(Problem, match="smoothness"):
        composition_norm(np.eye(4), 2.0)
    with pytest.raises(Problem, match="readout_norm"):
        koopman_bound(np.ones(10), [np.eye(2)], 0.0, 1.5)
