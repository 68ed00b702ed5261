"""Least values and duals against brute force over matrices and grids, known thresholds, and training."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from unseen._problem import Problem
from unseen.theory.deep_linear_penalty import DeepLinear, dual_value, least_value, simulate_training

Z = np.array([2.0, 1.1, 0.4])


@pytest.mark.parametrize("parallel", [False, True])
def test_two_layers_cut_softly(parallel):
    problem = DeepLinear(2, 2.0, parallel, 0.5)
    value, kept = least_value(problem, Z)
    np.testing.assert_allclose(kept, np.maximum(Z - 0.5, 0), atol=1e-5)
    np.testing.assert_allclose([value, dual_value(problem, Z)], np.sum((kept - Z) ** 2) / 2 + 0.5 * kept.sum(), rtol=1e-8)


@pytest.mark.parametrize("depth", [3, 4])
@pytest.mark.parametrize("power", ["two", "depth", "between"])
@pytest.mark.parametrize("weight", [0.05, 0.3, 1.5])
def test_one_network_against_a_grid(depth, power, weight):
    problem = DeepLinear(depth, {"two": 2.0, "depth": float(depth), "between": 2.5}[power], False, weight)
    value, kept = least_value(problem, Z[:2])
    grids = [np.linspace(0, z, 801) for z in Z[:2]]
    s = np.stack(np.meshgrid(*grids, indexing="ij"), axis=-1).reshape(-1, 2)
    objective = np.sum((s - Z[:2]) ** 2, axis=1) / 2 + weight * depth / 2 * np.sum(s ** (2 / depth), axis=1) ** (problem.power / 2)
    assert value <= objective.min() + 1e-9
    np.testing.assert_allclose(value, objective.min(), rtol=2e-3)
    np.testing.assert_allclose(kept, s[objective.argmin()], atol=0.02)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("power", [2.0, 3.0])
def test_no_weights_do_better(parallel, power):
    """Any factors, rescaled by hand, of a random matrix near the solution: the objective of the weights themselves."""
    problem, rng = DeepLinear(3, power, parallel, 0.3), np.random.default_rng(0)
    value, kept = least_value(problem, Z)
    for _ in range(200):
        branches = 3 if parallel else 1
        roots = np.diag(kept ** (1 / 3))
        layers = [[roots * (np.arange(3) == j) if parallel else roots for j in range(branches)] for _ in range(3)]
        layers = [[w + 0.1 * rng.random() * rng.standard_normal((3, 3)) for w in row] for row in layers]
        product = sum(a @ b @ c for a, b, c in zip(*layers, strict=True))
        penalty = sum(np.linalg.norm(w) ** power for row in layers for w in row)
        assert np.sum((product - np.diag(Z)) ** 2) / 2 + 0.15 * penalty >= value - 1e-9


@pytest.mark.parametrize("power", [2.0, 3.0])
def test_dual_is_the_objective_with_the_nuclear_norm(power):
    """Over all matrices, by a general minimiser over singular values of diagonal ones, from many starts."""
    problem = DeepLinear(3, power, False, 0.2)

    def objective(s):
        return np.sum((np.abs(s) - Z) ** 2) / 2 + 0.3 * np.sum(np.abs(s)) ** (power / 3)

    rng = np.random.default_rng(0)
    found = min(minimize(objective, rng.random(3) * Z, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000}).fun for _ in range(8))
    np.testing.assert_allclose(dual_value(problem, Z), min(found, np.sum(Z**2) / 2), rtol=1e-6)


def test_lagrange_dual_at_given_norms_of_the_first_layers():
    """min over t of (L - 2)/2 t² + nuclear norm/t^(L - 2), scaled by the penalty, is L/2 × (nuclear norm)^(2/L)."""
    t = np.linspace(0.2, 5, 200_001)
    for depth, norm in itertools.product((3, 4, 5), (0.5, 2.0)):
        np.testing.assert_allclose(np.min((depth - 2) / 2 * t**2 + norm / t ** (depth - 2)), depth / 2 * norm ** (2 / depth), rtol=1e-6)


def test_where_there_is_a_gap():
    for depth in (3, 4, 5):
        one, wide = np.array([2.0, 0.0, 0.0]), Z
        for parallel, power in itertools.product((False, True), (2.0, float(depth))):
            problem = DeepLinear(depth, power, parallel, 0.1)
            np.testing.assert_allclose(least_value(problem, one)[0], dual_value(problem, one), rtol=1e-8)
            ratio = least_value(problem, wide)[0] / dual_value(problem, wide)
            assert abs(ratio - 1) < 1e-8 if parallel and power == depth else ratio > 1.1


def test_a_large_penalty_leaves_nothing():
    for problem in (DeepLinear(3, weight=20.0), DeepLinear(3, 3.0, True, 20.0)):
        value, kept = least_value(problem, Z)
        assert not kept.any()
        np.testing.assert_allclose([value, dual_value(problem, Z)], np.sum(Z**2) / 2)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("power", [2.0, 3.0])
def test_training_reaches_the_least_value(parallel, power):
    problem = DeepLinear(3, power, parallel, 0.2)
    value, kept = simulate_training(np.random.default_rng(1), problem, Z, inputs=4, outputs=5, branches=8, starts=6)
    expected, singular = least_value(problem, Z)
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    np.testing.assert_allclose(kept[:3], singular, atol=1e-3)


def test_mistakes_are_named():
    for bad in ({"depth": 1}, {"power": 0.5}, {"weight": 0.0}):
        with pytest.raises(Problem, match="depth, power, weight: expected"):
            DeepLinear(**bad)
    for bad in (np.array([1.0, 2.0]), np.array([-1.0]), np.array([])):
        with pytest.raises(Problem, match="singular: expected"):
            dual_value(DeepLinear(), bad)
    with pytest.raises(Problem, match="power: expected 2 or the depth"):
        least_value(DeepLinear(4, 3.0, True), Z)
    with pytest.raises(Problem, match="inputs, outputs, branches, starts"):
        simulate_training(np.random.default_rng(0), DeepLinear(), Z, outputs=2)


def test_training_that_does_not_converge_is_refused(monkeypatch):
    from scipy.optimize import minimize

    short = lambda *args, options, **more: minimize(*args, options=options | {"maxiter": 1}, **more)  # noqa: E731
    monkeypatch.setattr("unseen.theory.deep_linear_penalty.minimize", short)
    with pytest.raises(Problem, match=r"starts: the best of 2 trainings did not converge"):
        simulate_training(np.random.default_rng(0), DeepLinear(), np.array([2.0, 1.0]), starts=2)
    with pytest.raises(Problem, match=r"the minimisation did not converge"):
        least_value(DeepLinear(), np.array([2.0, 1.0]))
