"""Distances and rules against loops over their definitions, the limit of the gap against closed forms and samples, groups against known blocks."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.high_dimensional_distances import (
    average_scores,
    blocks,
    bounded_energy,
    dissimilarity,
    group_variables,
    heavy_tailed,
    heavy_tailed_function,
    neighbour_scores,
)

RNG = np.random.default_rng(0)
X, Z, labels = RNG.standard_normal((7, 6)), RNG.standard_normal((4, 6)), np.array([0, 1, 0, 1, 1, 0, 1])
GAMMA = {"square": lambda t: t, "bounded": lambda t: 1 - np.exp(-t), "logarithm": lambda t: np.log(1 + t)}


@pytest.mark.parametrize("transform", GAMMA)
@pytest.mark.parametrize("groups", [None, np.array([2, 0, 1, 0, 2, 2])])
def test_distances(transform, groups):
    own = np.arange(6) if groups is None else groups
    expected = [[np.mean([GAMMA[transform](np.mean((u - v)[own == g] ** 2)) for g in set(own.tolist())]) for v in X] for u in Z]
    np.testing.assert_allclose(dissimilarity(Z, X, transform, groups), expected)
    np.testing.assert_allclose(dissimilarity(Z, X, transform, groups, root=True), np.sqrt(expected))
    np.testing.assert_allclose(dissimilarity(Z, X, "square", root=True), np.linalg.norm(Z[:, None] - X, axis=2) / np.sqrt(6))


def test_rules():
    test, train = dissimilarity(Z, X), dissimilarity(X, X)
    averages, neighbours = average_scores(test, train, labels), neighbour_scores(test, train, labels)
    for c in (0, 1):
        members = np.flatnonzero(labels == c)
        within = np.mean([train[i, j] for i in members for j in members if i != j])
        for z in range(4):
            np.testing.assert_allclose(averages[z, c], np.mean([test[z, i] for i in members]) - within / 2)
            each = [np.mean([abs(test[z, j] - train[i, j]) for j in range(7) if j != i]) for i in members]
            np.testing.assert_allclose(neighbours[z, c], min(each))


def test_averages_of_squares_adjust_for_scale():
    """With squared distances the adjusted rule compares distances to class means, whatever the scales."""
    scores = average_scores(dissimilarity(Z, X, "square"), dissimilarity(X, X, "square"), labels)
    means = np.stack([np.mean((Z - X[labels == c].mean(axis=0)) ** 2, axis=1) for c in (0, 1)], axis=1)
    for c in (0, 1):  # mean |z - x|² = |z - mean|² + (1 - 1/n) within/2
        members = np.sum(labels == c)
        within = dissimilarity(X[labels == c], X[labels == c], "square").sum() / (members * (members - 1))
        np.testing.assert_allclose(scores[:, c], means[:, c] + (1 - 1 / members) * within / 2 - within / 2)


def test_the_energy():
    normal = [1 / np.sqrt(1 + 4 * c) for c in (1, 1.5, 2)]  # E e^{-c s²}, s ~ N(0, 2)
    np.testing.assert_allclose(bounded_energy(lambda s: np.exp(-(s**2) / 2), lambda s: np.exp(-(s**2))), normal[0] - 2 * normal[1] + normal[2], rtol=1e-8)
    assert bounded_energy(np.cos, np.cos) == 0
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 1_000_000)), heavy_tailed(rng, 2, 1_000_000)

    def gamma(a, b):
        return -np.expm1(-((a - b) ** 2))

    sampled = np.mean(2 * gamma(x[0], y[0]) - gamma(*x) - gamma(*y))
    np.testing.assert_allclose(sampled, bounded_energy(lambda s: np.exp(-(s**2) / 2), heavy_tailed_function), atol=1.5e-3)
    assert abs(y.var() - 1) < 0.02
    for s in (0.5, 1.0, 2.0):
        np.testing.assert_allclose(np.mean(np.cos(s * y)), heavy_tailed_function(s), atol=3e-3)


def test_the_gap_tends_to_half_the_energy():
    rng, d = np.random.default_rng(2), 20_000
    x, y = np.concatenate([rng.standard_normal((20, d)), heavy_tailed(rng, 20, d)]), np.repeat([0, 1], 20)
    z = np.concatenate([rng.standard_normal((10, d)), heavy_tailed(rng, 10, d)])
    scores = average_scores(dissimilarity(z, x), dissimilarity(x, x), y)
    gap = np.concatenate([scores[:10, 1] - scores[:10, 0], scores[10:, 0] - scores[10:, 1]])
    np.testing.assert_allclose(gap.mean(), bounded_energy(lambda s: np.exp(-(s**2) / 2), heavy_tailed_function) / 2, rtol=0.1)


def test_blocks_are_found():
    rng = np.random.default_rng(3)
    x = np.concatenate([blocks(rng, 20, 60, 10, 0.9), blocks(rng, 20, 60, 10, 0.7)])
    correlations = np.corrcoef(blocks(rng, 5000, 6, 3, 0.5).T)
    np.testing.assert_allclose(correlations, np.kron(np.eye(2), np.full((3, 3), 0.5)) + 0.5 * np.eye(6), atol=0.06)
    shuffled = rng.permutation(60)
    found = group_variables(x[:, shuffled], np.repeat([0, 1], 20), 6)
    truth = shuffled // 10
    assert sorted(set(found.tolist())) == list(range(6))
    assert len({(a, b) for a, b in zip(found.tolist(), truth.tolist(), strict=True)}) == 6


def test_problems():
    with pytest.raises(Problem, match="transform: expected"):
        dissimilarity(Z, X, "cube")
    with pytest.raises(Problem, match="u, v, groups"):
        dissimilarity(Z[:, :3], X)
    with pytest.raises(Problem, match="groups: expected a number"):
        group_variables(X, labels, 9)
    with pytest.raises(Problem, match="at least 2 members"):
        average_scores(np.ones((1, 3)), np.ones((3, 3)), np.array([0, 0, 1]))
    with pytest.raises(Problem, match="size, correlation"):
        blocks(np.random.default_rng(0), 2, 10, 3, 0.5)


def test_an_integral_that_is_not_found_is_refused():
    with pytest.raises(Problem, match=r"the integral is"):
        bounded_energy(lambda s: float("nan"), lambda s: 1.0)
