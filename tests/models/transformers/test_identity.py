"""What the two numbers of a head add, against NumPy, and that without them it is the plain transformer."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Tokens, trainable
from unseen.models.transformer import Transformer
from unseen.models.transformers.identity import IdentityTransformer

SHAPE = {"depth": 2, "width": 8, "heads": 2}
X = jnp.array([1, 2, 3, 1])


def built(model, seed=0):
    return model.build(Tokens(4, 7), Classes(5), jax.random.key(seed))


def with_scalars(network, match, carry):
    where = lambda one: [leaf for block in one.blocks for leaf in (block.attention.match, block.attention.carry)]  # noqa: E731
    return eqx.tree_at(where, network, [jnp.array(match), jnp.array(carry)] * len(network.blocks))


def test_it_begins_as_the_plain_transformer_and_stays_it_where_the_sizes_are_zero():
    plain, identity, none = (built(model)(X) for model in (Transformer(**SHAPE), IdentityTransformer(**SHAPE), IdentityTransformer(**SHAPE)))
    np.testing.assert_allclose(identity, plain, atol=1e-5)
    none = with_scalars(built(IdentityTransformer(**SHAPE, match=0.0, carry=0.0)), [0.5, -0.2], [0.3, 0.1])
    np.testing.assert_allclose(none(X), plain, atol=1e-5)
    moved = with_scalars(built(IdentityTransformer(**SHAPE)), [0.5, -0.2], [0.3, 0.1])
    assert np.abs(moved(X) - plain).max() > 1e-3


@pytest.mark.parametrize("last", [False, True])
def test_attention_is_the_formula(last):
    a, b, s, t, width, heads = np.array([0.5, -0.2]), np.array([0.3, 0.1]), 0.7, 1.5, 8, 2
    network = with_scalars(built(IdentityTransformer(**SHAPE, match=s, carry=t)), a, b)
    attention = network.blocks[0].attention
    attention = eqx.tree_at(lambda one: one.biases, attention, (jnp.arange(24) / 30, jnp.arange(8) / 10))
    x = np.asarray(jax.random.normal(jax.random.key(3), (4, width)))
    q, k, v = np.split(x @ np.asarray(attention.qkv) + np.arange(24) / 30, 3, axis=1)
    wanted = np.tile(np.arange(8) / 10, (4, 1))
    for h in range(heads):
        part = slice(4 * h, 4 * h + 4)
        scores = q[:, part] @ k[:, part].T / 2 + s * a[h] * x @ x.T
        scores[np.triu_indices(4, 1)] = -np.inf
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        wanted += weights @ v[:, part] @ np.asarray(attention.out)[part] + t * b[h] * weights @ x
    np.testing.assert_allclose(attention(jnp.asarray(x), last), wanted[-1] if last else wanted, rtol=1e-4, atol=1e-5)


def test_two_numbers_for_each_head_are_trained_and_the_sizes_are_not():
    count = lambda network: sum(leaf.size for leaf in jax.tree.leaves(trainable(network)[0]))  # noqa: E731
    assert count(built(IdentityTransformer(**SHAPE))) == count(built(Transformer(**SHAPE))) + 2 * 2 * 2


def test_wrong_sizes():
    for field in ("match", "carry"):
        with pytest.raises(Problem, match=f"IdentityTransformer.{field}"):
            IdentityTransformer(**{field: -1.0})
