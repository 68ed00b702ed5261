"""Trees against all of them, labels against all labelings, the ellipsoid against sampling, and what is refused."""

import itertools

import numpy as np
import pytest
from scipy.special import gammaln

from unseen._types import Problem
from unseen.measures.rashomon_ratio import _share_within, ridge_rashomon_ratio, tree_rashomon_ratio


def errors_of_all_trees(x, y):
    """The error rate of every tree of depth 2, each as likely as the others: features and thresholds at three nodes, labels at four leaves."""
    splits = [x[:, j] > t for j in range(x.shape[1]) for t in x[:, j]]
    for root, left, right in itertools.product(splits, repeat=3):
        for labels in itertools.product((0, 1), repeat=4):
            said = np.where(root, np.where(right, labels[3], labels[2]), np.where(left, labels[1], labels[0]))
            yield np.mean(said != y)


def test_against_all_trees():
    """Two features, five examples: 10^3 · 2^4 trees; sampled splits within four standard errors, twice."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 2)), np.array([0, 1, 1, 0, 1])
    errors = np.fromiter(errors_of_all_trees(x, y), float)
    for theta in (0.0, 0.2):
        found = tree_rashomon_ratio(x, y, np.random.default_rng(1), depth=2, theta=theta, trees=20_000)
        assert found.best == pytest.approx(errors.min())
        exact = np.mean(errors <= errors.min() + theta + 1e-9)
        assert 0 < exact < 0.5
        assert found.ratio == pytest.approx(exact, abs=4 * found.error)
        assert found.error < 0.1 * exact


def test_a_better_tree_makes_the_ratio_smaller():
    """A reference that is better than every tree of depth 1 leaves fewer of them."""
    x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])
    own = tree_rashomon_ratio(x, y, np.random.default_rng(0), depth=1, theta=0.0, trees=500)
    assert own.best == 0.25
    assert own.ratio > 0
    assert tree_rashomon_ratio(x, y, np.random.default_rng(0), depth=1, theta=0.0, trees=500, best=0.0).ratio == 0.0


def test_labelings():
    """Five leaves with their counts of both classes: all 32 labelings, one by one."""
    counts = np.random.default_rng(2).integers(0, 6, size=(2, 3, 5))
    for tree in range(3):
        mistakes = [sum(counts[1 - label, tree, leaf] for leaf, label in enumerate(labels)) for labels in itertools.product((0, 1), repeat=5)]
        for allowed in (0, 4, 9):
            assert _share_within(counts, allowed)[tree] == pytest.approx(np.mean(np.array(mistakes) <= allowed))


def test_ridge():
    """The ratio of two volumes by the textbook formula of the ball, and by sampling the ball."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    gram = x.T @ x + 20 * np.eye(3)
    ball = np.exp(1.5 * np.log(np.pi) - gammaln(2.5))
    exact = ridge_rashomon_ratio(x, y, penalty=20.0, theta=8.0, radius=1.0)
    assert exact == pytest.approx(ball * 8.0**1.5 / np.sqrt(np.linalg.det(gram)) / ball)
    w = rng.normal(size=(200_000, 3))
    w *= rng.uniform(size=(len(w), 1)) ** (1 / 3) / np.linalg.norm(w, axis=1, keepdims=True)
    loss = ((w @ x.T - y) ** 2).sum(axis=1) + 20 * (w**2).sum(axis=1)
    centre = np.linalg.solve(gram, x.T @ y)
    lowest = ((x @ centre - y) ** 2).sum() + 20 * (centre**2).sum()
    assert np.mean(loss <= lowest + 8.0) == pytest.approx(exact, abs=4 * np.sqrt(exact / len(w)))


def test_refused():
    with pytest.raises(Problem, match=r"y: expected classes 0 and 1"):
        tree_rashomon_ratio(np.zeros((3, 1)), np.array([0, 1, 2]), np.random.default_rng(0))
    with pytest.raises(Problem, match=r"radius: expected at least 1, so that"):
        ridge_rashomon_ratio(np.eye(2), np.zeros(2), penalty=0.0, theta=1.0, radius=0.5)
