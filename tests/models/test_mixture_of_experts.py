"""Mixtures against a plain transformer and a loop over experts."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Tokens
from unseen.models.mixture_of_experts import MixtureOfExperts

KEY = jax.random.key(0)
X = jnp.array([1, 2, 6])


def built(**fields):
    return eqx.filter_jit(MixtureOfExperts(**fields).build)(Tokens(3, 7), Classes(7), KEY)


def test_a_loop_over_the_chosen_experts():
    network = built(depth=1, width=8, heads=2, experts=5, active=2, hidden=6, activation="relu")
    block = network.blocks[0]
    stream = network.embed[X] + network.positions
    stream = (stream + block.attention(block.norms[0](stream)))[-1]
    normed = np.asarray(block.norms[1](stream))
    shares = np.asarray(jax.nn.softmax(normed @ block.gate))
    out = np.asarray(stream)
    for expert in np.argsort(-shares)[:2]:
        out = out + shares[expert] * (np.maximum(normed @ np.asarray(block.up[expert]), 0) @ np.asarray(block.down[expert]))
    np.testing.assert_allclose(network(X), network.final(jnp.asarray(out)) @ network.readout, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(network.routing(X)[0, -1], np.where(shares >= np.sort(shares)[-2], shares, 0), rtol=1e-4)


def test_routing():
    network = built(width=16, hidden=8)
    routing = np.asarray(eqx.filter_jit(network.routing)(X))
    assert routing.shape == (3, 3, 8)
    np.testing.assert_array_equal((routing > 0).sum(-1), 2)
    assert float(routing.sum(-1).max()) <= 1.0


def test_idle_experts_do_not_matter():
    network = built(depth=1, width=16, hidden=8)
    idle = int(np.argmin(np.asarray(eqx.filter_jit(network.routing)(X))[0, -1]))
    changed = eqx.tree_at(lambda n: n.blocks[0].up, network, network.blocks[0].up.at[idle].add(100.0))
    np.testing.assert_allclose(eqx.filter_jit(changed)(X), eqx.filter_jit(network)(X), rtol=1e-6)


def test_mistakes():
    with pytest.raises(Problem, match="active"):
        MixtureOfExperts(experts=2, active=3)


def test_a_sequence_longer_than_the_table():
    network = built(depth=1, width=8, heads=2, hidden=4)
    for function in (network, network.routing):
        with pytest.raises(Problem, match="expected at most the 3 places that they were built for, got a sequence of 4"):
            function(jnp.array([1, 2, 6, 0]))
