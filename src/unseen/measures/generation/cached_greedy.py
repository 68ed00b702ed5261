"""What a decoder writes when it reads its own answers, with what was read kept: a symbol more costs one place, not a pass over the string."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unseen._problem import Problem
from unseen.models._attending import AttendingNetwork, Layer
from unseen.models.layers import rows
from unseen.models.positions import Scores
from unseen.models.product import product

Kept = tuple[Float[Array, "places heads size"], Float[Array, "places heads size"]]
"""Keys and values of a layer."""


def cached_greedy(network: AttendingNetwork, x: Int[Array, "n places *pair"], asked: Int[Array, " n"], count: int) -> Int[Array, "n count"]:
    """The `count` likeliest symbols from place `asked` on, each read before the next is written: those of `greedy`, but for ties and rounding.

    Keys and values of all places are computed once; then each symbol passes the layers alone, and looks back at what is kept. For networks of `Decoder` and
    its kin, with any positions that do not hang on the string as a whole.

    Args:
        network: of a `Decoder`.
        x: strings, or pairs of symbol and place, with room for the answer: asked + count ≤ places.
        asked: of each string the place of its ASK symbol, at which the first symbol is answered.
        count: how many symbols are written.

    Raises:
        Problem: for a network that looks ahead, one whose places are drawn for each string, or one that answers at the last place only; for more symbols than
            there are places.

    >>> from unseen._types import Strings, Tokens
    >>> from unseen.models.decoder import Decoder
    >>> network = Decoder(width=8, depth=1, heads=2).build(Tokens(6, 5), Strings(6, 3), jax.random.key(0))
    >>> cached_greedy(network, jnp.array([[0, 1, 3, 0, 0, 0]]), jnp.array([2]), 3).shape
    (1, 3)
    """
    if not (isinstance(network, AttendingNetwork) and network.causal and network.everywhere and network.randomized is None):
        raise Problem(
            "cached_greedy.network: expected the network of a Decoder that answers at every place, with randomized=None, as what is kept must not hang on what "
            f"comes later, got {type(network).__name__}. Use `greedy`, which reads the whole string for each symbol."
        )

    if count > x.shape[1]:
        raise Problem(f"cached_greedy.count: expected at most the {x.shape[1]} places of a string, got {count}. Give strings with room for the answer.")

    def write(x: Array, asked: Array) -> Array:
        symbols, place = (x, jnp.arange(len(x))) if x.ndim == 1 else (x[:, 0], x[:, 1])

        def step(state: tuple[list[Kept], Array], further: Array) -> tuple[tuple[list[Kept], Array], Array]:
            kept, symbol = state
            at = asked + further
            stream, after = _embedded(network, symbol[None], place[at][None]), []
            for layer, one in zip(network.layers, kept, strict=True):
                stream, one = _stepped(layer, stream, one, place, at)
                after.append(one)
            stream = stream if network.final is None else network.final(stream)
            written = jnp.argmax(product(stream[0], network.readout) + network.bias).astype(symbol.dtype)
            return (after, written), written

        return jax.lax.scan(step, (_read(network, symbols, place), symbols[asked]), jnp.arange(count))[1]

    return jax.vmap(write)(x, asked)


def _embedded(network: AttendingNetwork, symbols: Int[Array, " places"], place: Int[Array, " places"]) -> Float[Array, "places width"]:
    return network.added(rows(network.embed, symbols) * math.sqrt(network.embed.shape[1]), place)


def _read(network: AttendingNetwork, symbols: Int[Array, " places"], place: Int[Array, " places"]) -> list[Kept]:
    """Keys and values of all places; those from ASK on are overwritten before they are read."""
    stream, seen, kept = _embedded(network, symbols, place), jnp.tri(len(symbols), dtype=bool), []
    for layer in network.layers:
        kept.append(_asked(layer, stream)[1:])
        stream = layer(stream, place, seen, None, None)
    return kept


def _asked(layer: Layer, x: Float[Array, "places width"]) -> tuple[Array, Array, Array]:
    """Queries, keys and values [places, heads, size]."""
    z = product(layer.norms[0](x) if layer.pre else x, layer.qkv)
    query, key, value = (one.reshape(len(x), layer.heads, -1) for one in jnp.split(z, 3, axis=1))
    return query, key, value


def _stepped(layer: Layer, x: Float[Array, "1 width"], kept: Kept, place: Int[Array, " places"], at: Int[Array, ""]) -> tuple[Float[Array, "1 width"], Kept]:
    """One place through a layer, and what is kept with it."""
    query, key, value = (one[0] for one in _asked(layer, x))
    keys, values = kept[0].at[at].set(key), kept[1].at[at].set(value)
    scores = _scores(layer.scores, query, keys, place, at)
    weights = jax.nn.softmax(jnp.where(jnp.arange(len(keys)) <= at, scores, jnp.finfo(scores.dtype).min), axis=-1)
    mixed = product(jnp.einsum("hk,khd->hd", weights, values).reshape(1, -1), layer.out)
    if layer.pre:
        x = x + mixed
        return x + layer.transform(layer.norms[1](x)), (keys, values)
    x = layer.norms[0](x + mixed)
    return layer.norms[1](x + layer.transform(x)), (keys, values)


def _scores(
    scores: Scores, query: Float[Array, "heads size"], keys: Float[Array, "places heads size"], place: Int[Array, " places"], at: Int[Array, ""]
) -> Float[Array, "heads places"]:
    """How much one query asks of each key: a score hangs on its query, its key and their places alone, so each is that of a string of two symbols."""

    def one(key: Array, there: Array) -> Array:
        return scores(jnp.stack([query, query]), jnp.stack([key, key]), jnp.stack([place[at], there]))[:, 0, 1]

    return jax.vmap(one, out_axes=1)(keys, place)
