"""Against total variations by integration, and divergences before and after each layer, computed exactly."""

from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from unseen._problem import Problem
from unseen.bounds.contraction import dropconnect_contraction, dropout_contraction, noise_contraction

RNG = np.random.default_rng(0)


def divergence(first, second):
    return float(np.sum(first * np.log(first / second)))


def dropped(law, inputs, rate):
    """The law of what dropout makes of `inputs`, by all masks; units are never 0 before."""
    after = {}
    for mask in product((0, 1), repeat=inputs.shape[1]):
        chance = np.prod([1 - rate if keep else rate for keep in mask])
        for p, x in zip(law, inputs, strict=True):
            out = tuple(x * np.array(mask))
            after[out] = after.get(out, 0.0) + chance * p
    return np.array([after[out] for out in sorted(after)])


def test_dropout_of_copies_reaches_the_coefficient_and_of_separate_units_stays_below():
    copies, separate = np.repeat([[1.0], [2.0], [3.0]], 3, axis=1), np.array(list(product((1.0, 2.0), repeat=3)))
    for inputs, equal in ((copies, True), (separate, False)):
        first, second = RNG.dirichlet(np.ones(len(inputs)), size=2)
        before, after = divergence(first, second), divergence(dropped(first, inputs, 0.4), dropped(second, inputs, 0.4))
        limit = dropout_contraction(0.4, 3) * before
        assert after == pytest.approx(limit) if equal else 0.3 * limit < after < limit


def test_dropconnect_keeps_nothing_only_where_all_entries_are_dropped():
    rate, weights = 0.3, np.array([[1.0, 2.0], [4.0, 8.0]])
    inputs = np.array([[1.0, 1.0], [1.0, -1.0]])
    laws = []
    for x in inputs:
        after = {}
        for mask in product((0, 1), repeat=4):
            chance = np.prod([1 - rate if keep else rate for keep in mask])
            out = tuple(x @ (weights * np.reshape(mask, (2, 2))))
            after[out] = after.get(out, 0.0) + chance
        laws.append(after)
    everywhere = set(laws[0]) | set(laws[1])
    variation = 0.5 * sum(abs(laws[0].get(out, 0.0) - laws[1].get(out, 0.0)) for out in everywhere)
    assert variation <= dropconnect_contraction(rate, 2, 2) == pytest.approx(1 - rate**4)
    assert variation > 0.5


@pytest.mark.parametrize(("diameter", "deviation"), [(2.0, 1.0), (0.5, 1.0), (3.0, 0.5)])
def test_noise_is_the_total_variation_of_two_normals_that_far_apart(diameter, deviation):
    exact = 0.5 * quad(lambda z: abs(norm.pdf(z, 0, deviation) - norm.pdf(z, diameter, deviation)), -12, 15, points=[0, diameter / 2, diameter])[0]
    assert noise_contraction(diameter, deviation) == pytest.approx(exact, rel=1e-6)


def test_no_divergence_between_laws_of_activities_survives_noise_by_more_than_the_coefficient():
    places, grid = np.linspace(-1, 1, 5), np.linspace(-8, 8, 2001)
    kernel = norm.pdf(grid[:, None], places, 0.8)
    ratios = []
    for _ in range(50):
        first, second = RNG.dirichlet(0.3 * np.ones(5), size=2) + 1e-6
        first, second = first / first.sum(), second / second.sum()
        after = np.trapezoid((kernel @ first) * np.log((kernel @ first) / (kernel @ second)), grid)
        ratios.append(after / divergence(first, second))
    assert 0.1 < max(ratios) < noise_contraction(2.0, 0.8)


@pytest.mark.parametrize("wrong", [lambda: dropout_contraction(1.2, 3), lambda: dropconnect_contraction(0.5, 0, 3), lambda: noise_contraction(1.0, 0.0)])
def test_says_what_is_wrong(wrong):
    with pytest.raises(Problem, match="expected"):
        wrong()
