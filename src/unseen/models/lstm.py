"""The network with long short-term memory (Hochreiter & Schmidhuber 1997)."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.layers import fan_in, need_tokens, rows
from unseen.models.model import Model
from unseen.models.product import product
from unseen.models.recurrent import Cell, recurrent


class LSTMCell(Cell):
    """(i, g, f, o) = W_x x + W_h h + b;  c ← σ(f + 1) c + σ(i) tanh(g);  h ← σ(o) tanh(c)."""

    symbol: Float[Array, "vocabulary 4*width"]
    state: Float[Array, "width 4*width"]
    bias: Float[Array, " 4*width"]

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> tuple[Float[Array, " width"], Float[Array, " width"]]:
        """(h, c) of zeros."""
        zeros = jnp.zeros_like(self.bias, shape=len(self.state))
        return zeros, zeros

    def first(self, x: Int[Array, " length"]) -> Float[Array, "length gates"]:
        """W_x x + b, with the 1 of the forget gate: a row of the matrix for each symbol."""
        forget = jnp.zeros_like(self.bias).reshape(4, -1).at[2].set(1).reshape(-1)
        return rows(self.symbol, x) + (self.bias + forget)

    def enter(self, state: tuple[Float[Array, " width"], Float[Array, " width"]], seen: Float[Array, " gates"]) -> Float[Array, " gates"]:
        """W_x x + W_h h + b."""
        return seen + product(state[0], self.state)

    def move(
        self, state: tuple[Float[Array, " width"], Float[Array, " width"]], entered: Float[Array, " gates"]
    ) -> tuple[tuple[Float[Array, " width"], Float[Array, " width"]], Float[Array, " width"]]:
        """The next (h, c), and h, which is the output."""
        _, c = state
        enter, candidate, forget, leave = jnp.split(entered, 4)
        c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(enter) * jnp.tanh(candidate)
        h = jax.nn.sigmoid(leave) * jnp.tanh(c)
        return (h, c), h


class LSTM(Model):
    """Long short-term memory: gates decide what a memory c_t keeps, takes in and shows; answers are read off relu(h_t) by a linear layer.

    (i, g, f, o) = W_x x_t + W_h h_(t-1) + b;  c_t = σ(f + 1) c_(t-1) + σ(i) tanh(g);  h_t = σ(o) tanh(c_t).
    Initial weights are truncated normal with deviation 1/sqrt(vocabulary + width), biases 0. With the defaults it is the LSTM of Delétang et al.
    (2023); it has the forget gate of Gers et al. (2000), which the first version (Hochreiter & Schmidhuber 1997) lacks.

    Attributes:
        width: entries of the state.

    >>> network = LSTM(width=8).build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (3,)
    """

    width: int = eqx.field(static=True, default=256)

    def __check_init__(self) -> None:
        expect(self, width=(lambda w: w >= 1, "at least 1"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Recurrent`."""
        at_cell, at_readout = jax.random.split(key)
        vocabulary = need_tokens(self, inputs).vocabulary
        both = fan_in(at_cell, (vocabulary + self.width, 4 * self.width))  # one layer of symbol and state, as the paper's code has it
        cell = LSTMCell(both[:vocabulary], both[vocabulary:], jnp.zeros(4 * self.width))
        return recurrent(self, cell, self.width, inputs, outputs, at_readout)
