"""The prequential code of Bayesian learners against their marginal likelihood, in closed form and by SciPy."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import multivariate_normal

from unseen._problem import Problem
from unseen.measures.complexity.prequential_code import prequential_code


def coin(x, y):
    """Laplace's rule of succession."""
    p = (y.sum(axis=0) + 1) / (len(y) + 2)
    return lambda x, y: -jnp.log(jnp.where(y == 1, p, 1 - p))


def line(x, y, noise=0.5):
    """Bayesian linear regression with a standard normal prior."""
    precision = jnp.eye(x.shape[1]) + x.T @ x / noise**2
    mean = jnp.linalg.solve(precision, x.T @ y / noise**2)

    def losses(x, y):
        variance = noise**2 + jnp.sum(x * jnp.linalg.solve(precision, x.T).T, axis=1)
        return (jnp.log(2 * jnp.pi * variance) + (y - x @ mean) ** 2 / variance) / 2

    return losses


@pytest.fixture
def regression():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 3))
    return x, x @ rng.normal(size=3) + 0.5 * rng.normal(size=12)


@pytest.mark.parametrize("bits", [[1, 0, 0, 1, 1, 1], [0] * 9])
def test_of_a_coin_it_is_the_beta_function(bits):
    y = jnp.array(bits)
    length, curve = prequential_code(coin, y, y)
    np.testing.assert_allclose(length, -betaln(1 + sum(bits), 1 + len(bits) - sum(bits)), rtol=1e-5)
    assert curve.shape == (len(bits),)


def test_of_linear_regression_it_is_the_marginal_likelihood(regression):
    x, y = regression
    length, _ = prequential_code(line, jnp.asarray(x), jnp.asarray(y))
    np.testing.assert_allclose(length, -multivariate_normal.logpdf(y, np.zeros(12), x @ x.T + 0.25 * np.eye(12)), rtol=1e-4)


def test_the_order_is_no_matter_to_a_bayesian(regression):
    x, y = (jnp.asarray(part) for part in regression)
    turned = prequential_code(line, x[::-1], y[::-1])[0]
    np.testing.assert_allclose(prequential_code(line, x, y)[0], turned, rtol=1e-4)


def test_blocks_are_coded_by_what_was_learned_before_them():
    y = jnp.array([[1, 0], [1, 1], [0, 1], [1, 1], [1, 0]])
    length, curve = prequential_code(coin, y, y, starts=(1, 3))
    by_hand = [-np.log(p) for p in (2 / 3 * 1 / 3 * (3 / 5) ** 2, (1 / 3) ** 2 * 3 / 5 * 2 / 5)]
    np.testing.assert_allclose(length, by_hand, rtol=1e-5)
    np.testing.assert_allclose(curve.sum(axis=0) * 2, by_hand, rtol=1e-5)


@pytest.mark.parametrize("starts", [(), (0, 0), (3, 1), (-1, 2), (0, 6)])
def test_starts_that_make_no_sense_are_refused(starts):
    y = jnp.zeros(6)
    with pytest.raises(Problem, match="starts"):
        prequential_code(coin, y, y, starts)
