"""Divergences with the exact denoiser of normal variables against closed forms; a trained network against the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen.measures.information.gaussian_information import dual_total_correlation, total_correlation
from unseen.measures.information.score_network import ScoreNetwork, conditional, divergence, fit_scores, joint, marginal, noised, score_correlations, spread

SIZES = (1, 2)
COVARIANCE = np.array([[1.0, 0.7, 0.2], [0.7, 1.0, 0.3], [0.2, 0.3, 1.0]])
THREE = np.array([[1.0, 0.7071, 0.0], [0.7071, 1.0, 0.495], [0.0, 0.495, 1.0]])


def solved(a, b):
    """a⁻¹ b for a positive definite matrix, by elimination: thousands of small LAPACK calls at once can wait for each other's threads."""
    for i in range(len(b)):
        row, value, factor = a[i] / a[i, i], b[i] / a[i, i], a[:, i].at[i].set(0.0)
        a, b = (a - factor[:, None] * row).at[i].set(row), (b - factor * value).at[i].set(value)
    return b


def exact(covariance, sizes):
    """ε̂ = E[ε | seen] of normal variables: the regression of ε on what is seen, absent coordinates replaced by pure noise."""

    def noise(x, level, status):
        mean, deviation = jnp.sqrt(jax.nn.sigmoid(-level)), jnp.sqrt(jax.nn.sigmoid(level))
        each = spread(status, sizes)
        gain = jnp.where(each == 1, mean, jnp.where(each == 0, 1.0, 0.0))
        seen = gain[:, None] * jnp.asarray(covariance) * gain + jnp.diag(jnp.where(each == 1, deviation**2, jnp.where(each == 0, 1e-6, 1.0)))
        return jnp.where(each == 1, deviation * solved(seen, x), 0.0)

    return noise


def sample(covariance, n, key=0):
    return jax.random.multivariate_normal(jax.random.key(key), jnp.zeros(len(covariance)), jnp.asarray(covariance), (n,))


@pytest.mark.parametrize(("covariance", "sizes"), [(COVARIANCE, SIZES), (THREE, (1, 1, 1))])
def test_with_the_exact_scores_divergences_are_the_closed_forms(covariance, sizes):
    found = score_correlations(exact(covariance, sizes), sizes, sample(covariance, 40_000), jax.random.key(1))
    expected = total_correlation(covariance, sizes), dual_total_correlation(covariance, sizes)
    np.testing.assert_allclose(found, expected, rtol=0.04)


def test_information_of_two_is_the_divergence_of_one_alone_from_one_given_the_other():
    alone, given = marginal(2)[:1], conditional(2)[:1]
    found = float(divergence(exact(COVARIANCE, SIZES), SIZES, sample(COVARIANCE, 40_000), alone, given, jax.random.key(2)))
    assert found == pytest.approx(total_correlation(COVARIANCE, SIZES), rel=0.04)


def test_a_trained_network_comes_near_and_an_untrained_one_does_not():
    network = ScoreNetwork.build(SIZES, jax.random.key(3), hidden=(32, 32))
    statuses = jnp.concatenate([joint(2), marginal(2), conditional(2)])
    trained = fit_scores(network, sample(COVARIANCE, 10_000), statuses, jax.random.key(4), steps=1500, batch=128)
    truth = total_correlation(COVARIANCE, SIZES)
    found = np.array(score_correlations(trained, SIZES, sample(COVARIANCE, 10_000, 1), jax.random.key(5)))
    assert abs(found - truth).max() < 0.08
    assert abs(np.array(score_correlations(network, SIZES, sample(COVARIANCE, 10_000, 1), jax.random.key(5))) - truth).max() > 0.2


def test_what_is_seen_follows_the_status():
    x, eps = jnp.array([1.0, 2.0, 3.0]), jnp.array([10.0, 20.0, 30.0])
    seen = noised(x, eps, jnp.array(0.0), jnp.array([1, 0]), SIZES)
    np.testing.assert_allclose(seen, [np.sqrt(0.5) * 11, 2, 3], rtol=1e-6)
    np.testing.assert_allclose(noised(x, eps, jnp.array(0.0), jnp.array([-1, 0]), SIZES), [0, 2, 3], rtol=1e-6)
    network = ScoreNetwork.build(SIZES, jax.random.key(6))
    other = network(x.at[0].set(-5.0), jnp.array(0.5), jnp.array([-1, 1]))
    np.testing.assert_array_equal(other, network(x, jnp.array(0.5), jnp.array([-1, 1])))
