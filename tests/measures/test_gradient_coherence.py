"""Coherence against gradients that are formed, for all examples and for some, and at its two ends."""

from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Examples, Problem, Reals, Snapshot, outputs, trainable
from unseen.measures.gradient_coherence import GradientCoherence, gradient_coherence
from unseen.measures.per_example import gradient_statistics
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError
from unseen.models.mlp import MLP

KEYS = jax.random.split(jax.random.key(100), 3)
X, Y = jax.random.normal(KEYS[0], (9, 4)), jnp.arange(9) % 3
NETWORK = MLP(hidden=(5,), bias=True, activation="tanh").build(Reals((4,)), Classes(3), KEYS[1])
SOME = jnp.array([True, False, True, True, False, False, True, False, True])


def formed():
    """[n, size] gradients, one row an example."""
    params, rest = trainable(NETWORK)
    one = jax.grad(lambda p, x, y: CrossEntropy().each(outputs(eqx.combine(p, rest), x[None]), y[None])[0])
    rows = jax.vmap(one, (None, 0, 0))(params, X, Y)
    return np.concatenate([np.asarray(leaf, float).reshape(len(X), -1) for leaf in jax.tree.leaves(rows)], axis=1)


@pytest.mark.parametrize("members", [None, SOME])
def test_against_formed_gradients(members):
    rows = formed() if members is None else formed()[np.asarray(members)]
    found = gradient_coherence(NETWORK, CrossEntropy(), Examples(X, Y), members)
    pairs = np.mean(rows @ rows.T) / np.mean(np.sum(rows**2, axis=1))  # E over pairs ⟨g_i, g_j⟩ is ‖E g‖²
    np.testing.assert_allclose([found.alpha, found.m_coherence], [pairs, len(rows) * pairs], rtol=1e-4)
    if members is None:
        np.testing.assert_allclose(found.m_coherence, gradient_statistics(NETWORK, CrossEntropy(), Examples(X, Y)).coherence, rtol=1e-4)


def test_its_two_ends():
    linear = eqx.tree_at(lambda net: net.weight, eqx.nn.Linear(4, 1, use_bias=False, key=KEYS[2]), jnp.zeros((1, 4)))
    orthogonal = gradient_coherence(linear, SquaredError(), Examples(jnp.eye(4), jnp.ones((4, 1))))
    same = gradient_coherence(linear, SquaredError(), Examples(jnp.ones((4, 4)), jnp.ones((4, 1))))
    np.testing.assert_allclose([orthogonal.m_coherence, same.m_coherence], [1, 4], rtol=1e-5)


def test_probe_and_bad_input():
    split = Examples(X, Y, {"corrupted": SOME})
    cell = SimpleNamespace(task=SimpleNamespace(outputs=Classes(3)), method=SimpleNamespace(objective=CrossEntropy()))
    found = jax.jit(lambda net: GradientCoherence(where=("corrupted",))(Snapshot(net, net, {"train": split}, cell, None, jnp.array(0), KEYS[2])))(NETWORK)
    for name, members in {"train": None, "train_corrupted": SOME, "train_not_corrupted": ~SOME}.items():
        expected = gradient_coherence(NETWORK, CrossEntropy(), split, members)
        np.testing.assert_allclose([found[f"{name}_alpha"], found[f"{name}_m_coherence"]], [expected.alpha, expected.m_coherence], rtol=1e-4)
    with pytest.raises(Problem, match=r"members: expected one truth value for each of the 9 examples"):
        gradient_coherence(NETWORK, CrossEntropy(), split, SOME[:3])
