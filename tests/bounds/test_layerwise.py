"""Against torch's divergences, SciPy's distances, the law of an example given the mean of all, and gaps that are known."""

import numpy as np
import pytest
from scipy.stats import norm, wasserstein_distance

from unseen._problem import Problem
from unseen.bounds.layerwise import kl_gap, normal_distance, normal_divergence, wasserstein_gap

SHIFT = np.array([[0.3, -1.0, 0.5], [0.0, 0.0, 2.0]])


def test_divergence_is_torchs():
    torch = pytest.importorskip("torch")

    def normal(mean, variance):
        return torch.distributions.MultivariateNormal(torch.tensor(mean), variance * torch.eye(3, dtype=torch.float64))

    wanted = [float(torch.distributions.kl_divergence(normal(shift, 0.8 * 2.0), normal(np.zeros(3), 2.0))) for shift in SHIFT]
    np.testing.assert_allclose(normal_divergence(SHIFT, 0.8, 2.0), wanted)


def test_distance_is_of_the_transport_between_quantiles_and_at_least_the_first_order_one():
    q = (np.arange(100_000) + 0.5) / 100_000
    first, second = norm.ppf(q, 0.7, np.sqrt(0.6 * 2.0)), norm.ppf(q, 0.0, np.sqrt(2.0))
    found = float(normal_distance(np.array([0.7]), 0.6, 2.0))
    assert found == pytest.approx(np.sqrt(np.mean((first - second) ** 2)), rel=1e-3)
    assert found > wasserstein_distance(first, second)


def test_the_input_of_a_class_mean_has_the_information_of_one_example_in_the_mean_of_all():
    """Given their mean, examples are normal around it with the variance shrunk by 1 - 1/n; the mean divergence is -d/2 ln(1 - 1/n)."""
    rng, n, d = np.random.default_rng(0), 10, 4
    examples = rng.standard_normal((20_000, n, d))
    mean = examples.mean(axis=1)
    around = examples[:, 0] - mean
    np.testing.assert_allclose(np.cov(around.T), (1 - 1 / n) * np.eye(d), atol=0.03)
    np.testing.assert_allclose(around.T @ mean / len(mean), 0, atol=0.01)
    assert normal_divergence(mean, 1 - 1 / n).mean() == pytest.approx(-d / 2 * np.log(1 - 1 / n), rel=0.02)


def test_bounds_hold_for_the_threshold_and_the_ramp_that_give_the_largest_gaps():
    for moved in (0.05, 0.3, 1.0):
        gap = norm.cdf(moved / 2) - norm.cdf(-moved / 2)  # of the loss 1(t > moved / 2) between N(moved, 1) and N(0, 1)
        assert gap <= kl_gap(normal_divergence(np.array([moved]), 1.0)) <= 1.35 * gap
        assert wasserstein_gap(moved, 0.25) == pytest.approx(0.25 * moved)  # of the loss t / 4


def test_is_the_mean_over_examples_and_scales_with_sigma():
    assert kl_gap([0.02, 0.08, 0.0]) == pytest.approx(0.1)
    assert kl_gap(0.02, sigma=1.0) == pytest.approx(0.2)
    assert wasserstein_gap([1.0, 3.0], 2.0) == 4.0


@pytest.mark.parametrize("wrong", [lambda: kl_gap(-0.1), lambda: kl_gap(0.1, -1.0), lambda: wasserstein_gap(1.0, -1.0)])
def test_says_what_is_wrong(wrong):
    with pytest.raises(Problem, match="at least 0"):
        wrong()
