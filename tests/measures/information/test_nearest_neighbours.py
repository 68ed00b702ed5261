"""Against plain loops, the closed form of normal variables, independence, and scikit-learn's one-dimensional version."""

import numpy as np
import pytest
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression

from unseen._problem import Problem
from unseen.measures.information.nearest_neighbours import neighbour_information


def pairs(n, d, nats, seed=0):
    x, noise = np.random.default_rng(seed).normal(size=(2, n, d))
    squared = 1 - np.exp(-2 * nats / d)
    return x, np.sqrt(squared) * x + np.sqrt(1 - squared) * noise


def test_is_the_formula_over_all_pairs():
    (x, y), k, terms = pairs(40, 2, 1.0), 3, []
    for i in range(40):
        others = [j for j in range(40) if j != i]
        far = [(np.abs(x[i] - x[j]).max(), np.abs(y[i] - y[j]).max()) for j in others]
        radius = sorted(max(pair) for pair in far)[k - 1]
        terms.append(digamma(sum(a < radius for a, _ in far) + 1) + digamma(sum(b < radius for _, b in far) + 1))
    assert neighbour_information(x, y, neighbours=k) == pytest.approx(digamma(k) + digamma(40) - np.mean(terms))


@pytest.mark.parametrize(("d", "nats"), [(1, 0.0), (1, 2.0), (2, 0.5)])
def test_finds_the_information_of_normal_pairs(d, nats):
    found = [neighbour_information(*pairs(3000, d, nats, seed)) for seed in range(3)]
    assert np.mean(found) == pytest.approx(nats, abs=0.05)


def test_is_scikit_learns_in_one_dimension():
    x, y = pairs(2000, 1, 1.0)
    assert neighbour_information(x, y, neighbours=3) == pytest.approx(mutual_info_regression(x, y[:, 0], random_state=0)[0], abs=0.02)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="as many finite points"):
        neighbour_information(np.zeros((5, 1)), np.zeros((5, 1)), neighbours=5)
