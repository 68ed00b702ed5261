"""Against all ways to label, scikit-learn's mixtures, and the likelihood."""

import itertools

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from unseen._problem import Problem
from unseen.measures.information.channel_matching import Mixture, label_information, matched_labels, most_label_information


def joint(seed, classes=2, cells=7):
    return np.random.default_rng(seed).dirichlet(np.ones(classes * cells)).reshape(classes, cells)


def by_hand(p, labels):
    both = np.array([[row[labels == j].sum() for j in range(labels.max() + 1)] for row in p])
    return sum(q * np.log(q / (both[i].sum() * both[:, j].sum())) for (i, j), q in np.ndenumerate(both) if q > 0)


def test_the_information_of_labels():
    labels = np.array([0, 2, 1, 1, 0, 2, 2])
    assert label_information(joint(0, classes=3), labels) == pytest.approx(by_hand(joint(0, classes=3), labels))


@pytest.mark.parametrize("count", [2, 3])
def test_the_most_information_is_that_of_the_best_of_all_labels(count):
    p = joint(1)
    best = max(by_hand(p, np.array(labels)) for labels in itertools.product(range(count), repeat=7))
    assert most_label_information(p, count) == pytest.approx(best)


def test_matching_never_loses_and_ends_near_the_best():
    for seed in range(5):
        p = joint(seed, cells=40)
        start = np.random.default_rng(seed).integers(2, size=40)
        values = [label_information(p, matched_labels(p, start, n)) for n in range(12)]
        assert (np.diff(values) >= -1e-12).all()
        assert values[0] < 0.5 * most_label_information(p, 2)
        assert values[-1] > 0.98 * most_label_information(p, 2)


def test_one_step_of_expectation_maximisation_is_scikit_learn_s():
    x = np.random.default_rng(0).normal(size=200) + 2 * (np.arange(200) % 3 == 0)
    start = Mixture([0.4, 0.6], [-1.0, 1.5], [1.0, 0.7])
    own = start.step(x, np.full(200, 1 / 200))
    theirs = GaussianMixture(
        2, max_iter=1, weights_init=start.weights, means_init=start.means[:, None], precisions_init=1 / start.deviations[:, None, None] ** 2
    )
    with pytest.warns(UserWarning, match="did not converge"):
        theirs.fit(x[:, None])
    np.testing.assert_allclose(own.weights, theirs.weights_, rtol=1e-4)
    np.testing.assert_allclose(own.means, theirs.means_[:, 0], rtol=1e-4)
    np.testing.assert_allclose(own.deviations**2, theirs.covariances_[:, 0, 0], rtol=1e-3)


@pytest.mark.parametrize("inner", [1, 3])
def test_no_step_lowers_the_likelihood_and_the_truth_stays(inner):
    x = np.linspace(-8, 10, 600)
    truth = Mixture([0.7, 0.3], [0.0, 2.5], [1.0, 1.0])
    mass = truth.densities(x) @ truth.weights
    mass = mass / mass.sum()
    stayed = truth.step(x, mass, inner)
    np.testing.assert_allclose(np.r_[stayed.weights, stayed.means, stayed.deviations], np.r_[truth.weights, truth.means, truth.deviations], atol=1e-6)
    mixture, seen = Mixture([0.5, 0.5], [-2.0, -1.0], [0.5, 0.5]), []
    for _ in range(30):
        seen.append(float(mass @ np.log(mixture.densities(x) @ mixture.weights)))
        mixture = mixture.step(x, mass, inner)
    assert (np.diff(seen) > -1e-9).all()


def test_inner_rounds_are_expectation_steps_of_the_weights_alone():
    x, mass = np.array([-1.0, 0.0, 2.0]), np.array([0.5, 0.2, 0.3])
    start = Mixture([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0])
    weights = start.step(x, mass).weights
    once = Mixture(weights, start.means, start.deviations).step(x, mass)
    twice = start.step(x, mass, inner=2)
    np.testing.assert_allclose(twice.weights, once.weights)
    np.testing.assert_allclose(twice.means, once.means)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="two classes"):
        most_label_information(joint(0, classes=3), 2)
    with pytest.raises(Problem, match="from 0 on"):
        matched_labels(joint(0), np.full(7, -1), 1)
