import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals
from unseen.measures.complexity.lipschitz import slopes
from unseen.models.mlp import MLP


def test_a_linear_map_has_its_spectral_norm_everywhere():
    weight = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    x = jax.random.normal(jax.random.key(0), (4, 5))
    np.testing.assert_allclose(slopes(lambda one: one @ weight, x), np.linalg.svd(weight)[1][0], rtol=1e-5)


def test_inputs_and_outputs_of_any_shape():
    x = jax.random.normal(jax.random.key(0), (2, 3, 4))
    np.testing.assert_allclose(slopes(lambda one: 2 * one.T, x), 2.0, rtol=1e-5)


def test_a_function_whose_slope_is_known():
    """∂ sin(a·x)/∂x = cos(a·x) a."""
    a, x = np.array([3.0, -4.0], np.float32), jax.random.normal(jax.random.key(1), (6, 2))
    np.testing.assert_allclose(slopes(lambda one: jnp.sin(one @ a), x), 5 * np.abs(np.cos(x @ a)), rtol=1e-5)


def test_a_network_is_at_most_as_steep_as_its_layers_and_as_steep_as_differences_say():
    network = MLP(hidden=(16, 16)).build(Reals((4,)), Classes(3), jax.random.key(0))
    x = jax.random.normal(jax.random.key(1), (20, 4))
    found = slopes(network, x)
    bound = np.prod([np.linalg.norm(w, 2) for w in (network.first, *network.hidden, network.readout)])
    assert (found < bound).all()
    steps = 1e-3 * jax.random.normal(jax.random.key(2), (200, 20, 4))
    moved = jnp.linalg.norm(jax.vmap(jax.vmap(network))(x + steps) - jax.vmap(network)(x), axis=2) / jnp.linalg.norm(steps, axis=2)
    ratio = moved.max(axis=0) / found
    assert (ratio < 1.02).all()
    assert (ratio > 0.85).all()


@pytest.mark.parametrize("wrong", [jnp.zeros((0, 3)), jnp.zeros((2, 3), int)])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match="x: expected"):
        slopes(lambda one: one, wrong)
