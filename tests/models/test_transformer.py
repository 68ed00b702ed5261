"""The decoder against plain NumPy, and against the parameter count of the reference implementation of Grokfast."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from unseen._types import Classes, Problem, Reals, Tokens, Values, outputs
from unseen.models.transformer import Transformer

KEY = jax.random.key(0)


def layer_norm(x, norm):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * np.asarray(norm.scale, float) + np.asarray(norm.shift, float)


def attention(x, layer):
    """Head by head, query by query, in double precision."""
    length, width = x.shape
    z = x @ np.asarray(layer.qkv, float) + (0 if layer.biases is None else np.asarray(layer.biases[0], float))
    query, key, value = z[:, :width], z[:, width : 2 * width], z[:, 2 * width :]
    size, out = width // layer.heads, np.zeros((length, width))
    for head in range(layer.heads):
        part = slice(head * size, (head + 1) * size)
        for i in range(length):
            scores = np.array([query[i, part] @ key[j, part] / math.sqrt(size) for j in range(i + 1)])
            weights = np.exp(scores - scores.max())
            out[i, part] = sum(w * value[j, part] for j, w in enumerate(weights / weights.sum()))
    return out @ np.asarray(layer.out, float) + (0 if layer.biases is None else np.asarray(layer.biases[1], float))


def mlp(x, block):
    act = {"relu": lambda z: np.maximum(z, 0), "gelu": lambda z: 0.5 * z * (1 + erf(z / math.sqrt(2))), "quad": np.square}[block.activation]
    up, down = (0, 0) if block.biases is None else (np.asarray(b, float) for b in block.biases)
    return act(x @ np.asarray(block.up, float) + up) @ np.asarray(block.down, float) + down


def decoder(network, tokens):
    """All positions, nothing saved."""
    x = np.asarray(network.embed, float)[tokens]
    if network.positions is not None:
        x = x + np.asarray(network.positions, float)
    for block in network.blocks:
        if block.norm == "stream":
            x = layer_norm(x, block.norms[0])
            x = x + attention(x, block.attention)
            x = x + mlp(layer_norm(x, block.norms[1]), block)
        elif block.norm == "pre":
            x = x + attention(layer_norm(x, block.norms[0]), block.attention)
            x = x + mlp(layer_norm(x, block.norms[1]), block)
        elif block.norm == "post":
            x = layer_norm(x + attention(x, block.attention), block.norms[0])
            x = layer_norm(x + mlp(x, block), block.norms[1])
        else:
            x = x + attention(x, block.attention)
            x = x + mlp(x, block)
    x = x if network.final is None else layer_norm(x, network.final)
    size = math.prod(network.shape)
    return (x[-1] @ (np.asarray(network.embed, float)[:size].T if network.readout is None else np.asarray(network.readout, float))).reshape(network.shape)


def shaken(network):
    """The same structure with no weight at a special value (zero biases, unit scales), so that each one matters."""
    leaves, structure = jax.tree.flatten(network)
    draw = np.random.default_rng(0).standard_normal
    return jax.tree.unflatten(structure, [jnp.asarray(np.asarray(leaf) + 0.2 * draw(leaf.shape), leaf.dtype) for leaf in leaves])


def built(model, *kinds):
    return eqx.filter_jit(model.build)(*kinds, KEY)


@pytest.mark.parametrize("norm", ["pre", "post", "none", "stream"])
@pytest.mark.parametrize("fields", [{}, {"activation": "gelu", "positions": "none", "bias": False, "depth": 1}, {"tied": True, "activation": "quad"}])
def test_forward_pass_equals_numpy(norm, fields):
    model = Transformer(width=12, heads=3, norm=norm, **fields)
    network = shaken(built(model, Tokens(4, 9), Classes(7)))
    x = np.random.default_rng(3).integers(0, 9, (5, 4), np.int32)
    expected = np.stack([decoder(network, np.asarray(row)) for row in x])
    np.testing.assert_allclose(eqx.filter_jit(outputs)(network, x), expected, rtol=2e-4, atol=2e-4)


def test_is_the_decoder_of_grokfast():
    """p = 97: 99 tokens, 5 positions, two blocks of width 128 with four heads: the parameters of its main.py, counted by layer."""
    network = built(Transformer(norm="stream", activation="gelu", init="torch"), Tokens(5, 99), Classes(99))
    block = 2 * (2 * 128) + (3 * 128 * 128 + 3 * 128) + (128 * 128 + 128) + (128 * 512 + 512) + (512 * 128 + 128)
    assert sum(leaf.size for leaf in jax.tree.leaves(network)) == 99 * 128 + 5 * 128 + 2 * block + 2 * 128 + 128 * 99
    first = network.blocks[0]
    assert np.abs(first.attention.qkv).max() == pytest.approx(math.sqrt(6 / (128 + 3 * 128)), rel=1e-3)
    assert np.abs(first.attention.out).max() == pytest.approx(1 / math.sqrt(128), rel=1e-3)
    assert np.abs(first.down).max() == pytest.approx(1 / math.sqrt(512), rel=1e-3)
    assert 0.9 / math.sqrt(128) < np.abs(first.biases[0]).max() <= 1 / math.sqrt(128)
    assert np.std(network.embed) == pytest.approx(1.0, rel=0.02) and not first.attention.biases[0].any()


def test_only_what_is_read_is_computed():
    """The last block's MLP sees one position: fewer products than twice the first block's share."""

    def products(length):
        network = built(Transformer(depth=1, width=32), Tokens(length, 9), Classes(7))
        return jax.jit(lambda x: network(x)).lower(jnp.zeros(length, int)).compile().cost_analysis()["flops"]

    assert products(8) - products(4) < 1.5 * 4 * 2 * (2 * 32 * 32)  # four more positions cost keys and values, no query, no MLP


def test_initial_scales():
    network = built(Transformer(width=64, init_scale=2.0), Tokens(4, 500), Classes(500))
    assert np.std(network.embed) == pytest.approx(2 / 8, rel=0.03)
    assert np.std(network.readout) == pytest.approx(2 / 8, rel=0.03)
    assert np.std(network.blocks[1].down) == pytest.approx(2 / 16, rel=0.03)


def test_dropout():
    network = built(Transformer(width=16, dropout=0.5), Tokens(3, 5), Classes(5))
    x = jnp.array([1, 2, 3])
    assert not jnp.allclose(network(x, key=KEY), network(x, key=jax.random.key(1)))
    off = built(Transformer(width=16, dropout=0.0), Tokens(3, 5), Classes(5))
    np.testing.assert_allclose(off(x, key=KEY), network(x), rtol=1e-4, atol=1e-5)
    plain = built(Transformer(width=16), Tokens(3, 5), Classes(5))
    assert "random" not in str(jax.make_jaxpr(lambda k: plain(x, key=k))(KEY))


def test_real_inputs_and_values():
    network = Transformer(width=16).build(Reals((3, 6)), Values((2, 2)), KEY)
    assert network(jnp.ones((3, 6))).shape == (2, 2)


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"width": 10}, "multiple"), ({"activation": "rleu"}, "activation"), ({"norm": "before"}, "'pre'"), ({"dropout": 1.0}, "rate"), ({"depth": 0}, "1")],
)
def test_mistakes(fields, word):
    with pytest.raises(Problem, match=word):
        Transformer(**fields)


def test_mistakes_at_build():
    with pytest.raises(Problem, match="Reals"):
        Transformer().build(Reals((3,)), Classes(2), KEY)
    with pytest.raises(Problem, match="tied"):
        built(Transformer(tied=True), Tokens(2, 3), Classes(5))


def test_a_sequence_longer_than_the_table():
    """What would do is named, and does."""
    with pytest.raises(Problem, match=r"expected at most the 3 places that they were built for, got a sequence of 4\..*'none' of a Transformer"):
        built(Transformer(width=8, depth=1), Tokens(3, 5), Classes(2))(jnp.array([1, 2, 3, 0]))
    assert built(Transformer(width=8, depth=1, positions="none"), Tokens(3, 5), Classes(2))(jnp.array([1, 2, 3, 0])).shape == (2,)
