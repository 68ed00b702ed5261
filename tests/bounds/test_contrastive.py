import math

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import binom

from unseen._types import Problem
from unseen.bounds.contrastive import contrastive_bound, contrastive_loss, feature_complexity, uniform_complexity, vector_complexity

RNG = np.random.default_rng(0)


def test_loss_and_that_it_moves_no_more_than_the_score_that_moves_most():
    scores = RNG.normal(scale=3, size=(500, 7))
    np.testing.assert_allclose(contrastive_loss(scores), logsumexp(np.c_[np.zeros(500), -scores], axis=1))
    moved = scores + RNG.normal(scale=0.5, size=scores.shape)
    change, largest = np.abs(contrastive_loss(moved) - contrastive_loss(scores)), np.abs(moved - scores).max(axis=1)
    assert (change <= largest + 1e-12).all()
    together = np.abs(contrastive_loss(scores + 0.5) - contrastive_loss(scores))
    assert together.max() > 0.49, "no smaller constant would do, for however many negatives"


def test_dudleys_integral_against_a_fine_sum():
    n, k, radius = 10**7, 30, 3.0
    eps = radius * np.geomspace(1, 1e-3, 200_001)
    root = np.sqrt(36 * radius**2 / eps**2 * np.log(2 * np.ceil(4 * radius / eps + 2) * n * k + 1))
    area = np.append(0.0, np.cumsum(-np.diff(eps) * root[1:]))
    assert uniform_complexity(radius, n, k) == pytest.approx(np.min(4 * eps + 12 * area / math.sqrt(n)), rel=0.01)
    assert uniform_complexity(radius, 100, k) == radius, "no more than what is true anyway"


@pytest.mark.parametrize("k", [1, 16])
def test_complexity_of_small_scores_by_simulation(k):
    """Small scores make the loss linear: the supremum over the ball is then the norm of a random sum, a third of the limit or so."""
    n, d, norm = 200, 4, 1e-3
    x = RNG.normal(size=(n, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    other = RNG.normal(size=(n, d))
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    apart = np.repeat(2 * other[:, None], k, axis=1)  # positive and negatives opposite
    signs = RNG.choice([-1.0, 1.0], (400, n))
    mean = np.einsum("nd,nke->nde", x, apart) / (k + 1)
    exact = norm * np.linalg.norm(np.einsum("rn,nde->rde", signs, mean), axis=(1, 2)).mean() / n
    along = -np.einsum("rn,nde->rde", signs, mean)
    along *= norm / np.linalg.norm(along, axis=(1, 2), keepdims=True)
    losses = contrastive_loss(np.einsum("nd,rde,nke->rnk", x, along, apart, optimize=True)) - math.log1p(k)
    assert np.mean(signs * losses) == pytest.approx(exact, rel=0.01)
    assert exact <= min(limit(2 * norm, n, k) for limit in (vector_complexity, uniform_complexity))
    if k == 1:
        assert exact > vector_complexity(2 * norm, n, k) / 4, "a quarter of the limit would be violated"


def test_growth_with_negatives():
    n = 10**8
    assert 1 < uniform_complexity(1.0, n, 10_000) / uniform_complexity(1.0, n, 1) < math.sqrt(1 + math.log(10_000) / math.log(8 * n))
    assert vector_complexity(1.0, n, 100) == pytest.approx(10 * vector_complexity(1.0, n, 1))
    assert feature_complexity(1.0, n, 1000, 8) == pytest.approx(10 * feature_complexity(1.0, n, 100, 8), rel=0.02)
    assert uniform_complexity(1.0, n, 10**7) < vector_complexity(1.0, n, 10**7)
    assert uniform_complexity(1.0, n, 256) > vector_complexity(1.0, n, 256), "the constants are large"


def test_bound():
    losses = contrastive_loss(RNG.uniform(-1, 1, (1000, 5)))
    found = contrastive_bound(losses, 1.0, 5, complexity=vector_complexity)
    slack = 2 * math.sqrt(2) * math.sqrt(5 / 1000) + 6 * math.sqrt(math.log(40) / 2000)
    assert found.slack == pytest.approx(slack)
    assert found.trivial == pytest.approx(math.log(1 + 5 * math.e))
    assert not found.vacuous
    assert contrastive_bound(losses, 1.0, 5).vacuous
    assert not contrastive_bound(np.broadcast_to(contrastive_loss(np.full((1, 1), 3.0)), 10**7), 3.0, 1).vacuous


def test_coverage_is_exact_for_one_feature_and_negatives_are_no_examples():
    """Inputs ±1, a positive that is ± its anchor by a fair coin, all k negatives opposite: scores are ± 2m, m the feature's square, chosen by the sample."""
    n, k, radius = 100, 1024, 1.0
    score = 2 * np.linspace(0, radius / 2, 51)
    well, badly = np.log1p(k * np.exp(-score)), np.log1p(k * np.exp(score))
    wrong = contrastive_bound(np.full(n * k, math.log(2)), radius, 1, complexity=vector_complexity).slack
    violated = {"vector": 0.0, "uniform": 0.0, "every negative counted as an example": 0.0}
    for right in range(n + 1):
        sample = (right * well + (n - right) * badly) / n
        best, chance = int(sample.argmin()), binom.pmf(right, n, 0.5)
        losses, risk = np.repeat([well[best], badly[best]], [right, n - right]), (well[best] + badly[best]) / 2
        for name, complexity in (("vector", vector_complexity), ("uniform", uniform_complexity)):
            violated[name] += chance * (contrastive_bound(losses, radius, k, complexity=complexity).value < risk)
        violated["every negative counted as an example"] += chance * (sample[best] + wrong < risk)
    assert violated["vector"] <= 0.05
    assert violated["uniform"] <= 0.05
    assert violated["every negative counted as an example"] > 0.05


def test_bad_input():
    with pytest.raises(Problem, match="losses"):
        contrastive_bound(np.full(10, 9.0), 1.0, 2)
    with pytest.raises(Problem, match="radius"):
        uniform_complexity(0.0, 10, 1)
