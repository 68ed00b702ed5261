import itertools

import numpy as np
import pytest
from scipy.stats import binom

from unseen._types import Problem
from unseen.theory.degree_parity import covariance, degree_probabilities


@pytest.mark.parametrize("link", ["parity", "majority"])
@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_against_all_graphs(link, nodes):
    rng = np.random.default_rng(nodes)
    degrees = np.array(list(itertools.product((0, 1), repeat=nodes * nodes))).reshape(-1, nodes, nodes).sum(axis=2)
    for _ in range(5):
        one, other = rng.random((2, nodes + 1)) < 0.5
        counts = [chosen[degrees].sum(axis=1) for chosen in (one, other)]
        f, g = (np.where(count % 2 if link == "parity" else 2 * count > nodes, 1, -1) for count in counts)
        np.testing.assert_allclose(covariance(nodes, one, other, link), np.mean(f * g) - f.mean() * g.mean(), atol=1e-12)


def test_degrees_are_binomial():
    np.testing.assert_allclose(degree_probabilities(20), binom(20, 0.5).pmf(range(21)), rtol=1e-10)


def test_mistakes_are_named():
    with pytest.raises(Problem, match="link"):
        covariance(1, np.ones(2, bool), np.ones(2, bool), "odd")
    with pytest.raises(Problem, match="degrees 0 to 3"):
        covariance(3, np.ones(2, bool), np.ones(4, bool))
