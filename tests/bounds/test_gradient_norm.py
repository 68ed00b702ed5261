"""Cumulants by quadrature, for losses of a normal number; coverage where everything is known."""

import math

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.gradient_norm import cumulant_bound, gradient_norm_bound

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(120)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
SQUARE = (lambda z: (z - 1) ** 2, lambda z: 2 * (z - 1))
SOFTPLUS = (lambda z: np.logaddexp(0, 8 + z), lambda z: 1 / (1 + np.exp(-8 - z)))
SINE = (lambda z: 2 + 2 * np.sin(3 * z), lambda z: 6 * np.cos(3 * z))


def exact(loss, s):
    """(ln E e^{-sℓ} + s E ℓ, E ℓ) of a standard normal number."""
    values = loss(NODES)
    mean = float(WEIGHTS @ values)
    return math.log(float(WEIGHTS @ np.exp(-s * values))) + s * mean, mean


@pytest.mark.parametrize(("loss", "slope"), [SQUARE, SOFTPLUS, SINE])
@pytest.mark.parametrize("s", [0.003, 0.03, 0.3])
def test_limits_the_cumulant(loss, slope, s):
    truth, mean = exact(loss, s)
    assert truth <= float(cumulant_bound(mean, float(WEIGHTS @ slope(NODES) ** 2), s))


def test_is_nearly_attained_by_losses_that_are_nearly_linear_and_half_of_it_is_wrong():
    truth, mean = exact(SOFTPLUS[0], 0.003)
    bound = float(cumulant_bound(mean, float(WEIGHTS @ SOFTPLUS[1](NODES) ** 2), 0.003))
    assert bound / 2 < truth <= bound < 1.05 * truth


def test_scales_with_the_variance_of_the_example():
    """A loss of σ z with z standard normal: the gradient by the example is 1/σ of that by z, the constant σ²."""
    mean, square = exact(SQUARE[0], 0.1)[1], float(WEIGHTS @ SQUARE[1](NODES) ** 2)
    one = cumulant_bound(mean, square, 0.1)
    assert float(cumulant_bound(mean, square / 9, 0.1, constant=9.0)) == pytest.approx(float(one))


def test_fails_at_most_as_often_as_promised():
    """Two predictors with losses (z - 1)² and (z + 1)² of the same mean; the posterior takes the one that looks better, at a KL of ln 2."""
    rng, n, delta, lam = np.random.default_rng(0), 10, 0.2, 2.0
    prior = {"prior_loss": np.array([2.0, 2.0]), "prior_gradient": np.array([8.0, 8.0])}  # E(z-1)² = 2, E 4(z-1)² = 8
    sample = rng.standard_normal((4000, n))
    seen = np.minimum(((sample - 1) ** 2).mean(axis=1), ((sample + 1) ** 2).mean(axis=1))
    bounds = np.array([gradient_norm_bound(float(one), math.log(2), n, delta, temperature=lam, **prior).value for one in seen])
    assert (bounds < 2.0).mean() <= delta
    nothing = prior | {"prior_gradient": np.zeros(2)}
    wrong = np.array([gradient_norm_bound(float(one), 0.0, n, 0.999, temperature=lam, **nothing).value for one in seen])
    assert (wrong < 2.0).mean() > delta, "without the distance, the moment and the price of chance it fails"


def test_refusals():
    good = {"prior_loss": np.ones(2), "prior_gradient": np.ones(2), "temperature": 1.0}
    with pytest.raises(Problem, match="empirical"):
        gradient_norm_bound(float("inf"), 1.0, 10, **good)
    with pytest.raises(Problem, match="gradient"):
        gradient_norm_bound(0.5, 1.0, 10, **(good | {"prior_gradient": np.array([1.0, np.nan])}))
