from itertools import permutations
from math import prod

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erfinv
from scipy.stats import binom

from unseen._problem import Problem
from unseen.theory.dense_memory import _hermite, data_entropy, dense_overlaps, relax, simulate_dense_memory


@pytest.mark.parametrize(("order", "crosstalk"), [(4, 6.0), (6, 120.0)])
def test_capacity_is_where_a_line_touches_the_error_function(order, crosstalk):
    # m = erf(m^(P - 1)/√(2 α (P - 1)!)) has a solution as long as √(2 α (P - 1)!) is at most max m^(P - 1)/erfinv(m)
    best = minimize_scalar(lambda m: -(m ** (order - 1)) / erfinv(m), bounds=(0.5, 0.9999), method="bounded")
    capacity = best.fun**2 / (2 * crosstalk)
    assert dense_overlaps(0.99 * capacity, order, 1, 1.0).archetype > 0.9
    assert abs(dense_overlaps(1.01 * capacity, order, 1, 1.0).archetype) < 1e-3


def test_without_other_patterns_noise_is_that_of_a_ferromagnet():
    m = brentq(lambda m: m - np.tanh(m**3 / 0.4), 0.8, 1.0)
    assert dense_overlaps(0.0, 4, 1, 1.0, 0.4).archetype == pytest.approx(m, abs=1e-6)
    assert abs(dense_overlaps(0.0, 4, 1, 1.0, 0.8).archetype) < 1e-3


def test_at_low_load_the_mean_example_is_retrieved():
    errs = binom.cdf(2, 5, 0.7)  # of five examples at quality 0.4, two or fewer are right
    found = dense_overlaps(0.0, 4, 5, 0.4)
    assert found.archetype == pytest.approx(1 - 2 * errs)
    size = np.abs(2 * np.arange(6) - 5) @ binom.pmf(np.arange(6), 5, 0.7) / np.sqrt(25 * 0.16 + 5 * 0.84)
    assert found.example == pytest.approx(size)
    assert simulate_dense_memory(np.random.default_rng(0), 3000, 1, 4, 5, 0.4, sweeps=2) == pytest.approx(1 - 2 * errs, abs=0.04)


def test_many_examples_are_the_archetype_and_many_noisy_ones_normal():
    assert dense_overlaps(0.02, 4, 101, 0.9).archetype == pytest.approx(dense_overlaps(0.02, 4, 1, 1.0).archetype, abs=3e-3)
    pairs = [dense_overlaps(0.005, 4, examples, np.sqrt(1 / (1 + examples * 0.5)), 0.1) for examples in (201, 801)]  # ρ = 0.5 in both
    np.testing.assert_allclose(pairs[0], pairs[1], atol=2e-3)


def test_field_is_the_sum_over_different_neurons():
    rng = np.random.default_rng(0)
    v = rng.normal(size=7)
    brute = sum(prod(v[list(three)]) for three in permutations(range(7), 3))
    hermite = float(_hermite(np.array([v.sum()]), 3, np.array([v @ v]))[0])
    assert brute == pytest.approx(hermite + 2 * np.sum(v**3))  # the last term is smaller than the others by the number of neurons


def test_simulation_under_load_and_noise():
    found = [simulate_dense_memory(np.random.default_rng(seed), 150, 6750, 4, 15, 0.5, 0.1, sweeps=8) for seed in range(6)]
    assert np.mean(found) == pytest.approx(dense_overlaps(0.002, 4, 15, 0.5, 0.1).archetype, abs=0.03)


def test_order_two_is_the_hopfield_network():
    rng = np.random.default_rng(1)
    features = rng.choice([-1.0, 1.0], size=(40, 3))
    state = rng.choice([-1.0, 1.0], size=40)
    order, couplings = np.random.default_rng(2).permutation(40), features @ features.T - 3 * np.eye(40)
    expected = state.copy()
    for i in order:
        expected[i] = np.sign(couplings[i] @ expected)  # odd sums, so never 0
    np.testing.assert_array_equal(relax(np.random.default_rng(2), features, state, 2, sweeps=1)[0], expected)


def test_noise_is_that_of_independent_neurons_in_a_strong_field():
    states = relax(np.random.default_rng(3), np.ones((1500, 1)), np.ones(1500), 4, 0.4, sweeps=20)
    assert states[10:].mean() == pytest.approx(dense_overlaps(0.0, 4, 1, 1.0, 0.4).archetype, abs=0.02)


def test_mistakes_are_named():
    assert data_entropy(1, 0.5) == 3.0
    with pytest.raises(Problem, match="quality"):
        data_entropy(3, 0.0)
    with pytest.raises(Problem, match="too small"), np.errstate(all="ignore"):
        dense_overlaps(0.0, 4, 9999, 0.4)
    with pytest.raises(Problem, match="order"):
        dense_overlaps(0.1, 2, 1, 1.0)
    with pytest.raises(Problem, match="quality"):
        simulate_dense_memory(np.random.default_rng(0), 10, 2, 4, 1, 1.5)


def test_averages_too_sharp_for_the_nodes_are_refused():
    with pytest.raises(Problem, match=r"temperature: expected one that averages over the noise are smooth at"):
        dense_overlaps(0.03, 4, 1, 1.0, temperature=1e-4)
    with pytest.raises(Problem, match=r"no convergence in 2 iterations"):
        dense_overlaps(0.03, 4, 1, 1.0, limit=2)
