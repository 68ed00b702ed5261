"""Classical bounds against counting, all sign patterns, and simulation; a bound for one predictor, used for the best of many, is caught."""

import itertools
import math

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.bounds.holdout import hoeffding
from unseen.bounds.uniform import finite_class_complexity, growth, rademacher, rademacher_complexity, vapnik_chervonenkis


def labellings(points, classifiers):
    return len({tuple(classifier(points)) for classifier in classifiers})


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_growth_by_counting(n):
    """Thresholds have dimension 1 and intervals 2, and both have as many labellings as the lemma allows."""
    points = np.arange(n)
    cuts = np.arange(n + 1) - 0.5
    assert labellings(points, [lambda x, c=c: x > c for c in cuts]) == round(math.exp(growth(n, 1)))
    intervals = [lambda x, a=a, b=b: (x > a) & (x < b) for a, b in itertools.product(cuts, repeat=2)]
    assert labellings(points, intervals) == round(math.exp(growth(n, 2)))
    assert round(math.exp(growth(n, n + 3))) == 2**n


def test_complexity_over_all_signs():
    rng = np.random.default_rng(0)
    losses = rng.integers(2, size=(5, 8))
    signs = np.array(list(itertools.product((-1, 1), repeat=8)))
    by_hand = np.mean([max(sum(s * loss for s, loss in zip(row, one, strict=True)) / 8 for one in losses) for row in signs])
    assert rademacher_complexity(losses, signs) == pytest.approx(by_hand)
    assert rademacher_complexity(losses[:1], signs) == pytest.approx(0), "one predictor fits no coins"
    every = np.array(list(itertools.product((0, 1), repeat=8)))
    assert rademacher_complexity(every, signs) == pytest.approx(0.5), "all predictors fit all coins"
    assert rademacher_complexity(losses, signs) <= finite_class_complexity(5, 8)


def test_formulas():
    assert vapnik_chervonenkis(0.1, 1000, 1).slack == pytest.approx(math.sqrt(8 * (math.log(2001) + math.log(80)) / 1000))
    assert rademacher(0.2, 500, 0.03, 0.1).slack == pytest.approx(0.06 + 3 * math.sqrt(math.log(20) / 1000))
    assert vapnik_chervonenkis(0.0, 100, 50).vacuous


def test_coverage_and_what_lacks_the_class():
    """The best of 256 coins on 200 examples: its risk is 1/2 exactly."""
    rng = np.random.default_rng(1)
    signs = rng.choice([-1, 1], size=(200, 200))
    held = {"vc": 0, "rademacher": 0, "one": 0}
    for _ in range(100):
        losses = rng.integers(2, size=(256, 200))
        best = losses.mean(axis=1).min()
        held["vc"] += vapnik_chervonenkis(best, 200, 8).value >= 0.5
        held["rademacher"] += rademacher(best, 200, rademacher_complexity(losses, signs)).value >= 0.5
        held["one"] += hoeffding(best, 200).value >= 0.5
    assert held["vc"] == held["rademacher"] == 100
    assert held["one"] < 50


def test_wrong_arguments():
    with pytest.raises(Problem, match="n, dimension: expected"):
        growth(3, -1)
    with pytest.raises(Problem, match="losses, signs: expected"):
        rademacher_complexity([[0.0, 1.0]], [[1, 1, 1]])
    with pytest.raises(Problem, match="predictors, n: expected at least 1"):
        finite_class_complexity(0, 3)
    with pytest.raises(Problem, match="complexity: expected that of losses"):
        rademacher(0.1, 10, -0.1)
    with pytest.raises(Problem, match="empirical: expected"):
        vapnik_chervonenkis(1.1, 10, 1)
