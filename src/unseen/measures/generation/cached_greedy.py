"""What a decoder writes when it reads its own answers, with what was read kept: a symbol more costs one place, not a pass over the string."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from unseen._problem import Problem
from unseen.models._attending import AttendingNetwork
from unseen.models.transformers.layer import Kept


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

        def step(state: tuple[list[Kept], Array], at: Array) -> tuple[tuple[list[Kept], Array], Array]:
            kept, symbol = state
            logits, kept = network.step(symbol, place, at, kept)
            written = jnp.argmax(logits).astype(symbol.dtype)
            return (kept, written), written

        return jax.lax.scan(step, (network.read(x), symbols[asked]), asked + jnp.arange(count))[1]

    return jax.vmap(write)(x, asked)
