"""The simple recurrent network (Elman 1990)."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.layers import ACTIVATIONS, activation, fan_in, need_tokens
from unseen.models.model import Model
from unseen.models.product import product
from unseen.models.recurrent import Cell, recurrent


class SimpleCell(Cell):
    """h ← activation(W_x x + W_h h + b)."""

    symbol: Float[Array, "vocabulary width"]
    state: Float[Array, "width width"]
    bias: Float[Array, " width"]
    activation: str = eqx.field(static=True)

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> Float[Array, " width"]:
        """Zeros."""
        return jnp.zeros_like(self.bias)

    def enter(self, state: Float[Array, " width"], seen: Float[Array, " width"]) -> Float[Array, " width"]:
        """W_x x + W_h h + b."""
        return seen + product(state, self.state)

    def move(self, state: Float[Array, " width"], entered: Float[Array, " width"]) -> tuple[Float[Array, " width"], Float[Array, " width"]]:
        """The next state, which is also the output."""
        state = activation(self.activation)(entered)
        return state, state


class RNN(Model):
    """Simple recurrent network: h_t = activation(W_x x_t + W_h h_(t-1) + b), answers read off relu(h) by a linear layer.

    Initial weights are truncated normal with deviation init_scale/sqrt(fan in), biases 0. With the defaults it is the RNN of Delétang et al. (2023).

    Attributes:
        width: entries of the state.
        activation: "relu" as in the paper's code, "tanh", …
        init_scale: multiplies all initial weights.

    >>> network = RNN(width=8).build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (3,)
    """

    width: int = eqx.field(static=True, default=256)
    activation: str = eqx.field(static=True, default="relu")
    init_scale: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(self, width=(lambda w: w >= 1, "at least 1"), activation=(lambda a: a in ACTIVATIONS, "a known activation"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Recurrent`."""
        at_symbol, at_state, at_readout = jax.random.split(key, 3)
        vocabulary = need_tokens(self, inputs).vocabulary
        cell = SimpleCell(fan_in(at_symbol, (vocabulary, self.width)), fan_in(at_state, (self.width, self.width)), jnp.zeros(self.width), self.activation)
        network = recurrent(self, cell, self.width, inputs, outputs, at_readout)
        return jax.tree.map(lambda leaf: self.init_scale * leaf if eqx.is_inexact_array(leaf) else leaf, network)
