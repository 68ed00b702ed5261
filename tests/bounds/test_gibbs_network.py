"""Against networks run one by one, the posterior over all settings, and the identity of gap and symmetrised divergence by listing all training sets."""

from itertools import product

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.bounds.gibbs_network import gibbs_gap, sign_networks


def test_functions_are_those_of_networks_run_one_by_one():
    inputs = [np.array(x[::-1]) for x in product((-1, 1), repeat=2)]
    found = {}
    for weights in product((-1, 1), repeat=6):
        first, last = np.reshape(weights[:4], (2, 2)), np.array(weights[4:])
        table = tuple(1 if np.where(x @ first >= 0, 1, -1) @ last >= 0 else -1 for x in inputs)
        found[table] = found.get(table, 0) + 1
    tables, settings = sign_networks((2, 2, 1))
    assert {tuple(table): count for table, count in zip(tables.tolist(), settings.tolist(), strict=True)} == found
    assert settings.sum() == 2**6


def test_gap_is_the_symmetrised_divergence_over_strength():
    """Exactly, over all training sets of two examples with two inputs."""
    (tables, settings), target, flip, strength, n = sign_networks((1, 1)), np.array([1, -1]), 0.2, 0.7, 2
    points = [(x, s * target[x], 0.5 * (1 - flip if s == 1 else flip)) for x in (0, 1) for s in (1, -1)]
    posteriors, chances, gaps = [], [], []
    for pair in product(points, repeat=n):
        train = np.mean([[table[x] != y for table in tables] for x, y, _ in pair], axis=0)
        posterior = settings * np.exp(-strength * n * train)
        posteriors.append(posterior / posterior.sum())
        chances.append(np.prod([p for *_, p in pair]))
        test = sum(p * (tables[:, x] != y) for x, y, p in points)
        gaps.append(posteriors[-1] @ (test - train))
    posteriors, chances = np.array(posteriors), np.array(chances)
    marginal = chances @ posteriors
    both = chances @ np.sum((posteriors - marginal) * np.log(posteriors / marginal), axis=1)
    assert chances @ gaps == pytest.approx(both / (strength * n))
    found = gibbs_gap((tables, settings), target, np.random.default_rng(0), n=n, flip=flip, strength=strength, sets=200_000)
    assert found.mean() == pytest.approx(chances @ gaps, abs=4 * found.std() / 200_000**0.5)
    assert found.mean() > 0.05


def test_each_setting_counts_for_itself():
    (tables, settings), target = sign_networks((2, 2, 1)), np.array([1, 1, -1, 1])
    assert settings.max() > settings.min()
    rng = np.random.default_rng(3)
    x = rng.integers(4, size=(5, 6))
    y = np.where(rng.random((5, 6)) < 0.3, -1, 1) * target[x]
    every, wanted = np.repeat(tables, settings, axis=0), []
    for inputs, labels in zip(x, y, strict=True):
        train = np.array([np.mean(table[inputs] != labels) for table in every])
        test = np.array([np.mean([0.7 if wrong else 0.3 for wrong in table != target]) for table in every])
        wanted.append(np.average(test - train, weights=np.exp(-0.8 * 6 * train)))
    found = gibbs_gap((tables, settings), target, np.random.default_rng(3), n=6, flip=0.3, strength=0.8, sets=5)
    np.testing.assert_allclose(found, wanted)


def test_a_strong_learner_takes_the_best_function():
    networks = sign_networks((2, 2, 1))
    target = networks[0][-1]
    gaps = gibbs_gap(networks, target, np.random.default_rng(0), n=40, flip=0.0, strength=50.0, sets=50)
    np.testing.assert_allclose(gaps, 0, atol=1e-6)


@pytest.mark.parametrize("wrong", [(3,), (3, 2), (5, 4, 1), (0, 1)])
def test_says_what_is_wrong(wrong):
    with pytest.raises(Problem, match="widths"):
        sign_networks(wrong)
