"""Stability is attained exactly by linear losses; coverage is exact for a learner that counts coins."""

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression

from unseen._types import Problem
from unseen.bounds.stability import ridge_stability, uniform_stability


def test_linear_losses_attain_the_stability():
    """Loss -y w: the minimiser is mean(y)/ridge, and one sign turned changes any loss by 2/(ridge n)."""
    y, ridge = np.array([1.0, -1.0, 1.0, 1.0, -1.0]), 0.3
    turned = y.copy()
    turned[0] = -1.0
    assert abs(y.mean() - turned.mean()) / ridge == pytest.approx(ridge_stability(ridge, len(y), slope=1.0))


def test_ridge_logistic_regression_is_as_stable_as_said():
    """Three classes, each example replaced by several others: no cross-entropy changes by more than beta, and some by a good part of it."""
    rng, n, ridge = np.random.default_rng(0), 12, 0.5

    def drawn(m):
        x = rng.standard_normal((m, 2))
        return x / np.linalg.norm(x, axis=1, keepdims=True), rng.permutation(np.arange(m) % 3)

    def losses(x, y):
        model = LogisticRegression(C=1 / (ridge * n), fit_intercept=False, tol=1e-8, max_iter=1000).fit(x, y)
        return -model.predict_log_proba(points)[np.arange(len(points)), labels]

    (x, y), (points, labels), changed = drawn(n), drawn(60), 0.0
    points, labels = np.concatenate([points, x]), np.concatenate([labels, y])
    whole = losses(x, y)
    for i in range(n):
        other, label = x.copy(), y.copy()
        other[i], label[i] = -x[i], (y[i] + 1) % 3
        changed = max(changed, np.abs(losses(other, label) - whole).max())
    beta = ridge_stability(ridge, n, slope=2**0.5)
    assert beta / 10 < changed <= beta


def failure(n, delta, slope, bound):
    """The largest chance, over coins, that the bound fails for predicting `slope` times the mean of n signs at the loss (1 - h z)/2."""
    k = np.arange(n + 1)
    h = slope * (2 * k / n - 1)
    values = np.array([bound((1 - a * (2 * b / n - 1)) / 2, n, delta) for a, b in zip(h, k, strict=True)])
    return max(binom.pmf(k, n, p)[values < (1 - h * (2 * p - 1)) / 2].sum() for p in np.linspace(0.02, 0.98, 49))


@pytest.mark.parametrize("slope", [0.2, 1.0])
def test_fails_at_most_as_often_as_promised(slope):
    def bound(empirical, n, delta):
        return uniform_stability(empirical, slope / n, n, delta).value

    assert failure(40, 0.1, slope, bound) <= 0.1
    assert failure(40, 0.1, slope, lambda empirical, *_: empirical) > 0.3, "a variant without slack is caught"


def test_a_learner_by_heart_is_not_stable():
    """Its training loss is 0 and its expected loss 1: only the true beta of 1 admits it."""
    assert uniform_stability(0.0, 1 / 1000, 1000).value < 0.2 < 1 <= uniform_stability(0.0, 1.0, 1000).value


def test_refusals():
    with pytest.raises(Problem, match="empirical"):
        uniform_stability(1.5, 0.1, 10)
    with pytest.raises(Problem, match="beta"):
        uniform_stability(0.5, float("nan"), 10)
    with pytest.raises(Problem, match="ridge"):
        ridge_stability(0.0, 10, slope=1.0)
    assert uniform_stability(1.5, 0.0, 10, largest=2.0).trivial == 2.0


def test_the_bound_as_it_is_written():
    assert uniform_stability(0.1, 0.01, 50, 0.1, largest=2.0).value == pytest.approx(0.11 + 3.0 * np.sqrt(np.log(10) / 100))
