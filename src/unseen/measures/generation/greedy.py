"""What a network writes when it reads its own answers."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from unseen._types import outputs


def greedy(network: Callable[..., Any], x: Int[Array, "n places"], asked: Int[Array, " n"], count: int) -> Int[Array, "n count"]:
    """The `count` likeliest symbols from place `asked` on, each read before the next is written.

    For causal networks that answer at every place (`Decoder` on `Autoregressive` tasks), where the answer to place p is what stands at p + 1. What stands in x
    after place `asked` is not read. One pass over the whole of x for each symbol.

    Args:
        network: one string → logits (places, classes).
        x: strings with room for the answer: asked + count ≤ places.
        asked: of each string the place of its ASK symbol, at which the first symbol is answered.
        count: how many symbols are written.

    >>> greedy(lambda x, key: jax.nn.one_hot(x + 1, 9), jnp.array([[5, 3, 0, 0]]), jnp.array([1]), 3).tolist()
    [[4, 5, 6]]
    """
    row = jnp.arange(len(x))

    def step(x: Array, further: Array) -> tuple[Array, Array]:
        symbol = jnp.argmax(outputs(network, x)[row, asked + further], axis=-1).astype(x.dtype)
        return x.at[row, asked + further + 1].set(symbol, mode="drop"), symbol

    return jax.lax.scan(step, x, jnp.arange(count))[1].T
