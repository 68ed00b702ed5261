import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from unseen._types import Problem
from unseen.bounds.macro_auc_learners import LOSSES, fit_scores, macro_auc, surrogate

RNG = np.random.default_rng(0)


def test_area_against_scikit_learn():
    scores, y = RNG.integers(5, size=(60, 3)) / 2, RNG.random((60, 3)) < 0.3
    assert macro_auc(scores, y) == pytest.approx(roc_auc_score(y, scores, average="macro"))
    one_sided = np.column_stack([y, np.ones(60, bool)])
    assert macro_auc(np.column_stack([scores, scores[:, 0]]), one_sided) == pytest.approx(macro_auc(scores, y)), "a label that all have is left out"
    assert np.isnan(macro_auc(scores[:, :1], np.ones((60, 1), bool)))


def test_losses_against_loops():
    scores, y = RNG.normal(size=12), RNG.random(12) < 0.4

    def ell(z):
        return np.log(1 + np.exp(-z))

    plus, minus = scores[y], scores[~y]
    assert surrogate(scores, y, "univariate")[0] == pytest.approx((sum(map(ell, plus)) + sum(map(ell, -minus))) / 12)
    assert surrogate(scores, y, "reweighted")[0] == pytest.approx(np.mean(ell(plus)) + np.mean(ell(-minus)))
    assert surrogate(scores, y, "pairwise")[0] == pytest.approx(np.mean([ell(a - b) for a in plus for b in minus]))


@pytest.mark.parametrize("loss", LOSSES)
def test_slopes(loss):
    y = RNG.random(10) < 0.4
    assert check_grad(lambda f: surrogate(f, y, loss)[0], lambda f: surrogate(f, y, loss)[1], RNG.normal(size=10)) < 1e-6


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("loss", ["univariate", "reweighted"])
def test_fits_against_scikit_learn(loss, intercept):
    x, ridge = RNG.normal(size=(80, 4)), 0.01
    y = (x @ RNG.normal(size=(4, 2)) + 0.5 * RNG.normal(size=(80, 2))) > 0.8
    weights, offsets = fit_scores(x, y, loss, ridge=ridge, intercept=intercept)
    for label in range(2):
        own = y[:, label]
        weight = np.full(80, 1 / 80) if loss == "univariate" else np.where(own, 1 / own.sum(), 1 / (~own).sum())
        reference = LogisticRegression(C=1 / ridge, fit_intercept=intercept, tol=1e-10, max_iter=5000).fit(x, own, sample_weight=weight)
        np.testing.assert_allclose(weights[:, label], reference.coef_[0], atol=0.02)
        np.testing.assert_allclose(offsets[label], reference.intercept_[0] if intercept else 0.0, atol=0.02)


def test_pairs_are_differences():
    x, ridge = RNG.normal(size=(30, 3)), 0.01
    y = x[:, :1] + 0.5 * RNG.normal(size=(30, 1)) > 0.5
    apart = (x[y[:, 0]][:, None] - x[~y[:, 0]]).reshape(-1, 3)
    both, label = np.concatenate([apart, -apart]), np.repeat([True, False], len(apart))
    reference = LogisticRegression(C=1 / ridge, fit_intercept=False, tol=1e-10).fit(both, label, sample_weight=np.full(len(both), 1 / len(both)))
    np.testing.assert_allclose(fit_scores(x, y, "pairwise", ridge=ridge)[0][:, 0], reference.coef_[0], atol=0.02)


def test_bad_input():
    with pytest.raises(Problem, match="loss"):
        surrogate(np.zeros(2), np.array([True, False]), "hinge")
    with pytest.raises(Problem, match="y: expected some"):
        surrogate(np.zeros(2), np.array([True, True]), "pairwise")
    with pytest.raises(Problem, match="ridge"):
        fit_scores(np.zeros((2, 1)), np.array([[True], [False]]), "pairwise", ridge=0.0)


def test_a_fit_that_does_not_converge_is_refused():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 3)) * [1.0, 30.0, 0.01]
    y = np.stack([x[:, 0] > 0, rng.random(40) > 0.5], axis=1)
    with pytest.raises(Problem, match=r"iterations: the minimisation for labels \[0\D"):
        fit_scores(x, y, "reweighted", iterations=1)
    with pytest.raises(Problem, match=r"x: expected finite numbers"):
        fit_scores(x * np.nan, y, "reweighted")
