"""Against Laplace's rule, enumeration of all data, and the bound written as a loop."""

from itertools import product
from math import comb

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from unseen._problem import Problem
from unseen.theory.mixture_regret import cumulative_regret, regret_bound, weight

RNG = np.random.default_rng(0)


def bernoulli(data, chances):
    """log P_h(y_t) [n, hypotheses]."""
    return np.where(np.asarray(data)[:, None] == 1, np.log(chances), np.log1p(-np.asarray(chances)))


def test_a_uniform_mixture_of_coins_is_laplaces_rule():
    chances = (np.arange(20_000) + 0.5) / 20_000
    data = [1, 0, 1, 1, 0, 1, 1, 1]
    found = cumulative_regret(bernoulli(data, chances), np.full(len(chances), 1 / len(chances)), bernoulli(data, [0.7])[:, 0])
    for t in range(1, len(data) + 1):
        ones = sum(data[:t])
        laplace = -np.log((t + 1) * comb(t, ones))
        assert found[t - 1] == pytest.approx(ones * np.log(0.7) + (t - ones) * np.log(0.3) - laplace, abs=1e-6)


def mean_regret(chances, prior, truth, n):
    """The mean over all 2^n sequences, exactly."""
    every = np.array(list(product((0, 1), repeat=n)))
    likelihoods = np.stack([bernoulli(data, chances) for data in every])
    true = np.stack([bernoulli(data, [truth])[:, 0] for data in every])
    return np.exp(true.sum(axis=1)) @ cumulative_regret(likelihoods, prior, true)


@pytest.mark.parametrize("truth", [0.1, 0.35, 0.6])
def test_the_bound_holds_for_every_n_and_is_not_idle(truth):
    chances = np.array([0.1, 0.12, 0.3, 0.5, 0.7, 0.71])
    prior = RNG.dirichlet(np.ones(6))
    divergence = truth * np.log(truth / chances) + (1 - truth) * np.log((1 - truth) / (1 - chances))
    regret = mean_regret(chances, prior, truth, 10)
    bound = np.array([regret_bound(prior, np.maximum(divergence, 0), n) for n in range(1, 11)])
    assert (regret >= -1e-12).all()
    assert (regret <= bound + 1e-12).all()
    assert regret[-1] > 0.2 * bound[-1]


def test_the_regret_rises_to_the_weight_of_the_truth():
    chances, prior = np.array([0.01, 0.5, 0.99]), np.array([0.9, 0.05, 0.05])
    regret = mean_regret(chances, prior, 0.5, 12)
    assert (np.diff(regret) > 0).all()
    assert 0.85 * -np.log(0.05) < regret[-1] <= -np.log(0.05)


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_the_bound_as_a_loop(n):
    prior, divergence = RNG.dirichlet(np.ones(50)), RNG.integers(0, 8, 50) / 10
    expected = min(-np.log(sum(w for w, d in zip(prior, divergence, strict=True) if d <= e)) + n * e for e in np.arange(8) / 10)
    assert regret_bound(prior, divergence, n) == pytest.approx(expected)
    assert weight(prior, divergence, 0.3) == pytest.approx(prior[divergence <= 0.3].sum())


def test_copies_of_hypotheses_change_nothing():
    data, chances, prior = [1, 1, 0, 1], np.array([0.2, 0.6]), np.array([0.25, 0.75])
    once = cumulative_regret(bernoulli(data, chances), prior, bernoulli(data, [0.6])[:, 0])
    twice = cumulative_regret(bernoulli(data, np.repeat(chances, 2)), np.repeat(prior / 2, 2), bernoulli(data, [0.6])[:, 0])
    assert np.allclose(once, twice)
    assert regret_bound(np.repeat(prior / 2, 2), np.array([0.3, 0.3, 0.0, 0.0]), 4) == pytest.approx(regret_bound(prior, np.array([0.3, 0.0]), 4))


def test_extremes():
    assert regret_bound(np.array([1.0]), np.array([0.0]), 100) == 0
    assert regret_bound(np.array([0.5, 0.5]), np.array([np.inf, 0.1]), 0) == 0
    assert regret_bound(np.array([0.0, 1.0]), np.array([0.0, 0.2]), 10) == pytest.approx(2.0)
    assert regret_bound(np.array([0.0, 1.0]), np.array([0.0, np.inf]), 10) == np.inf


def test_problems():
    with pytest.raises(Problem, match="sum to 1"):
        regret_bound(np.array([0.5, 0.6]), np.zeros(2), 1)
    with pytest.raises(Problem, match="divergence: expected 2"):
        weight(np.array([0.5, 0.5]), np.array([-1.0, 0.0]), 1.0)
    with pytest.raises(Problem, match="n: expected"):
        regret_bound(np.array([1.0]), np.array([0.0]), -1)
    with pytest.raises((Problem, TypeCheckError), match="log_likelihoods"):  # the second where types are checked
        cumulative_regret(np.zeros((3, 2)), np.array([0.5, 0.5]), np.zeros(2))
