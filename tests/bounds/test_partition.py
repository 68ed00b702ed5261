"""Complexities against all classifiers and all signs; coverage of the best of all where the truth is 1/2."""

import itertools
import math

import numpy as np
import pytest

from rates import caught, covers
from unseen._problem import Problem
from unseen.bounds.partition import CELLS, CONSTANT, partition_bound, partition_complexity
from unseen.bounds.uniform import rademacher, rademacher_complexity

SIGNS = np.array(list(itertools.product((-1, 1), repeat=7)))


@pytest.mark.parametrize(("cells", "classes"), [([0, 0, 0, 1, 1, 2, 2], 2), ([0, 0, 0, 0, 5, 5, 5], 3), ([3] * 7, 4), (list(range(7)), 2)])
def test_complexity_over_all_classifiers_and_signs(cells, classes):
    rng = np.random.default_rng(0)
    labels = rng.integers(classes, size=7)
    place = np.unique(cells, return_inverse=True)[1]
    every = np.array(list(itertools.product(range(classes), repeat=place.max() + 1)))[:, place]
    brute = rademacher_complexity((every != labels).astype(float), SIGNS)
    assert partition_complexity(cells, labels, classes) == pytest.approx(brute)


def test_two_classes_never_exceed_the_entropy_of_cells_whatever_the_labels():
    rng = np.random.default_rng(1)
    for spread in (1, 3, 30, 500):
        cells = rng.poisson(spread, 400)
        found = [partition_complexity(cells, rng.integers(2, size=400), 2) for _ in range(2)]
        assert found[0] == pytest.approx(found[1])
        entropy = 2 * math.log(np.sqrt(np.unique(cells, return_counts=True)[1] / 400).sum())
        assert 0.75 * 0.5 * math.sqrt(math.exp(entropy) / 400) < found[0] <= 0.5 * math.sqrt(math.exp(entropy) / 400)


def test_coverage_for_the_best_classifier_on_cells_and_not_without_their_complexity():
    """Labels are fair coins, so that every error rate is 1/2; the best is the majority in each cell."""
    rng, n, draws, violated = np.random.default_rng(2), 2000, 100, {"whole": 0, "one cell": 0, "a quarter": 0}
    for _ in range(draws):
        cells, labels = rng.integers(1000, size=n), rng.integers(2, size=n)
        ones = np.bincount(cells, labels, 1000) * 2 > np.bincount(cells, minlength=1000)
        found = partition_bound(ones[cells].astype(int), labels, cells, 2)
        slack = found.slack - 2 * found.terms["complexity"]
        violated["whole"] += found.value < 0.5
        violated["one cell"] += rademacher(found.empirical, n, partition_complexity(np.zeros(n, int), labels, 2)).value < 0.5
        violated["a quarter"] += found.empirical + found.terms["complexity"] / 2 + slack / 4 < 0.5
    assert covers(violated["whole"], draws, 0.05)
    assert caught(violated["one cell"], draws, 0.05)
    assert caught(violated["a quarter"], draws, 0.05)


def test_what_it_rests_on():
    cells = np.array([0, 0, 1, 1])
    found = partition_bound([1, 1, 0, 0], [1, 0, 0, 0], cells, 2)
    assert found.assumptions[CONSTANT] is True and found.assumptions[CELLS] is None
    assert found.empirical == 0.25 and found.terms["cells"] == 2 and found.vacuous
    with pytest.raises(Problem, match="classified alike"):
        partition_bound([1, 0, 0, 0], [1, 0, 0, 0], cells, 2)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (([0], [0, 1], [0, 1], 2), "predicted"),
        (([0, 1], [0, 2], [0, 1], 2), "labels"),
        (([0, 1], [0, 1], [0], 2), "cells, labels"),
        (([], [], [], 2), "cells, labels"),
        (([0, 1], [0, 1], [0, 1], 1), "labels"),
        (([0, 1], [0.5, 1.0], [0, 1], 2), "labels"),
    ],
)
def test_mistakes_are_named(given, named):
    with pytest.raises(Problem, match=f"^{named}:"):
        partition_bound(*given)
