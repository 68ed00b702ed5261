import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, Tokens
from unseen.models.graph_network import GraphNetwork


def layered(layer, x):
    return np.maximum(x @ np.asarray(layer.first) + np.asarray(layer.shift), 0) @ np.asarray(layer.second) + np.asarray(layer.offset)


@pytest.mark.parametrize("rounds", [1, 3])
def test_messages_by_hand(rounds):
    network = GraphNetwork(rounds=rounds, width=8).build(Reals((5, 5)), Classes(3), jax.random.key(0))
    x = np.random.default_rng(0).normal(size=(5, 5)).astype(np.float32)
    h = np.ones((5, 1))
    for layer in network.rounds:
        h = np.maximum(np.array([layered(layer, np.concatenate([h[i], sum(x[i, j] * h[j] for j in range(5)) / np.sqrt(5)])) for i in range(5)]), 0)
    np.testing.assert_allclose(network(jnp.asarray(x)), layered(network.readout, h.sum(axis=0) / np.sqrt(5)), rtol=2e-4, atol=1e-5)


def test_the_numbering_of_nodes_does_not_matter_but_edges_do():
    network = GraphNetwork(rounds=2, width=8).build(Reals((6, 6)), Classes(2), jax.random.key(1))
    x = jax.random.rademacher(jax.random.key(2), (6, 6), float)
    order = np.random.default_rng(0).permutation(6)
    np.testing.assert_allclose(network(x[order][:, order]), network(x), rtol=1e-4, atol=1e-6)
    assert not np.allclose(network(x[order]), network(x), atol=1e-3), "rows alone"


def test_after_one_round_only_degrees_count():
    network = GraphNetwork(rounds=1, width=8).build(Reals((6, 6)), Classes(2), jax.random.key(1))
    x = jax.random.rademacher(jax.random.key(2), (6, 6), float)
    np.testing.assert_allclose(network(jax.random.permutation(jax.random.key(3), x, axis=1, independent=True)), network(x), rtol=1e-5)


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"width": 0}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        GraphNetwork(**wrong)


@pytest.mark.parametrize("inputs", [Reals((4, 5)), Reals((4,)), Tokens(4, 2)])
def test_other_inputs_are_refused(inputs):
    with pytest.raises(Problem, match="square matrices"):
        GraphNetwork(rounds=2).build(inputs, Classes(2), jax.random.key(0))


def test_one_round_takes_edges_to_other_nodes():
    network = GraphNetwork(width=8).build(Reals((3, 2)), Classes(2), jax.random.key(0))
    x = jax.random.normal(jax.random.key(1), (3, 2))
    h = np.maximum(layered(network.rounds[0], np.column_stack([np.ones(3), np.asarray(x).sum(axis=1) / np.sqrt(2)])), 0)
    np.testing.assert_allclose(network(x), layered(network.readout, h.sum(axis=0) / np.sqrt(3)), rtol=1e-4, atol=1e-5)
