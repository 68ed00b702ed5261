"""Against Shannon's information, maximum likelihood by a general minimiser, and the bounds of the theory."""

import numpy as np
import pytest
from scipy.optimize import minimize

from unseen._problem import Problem
from unseen.measures.information.semantic_information import logical_probability, optimal_truth, rate_for_information, semantic_information, semantic_posterior


def law(seed=0, shape=(6, 3)):
    return np.random.default_rng(seed).dirichlet(np.ones(shape[0] * shape[1])).reshape(shape)


def shannon(joint):
    return np.sum(joint * np.log(joint / (joint.sum(axis=1, keepdims=True) * joint.sum(axis=0))))


def test_the_posterior_is_bayes_where_truth_is_a_channel():
    joint = law()
    prior = joint.sum(axis=1)
    posterior = semantic_posterior(prior, 0.5 * joint / prior[:, None])
    np.testing.assert_allclose(posterior, joint / joint.sum(axis=0))
    np.testing.assert_allclose(logical_probability(prior, joint / prior[:, None]), joint.sum(axis=0))


def test_is_at_most_shannon_s_information_and_equal_to_it_for_the_optimal_truth():
    joint, rng = law(1), np.random.default_rng(2)
    assert semantic_information(joint, optimal_truth(joint)) == pytest.approx(shannon(joint))
    assert optimal_truth(joint).max(axis=0) == pytest.approx(1)
    assert all(semantic_information(joint, rng.uniform(0.01, 1, joint.shape)) < shannon(joint) for _ in range(20))


def test_of_a_world_in_which_little_is_said_of_what_a_label_is_true_of():
    joint = np.array([[0.1, 0.3], [0.2, 0.4]])
    truth = np.array([[1.0, 0.5], [0.2, 1.0]])
    whole = [0.4 * 1.0 + 0.6 * 0.2, 0.4 * 0.5 + 0.6 * 1.0]
    expected = sum(joint[i, j] * np.log(truth[i, j] / whole[j]) for i in (0, 1) for j in (0, 1))
    assert semantic_information(joint, truth) == pytest.approx(expected)
    false = np.array([[1.0, 0.0], [0.2, 1.0]])
    assert semantic_information(joint, false) == -np.inf


def test_most_semantic_information_is_maximum_likelihood_and_finds_the_truth():
    x = np.linspace(-2, 2, 9)
    prior = np.random.default_rng(3).dirichlet(np.ones(9))

    def truth(v):
        return np.exp(-((x - v[0]) ** 2) / 2 / np.exp(v[1]))

    said = 0.6 * truth([0.3, -0.7])
    joint = prior[:, None] * np.stack([said, 1 - said], axis=1)

    def likelihood(v):
        weight = prior * truth(v)
        return -np.sum(joint[:, 0] * np.log(weight / weight.sum()))

    def lost(v):
        return -semantic_information(joint, np.stack([truth(v), np.ones(9)], axis=1))

    found = minimize(lost, [0.1, 0.0]).x
    np.testing.assert_allclose(found, minimize(likelihood, [0.1, 0.0]).x, atol=1e-3)
    np.testing.assert_allclose(found, [0.3, -0.7], atol=1e-3)


def test_r_of_g_touches_g_at_slope_one_and_lies_above_it_elsewhere():
    joint = law(4)
    prior, truth = joint.sum(axis=1), optimal_truth(joint)
    points = np.array([rate_for_information(prior, truth, slope, 20_000) for slope in (0.5, 1.0, 2.0)])
    assert points[1] == pytest.approx([shannon(joint)] * 2, abs=1e-4)
    assert (points[[0, 2], 0] > points[[0, 2], 1]).all()
    assert (np.diff(points, axis=0) > 0).all(), "more semantic information takes a larger rate"


def test_no_other_channel_conveys_as_much_for_less():
    prior, truth = np.array([0.5, 0.3, 0.2]), np.array([[1.0, 0.3], [0.6, 0.5], [0.1, 1.0]])
    rate, conveyed = rate_for_information(prior, truth, 1.5)
    ratio = np.log(truth / (prior @ truth))

    def lagrangian(logits):
        said = 1 / (1 + np.exp(-np.stack([logits, -logits], axis=1)))
        joint = prior[:, None] * said
        return shannon(joint) - 1.5 * np.sum(joint * ratio)

    best = min(minimize(lagrangian, start).fun for start in np.random.default_rng(0).normal(size=(5, 3)))
    assert rate - 1.5 * conveyed == pytest.approx(best, abs=1e-5)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="degrees"):
        semantic_posterior(np.array([0.5, 0.5]), np.array([[0.0], [0.0]]))
