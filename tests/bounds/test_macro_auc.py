import math

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.macro_auc import imbalance, macro_auc_bound
from unseen.bounds.macro_auc_learners import LOSSES, macro_auc, surrogate

RNG = np.random.default_rng(0)
REACH = 2.0


def draw(rng, n, rate):
    """Points on the unit circle, nearer to (1, 0) with the label than without."""
    y = np.zeros(n, bool)
    y[: round(rate * n)] = True
    angle = rng.normal(size=n) + np.where(y, 0.0, 1.5)
    return np.column_stack([np.cos(angle), np.sin(angle)]), y


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_are_above_errors_of_pairs(loss):
    for _ in range(200):
        scores, y = RNG.normal(scale=RNG.uniform(0, 5), size=(30, 1)), RNG.random((30, 1)) < 0.3
        if y.any() and not y.all():
            sample = surrogate(scores[:, 0], y[:, 0], loss)[0] / math.log(2)
            assert 1 - macro_auc(scores, y) <= (sample / imbalance(y)[0] if loss == "univariate" else sample) + 1e-12


@pytest.mark.parametrize("rate", [0.5, 0.1])
@pytest.mark.parametrize("loss", LOSSES)
def test_no_scores_of_the_ball_exceed_the_bound_and_a_tenth_of_the_slack_would_not_do(loss, rate):
    """All weights of a fine grid of the disc at once: risk of the loss (on a large sample) less that on the sample."""
    rng = np.random.default_rng(1)
    radius, angle = np.meshgrid([0.5, 1.0], np.linspace(0, 2 * np.pi, 24, endpoint=False))
    weights = REACH * np.stack([radius * np.cos(angle), radius * np.sin(angle)]).reshape(2, -1)
    many, large = draw(rng, 2000, rate)

    def risks(x, y):
        found = np.array([surrogate(score, y, loss)[0] for score in (x @ weights).T]) / math.log(2)
        return found / imbalance(y[:, None])[0] if loss == "univariate" else found

    whole, excess = risks(many, large), []
    for _ in range(40):
        x, y = draw(rng, 100, rate)
        excess.append((whole - risks(x, y)).max())
    slack = macro_auc_bound(x @ weights[:, :1], y[:, None], loss, REACH).terms["slack"]
    assert np.mean(np.array(excess) > slack) <= 0.05
    assert np.mean(np.array(excess) > slack / 20) > 0.05


def test_pairs_in_parts():
    scores, y = RNG.normal(size=3000), np.arange(3000) < 1200
    value, gradient = surrogate(scores, y, "pairwise")
    apart = scores[y][:, None] - scores[~y]
    assert value == pytest.approx(np.logaddexp(0, -apart).mean())
    np.testing.assert_allclose(gradient[y], -(1 / (1 + np.exp(apart))).sum(axis=1) / apart.size)


def test_how_slack_grows_with_imbalance():
    n = 4000
    slack = {}
    for loss in LOSSES:
        for rate in (0.1, 0.0025):
            y = (np.arange(n) < rate * n)[:, None]
            slack[loss, rate] = macro_auc_bound(np.zeros((n, 1)), y, loss, REACH).terms["slack"]
    grown = {loss: slack[loss, 0.0025] / slack[loss, 0.1] for loss in LOSSES}
    assert grown["pairwise"] == pytest.approx(40**0.5, rel=0.05)
    assert grown["reweighted"] == pytest.approx(40**0.5, rel=0.25)
    assert grown["univariate"] == pytest.approx(40, rel=0.2)


def test_values():
    y = np.array([[True]] * 25 + [[False]] * 75)
    found = macro_auc_bound(np.zeros((100, 1)), y, "pairwise", 1.0)
    confidence = math.sqrt((1 / 25 + 1 / 75) * math.log(20) / 2) * math.log2(1 + math.exp(2))
    assert found.value == pytest.approx(1 + 4 / math.log(2) / 5 + confidence)
    assert found.vacuous
    well = np.where(np.arange(20_000)[:, None] < 10_000, 2.0, -2.0)
    assert not macro_auc_bound(well, well > 0, "reweighted", 2.0).vacuous
    two = macro_auc_bound(np.column_stack([well, well]), np.column_stack([well > 0, well > 0]), "reweighted", 2.0)
    assert two.value > macro_auc_bound(well, well > 0, "reweighted", 2.0).value, "two labels share the confidence"


def test_bad_input():
    with pytest.raises(Problem, match="reach"):
        macro_auc_bound(np.full((2, 1), 3.0), np.array([[True], [False]]), "pairwise", 2.0)
    with pytest.raises(Problem, match="scores, y"):
        macro_auc_bound(np.zeros((2, 1)), np.array([[True, False]]), "pairwise", 2.0)
