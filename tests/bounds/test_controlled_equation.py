"""The equation against a loop in NumPy; growth and sensitivity against random weights and paths; the bound against its formula, part by part."""

import math
from dataclasses import astuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binom

from unseen._problem import Problem
from unseen.bounds.controlled_equation import Limits, controlled_equation_bound, growth, sensitivities, solve, variation

P, D, STEPS = 3, 2, 6
LIMITS = Limits(0.8, 0.6, 0.7, 0.4, 1.3)
SHAPES = ((P, D, P), (P, D), (P, D), (P,), (P,))


def draw(rng, norms=astuple(LIMITS)):
    some = [rng.normal(size=shape) for shape in SHAPES]
    return tuple(jnp.asarray(norm * one / np.linalg.norm(one)) for one, norm in zip(some, norms, strict=True))


def paths(rng, count, length=1.5, first=0.9):
    """Paths of exactly that variation, at random or straight, from points at that distance."""
    change = rng.normal(size=(count, STEPS, D))
    change[::2] = change[::2, :1]
    change *= length / np.linalg.norm(change, axis=2, keepdims=True).sum(axis=1, keepdims=True)
    start = rng.normal(size=(count, 1, D))
    start *= first / np.linalg.norm(start, axis=2, keepdims=True)
    return jnp.asarray(np.concatenate([start, start + np.cumsum(change, axis=1)], axis=1))


def by_hand(weights, path, states=False):
    a, b, u, v, readout = (np.asarray(one, float) for one in weights)
    z = np.tanh(u @ np.asarray(path[0]) + v)
    seen = [z]
    for k in range(len(path) - 1):
        field = np.tanh(np.einsum("idj,j->id", a, z) + b)
        z = z + field @ (np.asarray(path[k + 1]) - np.asarray(path[k]))
        seen.append(z)
    return seen if states else readout @ z


def test_the_equation_is_the_loop():
    rng = np.random.default_rng(0)
    for path in paths(rng, 3):
        weights = draw(rng)
        assert float(solve(weights, path)) == pytest.approx(by_hand(weights, path), rel=1e-4, abs=1e-5)


def test_variation_does_not_see_where_a_path_is():
    path = jnp.array([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]])
    assert float(variation(path)) == pytest.approx(6.0)
    assert float(variation(path + 7)) == pytest.approx(6.0)


def test_no_state_is_longer_than_told_and_some_are_nearly_as_long():
    """Weights of rank 1 that pull along a straight path come near, where tanh is about linear."""
    small = Limits(0.8, 0.05, 0.1, 0.05, 1.3)
    factor, size = growth(small, 1.5, STEPS, 0.2)
    assert factor == pytest.approx((1 + 0.8 * 1.5 / STEPS) ** STEPS)
    rng, longest = np.random.default_rng(1), 0.0
    for path in paths(rng, 40, first=0.2):
        way, one = np.asarray(path[-1] - path[0]) / np.linalg.norm(path[-1] - path[0]), rng.normal(size=P)
        one /= np.linalg.norm(one)
        start = np.asarray(path[0]) / np.linalg.norm(path[0])
        pulling = (0.8 * np.einsum("i,d,j->idj", one, way, one), 0.05 * np.outer(one, way), 0.1 * np.outer(one, start), 0.05 * one)
        for weights in (draw(rng, astuple(small)), (*pulling, one)):
            longest = max(longest, *(np.linalg.norm(z) for z in by_hand(weights, path, states=True)))
    assert 0.7 * size < longest <= size


def test_no_weight_moves_the_answer_more_than_told():
    """By the largest gradients over random weights and paths; within a factor of 20 of what is told for each block."""
    told, rng = sensitivities(LIMITS, 1.5, STEPS, 0.9), np.random.default_rng(2)
    gradients = jax.jit(jax.vmap(jax.grad(solve), in_axes=(None, 0)))
    largest = np.zeros(5)
    for _ in range(40):
        found = gradients(draw(rng), paths(rng, 10))
        largest = np.maximum(largest, [np.sqrt((np.asarray(one) ** 2).reshape(10, -1).sum(axis=1)).max() for one in found])
    assert (largest <= told).all()
    assert (largest > np.array(told) / 20).all()


def test_the_bound_is_its_formula():
    n, delta = 5000, 0.1
    bound = controlled_equation_bound(0.3, n, LIMITS, (P, D), 1.5, STEPS, 0.9, delta, lipschitz=2.0)
    e = (1 + 0.8 * 1.5 / 6) ** 6
    m = e * (0.7 * 0.9 + 0.4 + 0.6 * 1.5)
    f = 1.3 * m
    eps = f / math.sqrt(n)
    blocks = [(18, 0.8, 1.3 * e * 1.5 * m), (6, 0.6, 1.3 * e * 1.5), (6, 0.7, 1.3 * e * 0.9), (3, 0.4, 1.3 * e), (3, 1.3, m)]
    log_n = sum(count * math.log(1 + 10 * limit * move / eps) for count, limit, move in blocks)
    value = 0.3 + 4 * (eps + f * math.sqrt(2 * log_n / n)) + math.sqrt(math.log(10) / (2 * n))
    assert bound.value == pytest.approx(value, rel=1e-9)
    assert bound.terms["log covering number"] == pytest.approx(log_n)


@pytest.mark.parametrize("n", [100, 1000])
def test_coverage_is_exact_for_one_weight_and_a_tenth_of_the_slack_would_not_do(n):
    """Labels of paths are fair coins and the start's weight takes the sign that suits the sample, so that the loss (1 - y f / F)/2 is 1/2 on new paths."""
    limits, told = Limits(1e-3, 1e-3, 0.1, 1e-3, 1.0), {"variation": 0.5, "steps": 2, "first": 1.0}
    paths = jnp.array([[[1.0], [1.25], [1.0]], [[-1.0], [-0.75], [-1.0]]])
    largest = growth(limits, **told)[1]
    rest = (jnp.full((1, 1, 1), 1e-3), jnp.full((1, 1), 1e-3)), (jnp.zeros(1), jnp.ones(1))
    answer = {sign: [float(solve((*rest[0], jnp.full((1, 1), 0.1 * sign), *rest[1]), path)) / largest for path in paths] for sign in (1, -1)}
    violated = {1: 0.0, 10: 0.0}
    for agree in range(n + 1):  # examples whose label is the sign of their start; both starts alike
        sample = min(0.5 - (2 * agree / n - 1) * (up - down) / 4 for up, down in answer.values())
        slack = controlled_equation_bound(sample, n, limits, (1, 1), **told, lipschitz=1 / (2 * largest)).slack
        for part in violated:
            violated[part] += binom.pmf(agree, n, 0.5) * (sample + slack / part < 0.5)
    assert violated[1] <= 0.05
    assert violated[10] > 0.05


def test_it_grows_with_variation_and_sampling_up_to_the_exponential_and_falls_with_n():
    def value(variation=1.0, steps=10, n=10**5):
        return controlled_equation_bound(0.0, n, LIMITS, (P, D), variation, steps, 1.0).value

    assert value(variation=0.5) < value(variation=1.0) < value(variation=2.0)
    assert value(steps=2) < value(steps=10) < value(steps=1000)
    assert growth(LIMITS, 1.0, 10**7, 1.0)[0] == pytest.approx(math.exp(0.8), rel=1e-5)
    assert value(n=4 * 10**6) < value(n=10**6) / 1.8


def test_projection_keeps_what_is_within_and_shortens_the_rest():
    rng = np.random.default_rng(3)
    inside = draw(rng, [0.5 * limit for limit in astuple(LIMITS)])
    for one, other in zip(inside, LIMITS.project(inside), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-6)
    outside = draw(rng, [3 * limit for limit in astuple(LIMITS)])
    for one, other, limit in zip(outside, LIMITS.project(outside), astuple(LIMITS), strict=True):
        np.testing.assert_allclose(other, one / 3, rtol=1e-5)
        assert np.linalg.norm(other) == pytest.approx(limit, rel=1e-5)


def test_wrong_numbers_are_refused():
    with pytest.raises(Problem, match="five positive finite norms"):
        Limits(0.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(Problem, match="at least one step"):
        controlled_equation_bound(0.1, 10, LIMITS, (P, D), 1.0, 0, 1.0)
    with pytest.raises(Problem, match="one hidden unit"):
        controlled_equation_bound(0.1, 10, LIMITS, (0, D), 1.0, 5, 1.0)
