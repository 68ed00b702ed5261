"""What recurrent models share: a cell is applied from left to right, and answers are read off its outputs."""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Inputs, Outputs, Strings
from unseen.models.layers import need_tokens, output_shape
from unseen.models.model import Model
from unseen.models.product import product

PIECES = 4


class Cell(eqx.Module):
    """One step of a recurrent network."""

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> PyTree[Array]:
        """The state before the first symbol of a string of which `used` places are not padding."""
        raise NotImplementedError

    def first(self, x: Int[Array, " length"]) -> PyTree[Array]:
        """What depends on the input alone, for all places at once (leading axis length)."""
        raise NotImplementedError

    def __call__(self, state: PyTree[Array], seen: PyTree[Array]) -> tuple[PyTree[Array], Float[Array, " width"]]:
        """(next state, output) from the state and one place of `first`."""
        raise NotImplementedError


def trimmed(function: Callable[[Array], Array], x: Int[Array, " length"], used: Int[Array, ""]) -> Array:
    """`function(x)`, whose cost grows with the length, on no more of the string than the longest of the batch uses.

    `function` maps [length] to [length, …] from left to right. The string is cut at one of `PIECES` evenly spaced lengths: the shortest that holds
    every string of the batch, so that one compiled program serves all lengths; the rest of the result is zero.
    """
    longest = batch_maximum(used)
    cuts = sorted({-(-len(x) * piece // PIECES) for piece in range(1, PIECES + 1)})

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


class Recurrent(eqx.Module):
    """A cell from left to right, then the readout relu(output) @ weight + bias at every place, or at the last used one.

    The rectifier before the readout is that of the code of Delétang et al. (2023).
    """

    cell: Cell
    readout: Float[Array, "width classes"]
    bias: Float[Array, " classes"]
    padding: int | None = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    everywhere: bool = eqx.field(static=True)

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "..."]:
        used = jnp.asarray(len(x)) if self.padding is None else jnp.sum(x != self.padding)

        def read(x: Array) -> Array:
            out = jax.lax.scan(lambda state, seen: self.cell(state, seen), self.cell.initial(x, used), self.cell.first(x))[1]
            return product(jax.nn.relu(out), self.readout) + self.bias

        logits = read(x) if self.padding is None else trimmed(read, x, used)
        return logits if self.everywhere else logits[used - 1].reshape(self.shape)


def recurrent(model: Model, cell: Cell, width: int, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Recurrent:
    """The network around a cell whose outputs have `width` entries."""
    tokens = need_tokens(model, inputs)
    everywhere = isinstance(outputs, Strings)
    shape = output_shape(outputs)
    classes = outputs.count if isinstance(outputs, Strings) else math.prod(shape)
    padding = tokens.vocabulary - 1 if tokens.padding else None
    return Recurrent(cell, fan_in(key, (width, classes)), jnp.zeros(classes), padding, shape, everywhere)


def rows(weight: Float[Array, "vocabulary width"], x: Int[Array, " length"]) -> Float[Array, "length width"]:
    """`weight[x]`, as a product with one-hot vectors: the gradient of a small table is a product too, which is faster than adding up rows one by one."""
    return product(jax.nn.one_hot(x, len(weight), dtype=weight.dtype), weight)


def fan_in(key: PRNGKeyArray, shape: tuple[int, int]) -> Float[Array, "inputs outputs"]:
    """Truncated normal at two deviations, of deviation 1/sqrt(inputs) before truncation: the default of the library that the paper's code uses."""
    return jax.random.truncated_normal(key, -2.0, 2.0, shape) / jnp.sqrt(shape[0])
