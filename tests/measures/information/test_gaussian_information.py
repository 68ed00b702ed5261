"""Against entropies of SciPy's multivariate normal, the invariances, and systems whose answer is known by hand."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from unseen._problem import Problem
from unseen.measures.information.gaussian_information import dual_total_correlation, o_information, total_correlation

SIZES = (1, 2, 1)


@pytest.fixture
def covariance():
    root = np.random.default_rng(0).normal(size=(4, 6))
    return root @ root.T


def entropy(covariance, index):
    return multivariate_normal(cov=covariance[np.ix_(index, index)]).entropy()


def test_are_the_sums_of_entropies(covariance):
    every, blocks = [0, 1, 2, 3], ([0], [1, 2], [3])
    whole = entropy(covariance, every)
    rests = [[i for i in every if i not in block] for block in blocks]
    total = sum(entropy(covariance, block) for block in blocks) - whole
    dual = whole - sum(whole - entropy(covariance, rest) for rest in rests)
    assert total_correlation(covariance, SIZES) == pytest.approx(total)
    assert dual_total_correlation(covariance, SIZES) == pytest.approx(dual)
    assert o_information(covariance, SIZES) == pytest.approx(total - dual)


def test_two_blocks_have_one_information_and_changes_of_units_leave_it(covariance):
    assert total_correlation(covariance, (3, 1)) == pytest.approx(dual_total_correlation(covariance, (3, 1)))
    scale = np.diag([2.0, 0.1, 5.0, -3.0])
    assert o_information(scale @ covariance @ scale, SIZES) == pytest.approx(o_information(covariance, SIZES))
    assert total_correlation(np.diag([1.0, 2.0, 3.0]), (1, 1, 1)) == pytest.approx(0)


def test_copies_are_redundant_and_sums_synergistic():
    copies = np.full((3, 3), 0.9) + 0.1 * np.eye(3)
    a_b_and_their_sum = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 2.1]])
    assert o_information(copies, (1, 1, 1)) > 0.5
    assert o_information(a_b_and_their_sum, (1, 1, 1)) < -0.5


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="add up"):
        total_correlation(np.eye(3), (1, 1))
    with pytest.raises(Problem, match="positive definite"):
        total_correlation(np.ones((2, 2)), (1, 1))
