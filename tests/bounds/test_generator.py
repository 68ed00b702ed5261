import math
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from unseen._types import Problem
from unseen.bounds.generator import generator_bound, wasserstein

RNG = np.random.default_rng(0)


def test_distance_against_scipy_and_all_pairings():
    x, y = RNG.normal(size=(2, 40, 1))
    assert wasserstein(x, y) == pytest.approx(wasserstein_distance(x[:, 0], y[:, 0]))
    x, y = RNG.normal(size=(2, 6, 3))
    best = min(np.linalg.norm(x - y[list(order)], axis=1).mean() for order in permutations(range(6)))
    assert wasserstein(x, y) == pytest.approx(best)


def test_samples_are_no_nearer_than_their_distributions_on_average_and_how_far_one_example_moves_them():
    """What the proof rests on: Jensen's inequality, and McDiarmid's condition with the constant Δ/n."""
    n, apart, found = 20, 0.1, []
    for _ in range(2000):
        x, y = RNG.uniform(size=(n, 1)), RNG.uniform(size=(n, 1)) + apart  # W₁ = 0.1
        found.append(wasserstein(x, y))
    assert np.mean(found) > apart
    x, y = np.zeros((n, 1)), np.zeros((n, 1))
    moved = x.copy()
    moved[0] = 1.0
    assert wasserstein(moved, y) - wasserstein(x, y) == pytest.approx(1.0 / n)


def test_moment_is_what_the_bound_allows_and_not_much_less():
    """E e^{λ (mean - sample)} ≤ e^{λ²Δ²/8n}: points on 0 and 1, a generator that makes 0 alone, so that the distance is a mean of fair coins."""
    n, draws = 50, 400_000
    means = RNG.binomial(n, 0.5, draws) / n
    for factor in (0.5, 1.0, 2.0):
        rate = factor * math.sqrt(n)
        moment = np.log(np.mean(np.exp(rate * (0.5 - means)))) / rate
        assert moment <= rate / (8 * n) * 1.02
        assert moment > rate / (12 * n), "12 in the place of 8 would not hold"


def test_value_and_coverage():
    found = generator_bound(0.2, 3.0, 500, 2.0, temperatures=(1.0,))
    rate = math.sqrt(500) / 2
    assert found.value == pytest.approx(0.2 + (3 + math.log(20)) / rate + rate / 500)
    assert generator_bound(0.2, 3.0, 500, 2.0, temperatures=(1.0,), share=8.0).value < found.value
    assert generator_bound(0.2, 1e6, 500, 2.0).vacuous
    n, violated = 50, {"whole": 0, "without its slack": 0}
    for _ in range(500):  # the better of the generators of 0 and of 1 for points that are fair coins, prior 1/2 each: the true distance is 1/2
        ones = RNG.binomial(n, 0.5)
        sample = min(ones, n - ones) / n
        violated["whole"] += generator_bound(sample, math.log(2), n, 1.0, share=8.0).value < 0.5
        violated["without its slack"] += sample < 0.5
    assert violated["whole"] <= 25
    assert violated["without its slack"] > 250


def test_bad_input():
    with pytest.raises(Problem, match="x, y"):
        wasserstein(np.zeros((2, 1)), np.zeros((3, 1)))
    with pytest.raises(Problem, match="distance"):
        generator_bound(3.0, 0.0, 10, 2.0)
    with pytest.raises(Problem, match="temperatures"):
        generator_bound(1.0, 0.0, 10, 2.0, temperatures=())
