"""The transformer on strings that differ at two places is `Transformer`: outputs, gradients, initial weights; and less is computed."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, Tokens, outputs, trainable
from unseen.models.transformer import Transformer
from unseen.models.transformers.two_symbols import TwoSymbolTransformer

CASES = [
    ({"norm": "stream", "activation": "gelu", "init": "torch", "depth": 3}, (9, None, 7, None)),
    ({"norm": "post", "bias": False, "depth": 1}, (None, None, 3)),
    ({"norm": "none", "positions": "none", "tied": True, "activation": "tanh"}, (None, 4, 4, None, 0, 4)),
]
PLAIN = (None, 7, None, 8)


def strings(symbols, count=30, vocabulary=10):
    drawn = iter(np.random.default_rng(0).integers(vocabulary, size=(2, count)))
    return jnp.asarray(np.stack([next(drawn) if symbol is None else np.full(count, symbol) for symbol in symbols], axis=1))


def built(fields, symbols):
    """Both networks, with weights that are all different from 0 and 1: a bias of 0 would hide that it is left out."""
    fields = {"width": 16, "heads": 4} | fields
    inputs, key = Tokens(len(symbols), 10), jax.random.key(1)
    both = (model.build(inputs, Classes(7), key) for model in (Transformer(**fields), TwoSymbolTransformer(**fields, symbols=symbols)))
    moved = lambda leaf: leaf + 0.3 * np.random.default_rng(leaf.size).normal(size=leaf.shape).astype(np.float32)  # noqa: E731
    return [eqx.combine(jax.tree.map(moved, params), rest) for params, rest in map(trainable, both)]


@eqx.filter_jit
def both(network, x):
    """Outputs, and the gradient of a sum that tells them apart."""

    def loss(network):
        out = outputs(network, x)
        return jnp.sum(jnp.sin(out * jnp.arange(1.0, 8.0))), out

    gradient, out = eqx.filter_grad(loss, has_aux=True)(network)
    return out, jax.tree.leaves(gradient)


@pytest.mark.parametrize(("fields", "symbols"), CASES)
def test_is_the_transformer(fields, symbols):
    x = strings(symbols)
    (theirs, far), (ours, near) = (both(network, x) for network in built(fields, symbols))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    for one, other in zip(near, far, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4 * max(1.0, np.abs(other).max()))


def test_another_string_gives_nan():
    plain, shared = built({}, PLAIN)
    x = jnp.array([[1, 7, 2, 8], [1, 7, 2, 7], [1, 2, 2, 8], [9, 7, 0, 8]])
    ours, theirs = (np.asarray(eqx.filter_jit(outputs)(network, x)) for network in (shared, plain))
    assert np.isnan(ours).all(axis=1).tolist() == [False, True, True, False]
    np.testing.assert_allclose(ours[[0, 3]], theirs[[0, 3]], rtol=1e-4, atol=1e-4)


def test_starts_from_the_weights_of_the_transformer():
    key, inputs = jax.random.key(3), Tokens(4, 10)
    plain = Transformer(width=16).build(inputs, Classes(7), key)
    shared = TwoSymbolTransformer(width=16, symbols=PLAIN).build(inputs, Classes(7), key)
    assert all(np.array_equal(one, other) for one, other in zip(jax.tree.leaves(plain), jax.tree.leaves(shared), strict=True))


def test_computes_less():
    """Products with a matrix of width² for each place: 14 at each of 4 places and 10 at the last, against 3 for each row of the first block that stands
    for one symbol, 11 for all else at 2·10 shared places and at 2 of each string, and 10 at the last."""
    plain, shared = built({"width": 128}, PLAIN)
    x = strings(PLAIN, 512)
    ours, theirs = (jax.jit(lambda x, network=network: outputs(network, x)).lower(x).cost_analysis()["flops"] for network in (shared, plain))
    expected = (3 * (2 * 10 + 11) + 11 * (2 * 10 + 2 * 512) + 10 * 512) / (14 * 4 * 512 + 10 * 512)
    assert ours / theirs == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    ("fields", "inputs", "said"),
    [
        ({"symbols": (None, 1, None)}, Tokens(4, 10), "4 places"),
        ({"symbols": (None, 10, None, 1)}, Tokens(4, 10), "below 10"),
        ({"symbols": (None, 1, 2)}, Tokens(3, 10), "two of them None"),
        ({"symbols": (None, -1, None)}, Tokens(3, 10), "two of them None"),
        ({"dropout": 0.1}, Tokens(2, 10), "Use Transformer"),
        ({}, Reals((2, 3)), "Tokens"),
        ({"symbols": [None, 1, None]}, Tokens(3, 10), r"symbols: expected symbols by place.* got \[None, 1, None\]"),
        ({"symbols": (None, True, None)}, Tokens(3, 10), r"symbols: expected symbols by place.* got \(None, True, None\)"),
    ],
)
def test_wrong_input_is_named(fields, inputs, said):
    with pytest.raises(Problem, match=said):
        TwoSymbolTransformer(width=16, **fields).build(inputs, Classes(7), jax.random.key(0))
