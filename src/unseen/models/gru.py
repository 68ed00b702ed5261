"""The network with gated recurrent units (Cho et al. 2014)."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.layers import fan_in, need_tokens
from unseen.models.model import Model
from unseen.models.product import product
from unseen.models.recurrent import Cell, recurrent


class GRUCell(Cell):
    """z = σ(W_z x + U_z h + b_z);  r = σ(W_r x + U_r h + b_r);  h ← z h + (1 − z) tanh(W x + U (r h) + b).

    Attributes:
        symbol: W_z, W_r and W side by side.
        gates: U_z and U_r side by side.
        candidate: U.
    """

    symbol: Float[Array, "vocabulary 3*width"]
    gates: Float[Array, "width 2*width"]
    candidate: Float[Array, "width width"]
    bias: Float[Array, " 3*width"]

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> Float[Array, " width"]:
        """Zeros."""
        return jnp.zeros_like(self.bias, shape=len(self.gates))

    def enter(self, state: Float[Array, " width"], seen: Float[Array, " gates"]) -> Float[Array, " gates"]:
        """Of both gates what their sigmoid is taken of; of the candidate W x + b."""
        gates, candidate = jnp.split(seen, [2 * len(state)])
        return jnp.concatenate([gates + product(state, self.gates), candidate])

    def move(self, state: Float[Array, " width"], entered: Float[Array, " gates"]) -> tuple[Float[Array, " width"], Float[Array, " width"]]:
        """The next state, which is also the output."""
        keep, reset, candidate = jnp.split(entered, 3)
        keep, reset = jax.nn.sigmoid(keep), jax.nn.sigmoid(reset)
        candidate = jnp.tanh(candidate + product(reset * state, self.candidate))
        state = keep * state + (1 - keep) * candidate
        return state, state


class GRU(Model):
    """Gated recurrent units: one gate decides how much of the state stays, one how much of it the candidate sees.

    z = σ(W_z x_t + U_z h_(t-1) + b_z);  r = σ(W_r x_t + U_r h_(t-1) + b_r);  h_t = z h_(t-1) + (1 − z) tanh(W x_t + U (r h_(t-1)) + b), as in
    Cho et al. (2014); answers are read off relu(h_t) by a linear layer. Initial weights are truncated normal with deviation 1/sqrt(fan in) of
    the symbol and of the state, biases 0.

    Attributes:
        width: entries of the state.

    >>> network = GRU(width=8).build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (3,)
    """

    width: int = eqx.field(static=True, default=256)

    def __check_init__(self) -> None:
        expect(self, width=(lambda w: w >= 1, "at least 1"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Recurrent`."""
        at_symbol, at_state, at_readout = jax.random.split(key, 3)
        symbol = fan_in(at_symbol, (need_tokens(self, inputs).vocabulary, 3 * self.width))
        state = fan_in(at_state, (self.width, 3 * self.width))
        cell = GRUCell(symbol, state[:, : 2 * self.width], state[:, 2 * self.width :], jnp.zeros(3 * self.width))
        return recurrent(self, cell, self.width, inputs, outputs, at_readout)
