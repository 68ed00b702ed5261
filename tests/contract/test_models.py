"""What holds for every model."""

import functools
import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery import components
from unseen._types import Classes, Problem, Reals, Strings, Tokens, Values, outputs, trainable
from unseen.models.mixture_of_experts import ExpertDecoder
from unseen.models.model import Model
from unseen.models.places import Answering
from unseen.models.transformer import Decoder

MODELS = components("unseen.models", Model)
SETTINGS = [(Tokens(2, 7), Classes(7)), (Tokens(2, 7), Values(())), (Reals((6,)), Classes(2)), (Reals((3, 2)), Values(()))]


def inputs_of(kind, n=3):
    key = jax.random.key(1)
    return jax.random.randint(key, (n, kind.length), 0, kind.vocabulary) if isinstance(kind, Tokens) else jax.random.normal(key, (n, *kind.shape))


@functools.cache
def built(name):
    """The settings for which the model says that it can be built, each with the compiled function of a key that builds it, and a network."""
    cls, found = MODELS[name], []
    for kind, out in SETTINGS:
        build = functools.partial(eqx.filter_jit(cls().build), kind, out)
        try:
            found.append((kind, out, build, build(jax.random.key(0))))
        except Problem as problem:
            message = str(problem)
            assert "expected" in message
            assert cls.__name__ in message
    return found


def equal(one, other):
    """`eqx.tree_equal` without compiling a comparison for every shape."""
    return eqx.tree_equal(*(jax.tree.map(lambda leaf: np.asarray(leaf) if plain(leaf) else leaf, tree) for tree in (one, other)))


def plain(leaf):
    return eqx.is_array(leaf) and not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def test_found():
    assert len(MODELS) >= 9


@pytest.mark.parametrize("name", MODELS)
def test_every_model(name):
    assert built(name)
    for kind, out, _, network in built(name):
        x = inputs_of(kind)
        shape = (len(x), out.count) if isinstance(out, Classes) else (len(x), *out.shape)
        params, rest = trainable(network)
        assert jax.tree.leaves(params), "nothing to train"

        def both(params, x, rest=rest):
            z = outputs(eqx.combine(params, rest), x)
            return jnp.sum(z**2 + z), (z, outputs(eqx.combine(params, rest), x, jax.random.key(5)))

        (_, (first, drawn)), gradient = jax.jit(jax.value_and_grad(both, has_aux=True))(params, x)
        assert first.shape == drawn.shape == shape
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((first, gradient)))
        alone = eqx.filter_jit(network)
        one_by_one = np.stack([alone(row) for row in np.asarray(x)])
        np.testing.assert_allclose(one_by_one, first, rtol=1e-4, atol=1e-5, err_msg="evaluation is deterministic, one example at a time or many")


@pytest.mark.parametrize("name", MODELS)
def test_keys(name):
    """The same key gives the same network; another key another one, unless the documentation says that the key is not used."""
    _, _, build, network = built(name)[0]
    same, other = build(jax.random.key(0)), build(jax.random.key(1))
    assert equal(network, same)
    if "The key is not used" not in MODELS[name].__doc__:
        assert not equal(network, other)


@pytest.mark.parametrize("name", MODELS)
def test_scales_are_leaves(name):
    """Every floating-point field may be traced: one program for all its values."""
    cls = MODELS[name]
    kind, out, _, _ = built(name)[0]
    model = cls()
    numbers, rest = eqx.partition(model, lambda leaf: isinstance(leaf, float))
    numbers = jax.tree.map(lambda f: jnp.array([f, 0.5 * f]), numbers)
    if not jax.tree.leaves(numbers):
        return
    many = jax.vmap(lambda numbers: eqx.filter(eqx.combine(numbers, rest).build(kind, out, jax.random.key(0)), eqx.is_array))
    assert all(len(leaf) == 2 for leaf in jax.tree.leaves(jax.eval_shape(many, numbers)))


def test_a_string_without_symbols():
    """Where all places answer there is nothing to say; where the last one does, there is none, alone or in a batch."""
    silent = set()
    for cls, outs, padding in itertools.product(MODELS.values(), (Classes(3), Strings(4, 3)), (False, True)):
        try:
            network = eqx.filter_eval_shape(cls().build, Tokens(4, 6, padding=padding), outs, jax.random.key(0))
        except Problem:
            continue
        if not isinstance(network, Answering | Decoder | ExpertDecoder):
            continue
        for batch in ((), (2,)):
            x = jnp.zeros((*batch, 0), jnp.int32)
            answer = functools.partial(eqx.filter_eval_shape, jax.vmap(network, axis_name="batch") if batch else network, x)
            if isinstance(outs, Strings):
                assert answer().shape == (*batch, 0, 3)
            else:
                with pytest.raises(Problem, match=r"^x: expected (at least one place|a string of 2 symbols).* got shape \(0,\)"):
                    answer()
        silent.add(cls.__name__)
    assert silent >= {"RNN", "LSTM", "GRU", "StackRNN", "TapeRNN", "NondeterministicStackRNN", "Seq2Seq", "Encoder", "Decoder", "Transformer"}
