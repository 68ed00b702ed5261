"""Low-rank adapters: where they start, what moves, and in which rank."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, trainable
from unseen.models.adapters import Adapters
from unseen.models.mlp import MLP
from unseen.models.subspace import Subspace

KEY, X = jax.random.key(0), jnp.array([0.3, -1.0, 2.0])


def built(rank=2):
    return Adapters(MLP(hidden=(8, 6), bias=True), rank=rank).build(Reals((3,)), Classes(4), KEY)


def moved(network, key=KEY):
    params, rest = trainable(network)
    leaves, structure = jax.tree.flatten(params)
    keys = jax.random.split(key, len(leaves))
    return eqx.combine(jax.tree.unflatten(structure, [leaf + jax.random.normal(k, leaf.shape) for leaf, k in zip(leaves, keys, strict=True)]), rest)


def test_it_starts_as_the_network():
    network = built()
    np.testing.assert_array_equal(network(X), network.initial.value(X))


def test_matrices_move_by_the_products_and_nothing_else_moves():
    network = moved(built())
    before, after = network.initial.value, network.network
    for (a, b), old, new in zip(network.factors, (before.first, *before.hidden, before.readout), (after.first, *after.hidden, after.readout), strict=True):
        np.testing.assert_allclose(new - old, a @ b, atol=1e-5)
        assert np.linalg.matrix_rank(np.asarray(new - old), tol=1e-4) == 2
    np.testing.assert_array_equal(before.biases[0], after.biases[0])
    z = jax.nn.relu(jax.nn.relu(X @ after.first + after.biases[0]) @ after.hidden[0] + after.biases[1])
    np.testing.assert_allclose(network(X), z @ after.readout + after.biases[2], rtol=1e-5, atol=1e-5)


def test_only_factors_are_trained():
    sizes = [leaf.size for leaf in jax.tree.leaves(trainable(built(rank=3))[0])]
    assert sum(sizes) == 3 * ((3 + 8) + (8 + 6) + (6 + 4))


def test_in_a_subspace_matrices_are_quadratic_in_the_coordinates():
    network = Subspace(Adapters(MLP(hidden=(8,)), rank=2), dimension=5).build(Reals((3,)), Classes(4), KEY)
    assert trainable(network)[0].coordinates.shape == (5,)

    def first(scale):
        return eqx.tree_at(lambda one: one.coordinates, network, scale * jnp.arange(1.0, 6.0)).network.network.first

    second = first(2.0) - 2 * first(1.0) + first(0.0)
    third = first(3.0) - 3 * first(2.0) + 3 * first(1.0) - first(0.0)
    assert np.abs(second).max() > 0.1
    np.testing.assert_allclose(third, 0, atol=1e-3)


def test_what_cannot_be():
    with pytest.raises(Problem):
        Adapters(rank=0)
