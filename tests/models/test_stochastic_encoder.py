"""Values against plain NumPy, and the moments of the noise."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, outputs
from unseen.models.stochastic_encoder import StochasticEncoder

NETWORK = StochasticEncoder(hidden=(6, 5, 3)).build(Reals((4,)), Classes(2), jax.random.key(0))
X = np.asarray(jax.random.normal(jax.random.key(1), (4,)))


def perceptron(network):
    z = np.maximum(X @ network.first + network.biases[0], 0)
    z = np.maximum(z @ network.hidden[0] + network.biases[1], 0)
    return z @ network.readout + network.biases[2]


def test_values():
    mean, deviation = NETWORK.encode(jnp.array(X))
    np.testing.assert_allclose(mean, perceptron(NETWORK.mean), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(deviation, np.log1p(np.exp(perceptron(NETWORK.spread))), rtol=1e-4)
    np.testing.assert_allclose(NETWORK(jnp.array(X)), np.asarray(mean) @ NETWORK.readout + NETWORK.bias, rtol=1e-4, atol=1e-6)


def test_with_a_key_the_layer_is_noisy():
    mean, deviation = NETWORK.encode(jnp.array(X))
    drawn = np.asarray(outputs(NETWORK, jnp.tile(X, (20_000, 1)), jax.random.key(2)))
    np.testing.assert_allclose(drawn.mean(axis=0), np.asarray(mean @ NETWORK.readout + NETWORK.bias), atol=0.02)
    wanted = np.asarray(NETWORK.readout).T @ np.diag(np.asarray(deviation) ** 2) @ np.asarray(NETWORK.readout)
    np.testing.assert_allclose(np.cov(drawn.T), wanted, atol=0.03 * wanted.max())


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="at least two positive widths"):
        StochasticEncoder(hidden=(8,))
