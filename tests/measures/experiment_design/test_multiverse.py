"""Maps of a space of choices against the algebra of Gaussian processes, conditioning by hand, sampling, and functions whose indices are known."""

import numpy as np
import pytest
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from unseen._types import Problem
from unseen.measures.experiment_design.multiverse import Posterior, explore, sensitivity, surrogate, upper_confidence_bound, variance_reduction

SPACE = np.stack(np.meshgrid(np.linspace(0, 1, 6), np.linspace(0, 1, 5), indexing="ij"), axis=-1).reshape(-1, 2)
KERNEL = ConstantKernel(1.5) * Matern([0.4, 0.8], nu=2.5) + WhiteKernel(0.2)
CHOSEN = np.array([0, 7, 7, 20, 29])
OUTCOMES = np.array([1.0, 3.0, 2.5, -1.0, 0.5])


def matern(a, b):
    r = np.sqrt(5 * (((a[:, None] - b[None]) / [0.4, 0.8]) ** 2).sum(axis=-1))
    return 1.5 * (1 + r + r**2 / 3) * np.exp(-r)


def conditioned(chosen, outcomes):
    """Mean and covariance of standardized outcomes, by the textbook formula."""
    gain = matern(SPACE, SPACE[chosen]) @ np.linalg.inv(matern(SPACE[chosen], SPACE[chosen]) + 0.2 * np.eye(len(chosen)))
    return gain @ outcomes, matern(SPACE, SPACE) - gain @ matern(SPACE[chosen], SPACE)


def test_the_surrogate_is_the_conditioned_process_in_the_unit_of_the_outcomes():
    found, kernel = surrogate(SPACE, CHOSEN, OUTCOMES, KERNEL)
    center, scale = OUTCOMES.mean(), OUTCOMES.std()
    mean, covariance = conditioned(CHOSEN, (OUTCOMES - center) / scale)
    np.testing.assert_allclose(found.mean, center + scale * mean, rtol=1e-6)
    np.testing.assert_allclose(found.covariance, scale**2 * covariance, atol=1e-6)
    assert found.noise == pytest.approx(0.2 * scale**2)
    assert kernel == KERNEL, "a kernel that is given is not fit"


def test_variance_reduction_is_what_one_more_run_takes_away():
    """Whatever its outcome is, of which the variance knows nothing."""
    _, covariance = conditioned(CHOSEN, np.zeros(5))
    expected = [(np.diag(covariance) - np.diag(conditioned(np.append(CHOSEN, i), np.zeros(6))[1])).mean() for i in range(len(SPACE))]
    np.testing.assert_allclose(variance_reduction(Posterior(np.zeros(len(SPACE)), covariance, 0.2)), expected, rtol=1e-8)


def test_the_share_of_effects_is_that_of_sampled_functions():
    mean, covariance = conditioned(CHOSEN, OUTCOMES)
    drawn = np.random.default_rng(0).multivariate_normal(mean, covariance, 40_000)
    effects = np.zeros((2, len(SPACE)))
    effects[0, [0, 29]], effects[1, [12, 13, 14]] = (1, -1), (1, -2, 1)
    found = Posterior(mean, covariance, 0.2)
    assert found.share(0.4) == pytest.approx((drawn > 0.4).mean(), abs=0.01)
    assert found.share(0.4, effects) == pytest.approx((drawn @ effects.T > 0.4).mean(), abs=0.01)


def hill(i):
    return float(np.exp(-8 * ((SPACE[i] - [0.2, 0.75]) ** 2).sum()))


def test_exploring_spreads_and_optimizing_gathers_at_the_top():
    where = {}
    for name, acquisition in (("explore", variance_reduction), ("optimize", upper_confidence_bound)):
        posterior, chosen = explore(SPACE, hill, acquisition, np.random.default_rng(1), first=5, budget=15)
        assert len(set(chosen.tolist())) == 15
        where[name] = np.mean([hill(i) for i in chosen[5:]])
        if name == "explore":
            truth = np.array([hill(i) for i in range(len(SPACE))])
            assert np.sqrt(np.mean((posterior.mean - truth) ** 2)) < 0.25 * truth.std()
    assert where["optimize"] > where["explore"] + 0.15


def test_exploration_does_not_look_at_outcomes_but_through_the_kernel():
    """Outcomes on another scale and with another sign lead to the same runs."""
    runs = [explore(SPACE, outcome, variance_reduction, np.random.default_rng(2), first=5, budget=12)[1] for outcome in (hill, lambda i: 3 - 10 * hill(i))]
    np.testing.assert_array_equal(*runs)


def test_outcomes_that_are_all_alike_are_mapped_as_such():
    posterior, _ = explore(SPACE, lambda i: 2.0, variance_reduction, np.random.default_rng(0), first=3, budget=5)
    np.testing.assert_allclose(posterior.mean, 2.0)


def test_sensitivities_of_a_sum_and_of_a_product():
    """Of u + 2 v, 1 : 4 and no interaction; of u v with means 0, all is interaction; of (1 + u)(1 + v) with Var u = Var v = s: s : s : s²."""
    u = np.array([-1.0, 0.0, 1.0])
    for one in sensitivity(u[:, None] + 2 * u[None, :]):
        np.testing.assert_allclose(one, [0.2, 0.8])
    alone, total = sensitivity(u[:, None] * u[None, :])
    np.testing.assert_allclose([*alone, *total], [0, 0, 1, 1], atol=1e-12)
    alone, total = sensitivity((1 + u[:, None]) * (1 + u[None, :]))
    s = 2 / 3
    np.testing.assert_allclose([*alone, *total], np.array([s, s, s + s**2, s + s**2]) / (2 * s + s**2))
    np.testing.assert_array_equal(sensitivity(np.ones((2, 3))), np.zeros((2, 2)))


@pytest.mark.parametrize(("first", "budget"), [(1, 5), (5, 4), (5, 31)])
def test_a_budget_that_cannot_be(first, budget):
    with pytest.raises(Problem, match="first, budget"):
        explore(SPACE, hill, variance_reduction, np.random.default_rng(0), first=first, budget=budget)


def test_one_run_is_too_few_for_a_surrogate():
    with pytest.raises(Problem, match="chosen, outcomes"):
        surrogate(SPACE, CHOSEN[:1], OUTCOMES[:1])
