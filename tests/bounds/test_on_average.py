"""Informations against quadrature and counting; bounds on average where the average is exact, with wrong variants that are violated."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom, norm
from sklearn.metrics import mutual_info_score

from unseen._problem import Problem
from unseen.bounds.bound import INDEPENDENT
from unseen.bounds.on_average import (
    KNOWN,
    SUBGAUSSIAN,
    finite_information,
    layerwise_bound,
    mutual_information_bound,
    noise_information,
    rationality_bound,
    supersample_bound,
)
from unseen.bounds.rationality import Gaps, label_noise, rationality_gaps
from unseen.bounds.supersample import all_masks, train_and_gap


def test_information_of_a_channel_against_counts():
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 5, size=(4, 3)) + np.eye(4, 3, dtype=int)
    pairs = np.array([(s, w) for s, w in np.ndindex(4, 3) for _ in range(counts[s, w])])
    found = finite_information(counts.sum(axis=1) / counts.sum(), counts / counts.sum(axis=1, keepdims=True))
    assert found == pytest.approx(mutual_info_score(pairs[:, 0], pairs[:, 1]))


@pytest.mark.parametrize("spread", [0.2, 3.0])
def test_noise_tells_no_more_than_said_and_that_of_a_normal_number(spread):
    """f(S) = ± √spread by a fair coin: the entropy of W less that of the noise, by quadrature."""
    w = np.linspace(-12, 12, 20_001)
    density = (norm.pdf(w, math.sqrt(spread)) + norm.pdf(w, -math.sqrt(spread))) / 2
    exact = -np.trapezoid(density * np.log(np.maximum(density, 1e-300)), w) - 0.5 * math.log(2 * math.pi * math.e)
    assert 0.4 * exact < exact <= noise_information(spread, 1.0, 1)
    assert noise_information(spread, 1.0, 1) == pytest.approx(norm(0, math.sqrt(1 + spread)).entropy() - norm().entropy())
    assert noise_information(spread, 0.5, 3) == pytest.approx(1.5 * math.log(1 + spread / 0.75))


def gibbs(n, strength):
    """(training loss, test loss, information) of choosing one of two signs for n fair coins with chances that grow with their agreement; exactly."""
    agree = np.arange(n + 1)
    weight, up = binom.pmf(agree, n, 0.5), expit(strength * (2 * agree - n))
    train = weight @ (up * (1 - agree / n) + (1 - up) * agree / n)
    return train, 0.5, finite_information(weight, np.column_stack([up, 1 - up]))


@pytest.mark.parametrize("strength", [0.1, 1.0, 20.0])
def test_bound_by_information_holds_and_half_of_the_square_root_does_not(strength):
    train, test, information = gibbs(50, strength)
    bound = mutual_information_bound(train, information, 50, known=True)
    assert bound.empirical + bound.slack / 2 < test <= bound.value < train + 1.5 * (test - train)
    assert bound.assumptions == {INDEPENDENT: None, KNOWN: True, SUBGAUSSIAN: True}


def test_an_estimate_is_flagged():
    assert mutual_information_bound(0.1, 0.5, 100, known=False).assumptions[KNOWN] is None
    assert mutual_information_bound(0.1, 0.5, 100, known=True, sigma=0.2).assumptions[SUBGAUSSIAN] is None
    assert mutual_information_bound(0.1, 1e9, 100, known=True).vacuous
    assert mutual_information_bound(0.5, 2.0, 100, known=True, sigma=1.0, trivial=2.0).value == pytest.approx(0.7)


def test_supersamples_for_every_learner_and_without_half_of_the_least():
    masks, rng, short = all_masks(4), np.random.default_rng(1), []
    for train, test in [(0.0, 1.0), (0.0, 0.1), (0.2, 0.3), (0.1, 0.9), (0.5, 0.5), (0.3, 1.0)] * 8:
        rate = np.where(np.stack([masks == 0, masks == 1], axis=2), train, test)
        losses = (rng.random(rate.shape) < rate).astype(float)
        bound, (mean, gap) = supersample_bound(losses, masks), train_and_gap(losses, masks)
        assert mean + gap <= bound.value + 1e-9 and bound.empirical == mean
        assert bound.slack == pytest.approx(min(bound.terms.values()))
        short.append(mean + bound.slack / 2 < mean + gap)
    assert any(short)


def test_masks_are_looked_at():
    rng = np.random.default_rng(2)
    masks = rng.integers(2, size=(60, 20))
    bound = supersample_bound(rng.random((60, 20, 2)), masks)
    assert bound.assumptions[KNOWN] is None and "masks are fair coins" in bound.assumptions
    one_sided = masks.copy()
    one_sided[:, 3] = 1
    with pytest.raises(Problem, match="fair coins"):
        supersample_bound(rng.random((60, 20, 2)), one_sided)
    twice = np.concatenate([all_masks(2)[:2]] * 2)
    assert supersample_bound(rng.random((4, 2, 2)), twice).assumptions[KNOWN] is None, "four masks, but not the four that there are"


def test_layers():
    moved = 0.3  # the loss 1(t > moved / 2) between N(moved, 1), of what was trained on, and N(0, 1)
    train, test = norm.cdf(-moved / 2), norm.cdf(moved / 2)
    bound = layerwise_bound(train, moved**2 / 2, known=True)
    assert bound.empirical + bound.slack / 2 < test <= bound.value
    assert layerwise_bound(train, [0.02, 0.08], known=False).value == pytest.approx(train + 0.15)


def test_rationality_holds_for_what_was_measured_and_refuses_a_gap_that_was_not_allowed():
    rng, classes, short = np.random.default_rng(3), 3, []
    for follow, train, test in itertools.product((0.0, 0.5, 1.0), (0.9, 1.0), (0.2, 0.7)):
        y = rng.integers(classes, size=100)
        noisy = label_noise(rng, y, classes, 0.2, 40)
        predicted = np.where(rng.random(noisy.shape) < follow, noisy, y)
        gaps = rationality_gaps(train, test, predicted, y, noisy, classes)
        bound = rationality_bound(train, gaps, allowed=gaps.rationality)
        assert 1 - test <= bound.value + 1e-12
        short.append(1 - test > bound.value - gaps.limit)
        if gaps.rationality > 0:
            with pytest.raises(Problem, match="worse than training examples"):
                rationality_bound(train, gaps)
    assert any(short), "without the limit it does not hold"
    assert rationality_bound(0.99, Gaps(0.0, 0.0, 0.0, 2.0)).vacuous


def test_bad_numbers():
    with pytest.raises(Problem, match="samples, chances"):
        finite_information([0.5, 0.6], np.eye(2))
    with pytest.raises(Problem, match="samples, chances"):
        finite_information([1.0], np.eye(2))
    with pytest.raises(Problem, match="noise"):
        noise_information(1.0, 0.0, 1)
    with pytest.raises(Problem, match="information"):
        mutual_information_bound(0.1, -1.0, 10, known=True)
    with pytest.raises(Problem, match="empirical"):
        layerwise_bound(1.5, 0.1, known=True)
    with pytest.raises(Problem, match="allowed"):
        rationality_bound(0.9, Gaps(0.0, 0.0, 0.0, 0.0), allowed=-1.0)
