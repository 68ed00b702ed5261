"""Shares, means and spread as told; F1 of thresholds against counting."""

import jax
import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import f1_score

from unseen._types import Problem
from unseen.tasks.planted.imbalanced_normals import ImbalancedNormals, threshold_f1


def test_classes_have_their_shares_means_and_spread():
    split = ImbalancedNormals(shares=(0.7, 0.2, 0.1), shift=2.0, dimension=3, test_size=40_000).splits(jax.random.key(0))["test"]
    for c, (share, mean) in enumerate(zip((0.7, 0.2, 0.1), ([0, 0, 0], [2, 0, 0], [0, 2, 0]), strict=True)):
        of = np.asarray(split.x)[np.asarray(split.y) == c]
        assert len(of) / 40_000 == pytest.approx(share, abs=0.01)
        np.testing.assert_allclose(of.mean(axis=0), mean, atol=0.07)
        np.testing.assert_allclose(np.cov(of, rowvar=False), np.eye(3), atol=0.08)


@pytest.mark.parametrize("threshold", [0.5, 1.4, 2.2])
def test_f1_of_a_threshold_is_what_counting_gives(threshold):
    split = ImbalancedNormals(test_size=200_000).splits(jax.random.key(1))["test"]
    counted = f1_score(np.asarray(split.y), np.asarray(split.x)[:, 0] > threshold)
    assert threshold_f1(0.1, 1.5, threshold) == pytest.approx(counted, abs=0.01)


def test_the_fewest_errors_are_not_the_best_f1_but_look_better_one_by_one():
    """Simpson's bias in closed form: the mean Dice of single hard decisions, γ = 1, is one minus half the error rate."""
    share, shift, thresholds = 0.1, 1.5, np.linspace(-3, 6, 9001)
    errors = share * norm.cdf(thresholds - shift) + (1 - share) * norm.sf(thresholds)
    score = threshold_f1(share, shift, thresholds)
    fewest, best = errors.argmin(), score.argmax()
    assert thresholds[fewest] == pytest.approx(shift / 2 + np.log(1 / share - 1) / shift, abs=2e-3)
    assert (score[fewest], score[best]) == pytest.approx((0.350, 0.477), abs=1e-3)
    assert (1 - errors / 2)[fewest] - (1 - errors / 2)[best] == pytest.approx(0.0133, abs=1e-3)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="add up to 1"):
        ImbalancedNormals(shares=(0.5, 0.4))
    with pytest.raises(Problem, match="a dimension for each class"):
        ImbalancedNormals(shares=(0.5, 0.3, 0.2), dimension=1)
