"""What networks share that answer at every place of a string, or at its last: the readout, and that padding costs little and changes nothing."""

import math
from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Outputs, Strings, Tokens
from unseen.models.layers import fan_in, need_last, output_shape
from unseen.models.product import product


class Answering(eqx.Module):
    """A network that reads its answers off features of every place: features @ readout + bias. Its fields of these names come from `answering`.

    Attributes:
        padding: the symbol that stands for nothing, or None.
        shape: of the outputs.
        everywhere: whether all places answer, or only the last that is not padding.
        pieces: at how many lengths a string may be cut (`trimmed`). Each is compiled: many for a network that compiles fast and whose cost grows with length.
    """

    pieces: ClassVar[int] = 2

    readout: eqx.AbstractVar[Array]
    bias: eqx.AbstractVar[Array]
    padding: eqx.AbstractVar[int | None]
    shape: eqx.AbstractVar[tuple[int, ...]]
    everywhere: eqx.AbstractVar[bool]

    def answers(self, features: Callable[[Array, Array], Array], x: Int[Array, "length *place"]) -> Float[Array, "..."]:
        """What is answered to x (symbols, or pairs of symbol and place), from `features(x, used)` [length, width].

        `used` counts the places that are not padding.
        """
        if not len(x):
            return self.nothing(x)
        symbols = x if x.ndim == 1 else x[:, 0]
        used = jnp.asarray(len(x)) if self.padding is None else jnp.sum(symbols != self.padding)

        def read(x: Array) -> Array:
            return product(features(x, used), self.readout) + self.bias

        logits = read(x) if self.padding is None else trimmed(read, x, used, self.pieces)
        return logits if self.everywhere else logits[used - 1].reshape(self.shape)

    def nothing(self, x: Int[Array, "0 *place"]) -> Float[Array, "0 classes"]:
        """What is answered to a string without symbols: nothing, if all places answer.

        Raises:
            Problem: if the last place answers, as there is none.
        """
        if not self.everywhere:
            need_last(x)
        return jnp.zeros_like(self.bias, shape=(0, len(self.bias)))


def answering(width: int, tokens: Tokens, outputs: Outputs, key: PRNGKeyArray) -> dict[str, Any]:
    """The fields of an `Answering` network whose features have `width` entries."""
    everywhere = isinstance(outputs, Strings)
    shape = outputs.shape if isinstance(outputs, Strings) else output_shape(outputs)
    classes = outputs.count if isinstance(outputs, Strings) else math.prod(shape)
    padding = tokens.vocabulary - 1 if tokens.padding else None
    return {"readout": fan_in(key, (width, classes)), "bias": jnp.zeros(classes), "padding": padding, "shape": shape, "everywhere": everywhere}


def trimmed(function: Callable[[Array], Array], x: Int[Array, "length *place"], used: Int[Array, ""], pieces: int) -> Array:
    """`function(x)`, whose cost grows with the length, on no more of the string than the longest of the batch uses.

    `function` maps [length] to [length, …], and what it gives at used places rests on used places alone. The string is cut at one of `pieces`
    evenly spaced lengths: the shortest that holds every string of the batch, so that one compiled program serves all lengths; the rest of the
    result is zero.

    >>> trimmed(lambda x: 10 * x, jnp.arange(8), jnp.array(3), 2).tolist()  # cut in the middle: what is beyond is 0
    [0, 10, 20, 30, 0, 0, 0, 0]
    """
    longest = batch_maximum(used)
    cuts = sorted({-(-len(x) * piece // pieces) for piece in range(1, pieces + 1)})

    def upto(cut: int) -> Callable[[Array], Array]:
        def cut_short(x: Array) -> Array:
            out = function(x[:cut])
            return jnp.pad(out, [(0, len(x) - cut)] + [(0, 0)] * (out.ndim - 1))

        return cut_short

    return jax.lax.switch(jnp.sum(longest > jnp.array(cuts[:-1])), [upto(cut) for cut in cuts], x)


def batch_maximum(value: Int[Array, ""]) -> Int[Array, ""]:
    """The largest value among the examples of the batch; the value itself outside of a batch."""
    try:
        return jax.lax.pmax(value, "batch")
    except NameError:
        return value
