"""The simple recurrent network with a differentiable tape (Delétang et al. 2023)."""

import itertools
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

ACTIONS = 5
State = tuple[Float[Array, " width"], Float[Array, "tapes size cell"], Float[Array, ""]]


def moved(tape: Float[Array, "tapes size cell"], action: Float[Array, "tapes 5"], jump: Float[Array, ""]) -> Float[Array, "tapes size cell"]:
    """Each tape, a ring whose entry 0 is under the head, moved by 0, +1, -1, +jump and -jump entries of the head, in the shares of `action`.

    >>> moved(jnp.array([[[1.0], [2.0], [3.0]]]), jnp.array([[0.0, 1, 0, 0, 0]]), jnp.array(2.0)).ravel().tolist()  # the head one entry on
    [2.0, 3.0, 1.0]
    """
    size, jump = tape.shape[1], jump.astype(int)
    place = jnp.arange(size)
    stay, left, right, jump_left, jump_right = (action[:, one, None, None] for one in range(ACTIONS))
    near = stay * tape + left * jnp.roll(tape, -1, axis=1) + right * jnp.roll(tape, 1, axis=1)
    return near + jump_left * tape[:, (place + jump) % size] + jump_right * tape[:, (place - jump) % size]


class TapeCell(Cell):
    """h ← activation(W_x x + W_h h + W_m read + b), then the value of an MLP is written and the tapes move.

    Attributes:
        state: W_h above W_m.
        control: the actions of each tape, then the first layer of the MLP.
        layers: the further layers of the MLP.
        sizes: of a tape: how many entries, and of how many numbers each.
        symbols: how many symbols are of the string: those after it ask for the answer, or are padding.
    """

    symbol: Float[Array, "vocabulary width"]
    state: Float[Array, "width+read width"]
    bias: Float[Array, " width"]
    control: Float[Array, "width controls"]
    control_bias: Float[Array, " controls"]
    layers: tuple[tuple[Float[Array, "inputs outputs"], Float[Array, " outputs"]], ...]
    tapes: int = eqx.field(static=True)
    sizes: tuple[int, int] = eqx.field(static=True)
    symbols: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> State:
        """Zeros, empty tapes, and the length of the string, by which the head can jump."""
        return jnp.zeros_like(self.bias), jnp.zeros_like(self.bias, shape=(self.tapes, *self.sizes)), jnp.sum(x < self.symbols, dtype=self.bias.dtype)

    def enter(self, state: State, seen: Float[Array, " width"]) -> Float[Array, " width"]:
        """W_x x + W_h h + W_m read + b."""
        h, tape, _ = state
        return seen + product(jnp.concatenate([h, tape[:, 0].reshape(-1)]), self.state)

    def move(self, state: State, entered: Float[Array, " width"]) -> tuple[State, Float[Array, " width"]]:
        """The next (h, tapes, length), and h, which is the output."""
        _, tape, jump = state
        h = activation(self.activation)(entered)
        action, value = jnp.split(product(h, self.control) + self.control_bias, [self.tapes * ACTIONS])
        for weight, bias in self.layers:
            value = product(jax.nn.relu(value), weight) + bias
        written = jnp.concatenate([value.reshape(self.tapes, 1, -1), tape[:, 1:]], axis=1)
        tape = moved(written, jax.nn.softmax(action.reshape(self.tapes, ACTIONS), axis=-1), jump)
        return (h, tape, jump), h


class TapeRNN(Model):
    """Simple recurrent network that reads and writes the entry of a tape under a head, and moves the head, each to the share that a softmax gives.

    h_t = activation(W_x x_t + W_h h_(t-1) + W_m m_(t-1)[0] + b);  m' = m_(t-1) with the entry 0 replaced by MLP(h_t);
    (a_0, …, a_4) = softmax(A h_t + c);  m_t[i] = a_0 m'[i] + a_1 m'[i+1] + a_2 m'[i-1] + a_3 m'[i+n] + a_4 m'[i-n], indices modulo `size`.
    n is the length of the string: of inputs with padding, the symbols other than the last two of the vocabulary (those that ask for an answer,
    and padding); of other inputs all. Answers are read off relu(h_t) by a linear layer. Initial weights are truncated normal with deviation
    1/sqrt(fan in), biases 0. With the defaults it is the Tape-RNN of the code of Delétang et al. (2023), with the size of its example.

    Attributes:
        width: entries of the state.
        cell: numbers in one entry of a tape.
        size: entries of a tape, which is a ring. No weight depends on it.
        tapes: how many.
        hidden: widths of the hidden layers of the MLP, with rectifiers; () for a linear map.
        activation: "relu" as in the paper's code, "tanh", …

    >>> network = TapeRNN(width=8, size=5).build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (3,)
    """

    width: int = eqx.field(static=True, default=256)
    cell: int = eqx.field(static=True, default=8)
    size: int = eqx.field(static=True, default=40)
    tapes: int = eqx.field(static=True, default=1)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64, 64))
    activation: str = eqx.field(static=True, default="relu")

    def __check_init__(self) -> None:
        expect(
            self,
            width=(lambda w: w >= 1, "at least 1"),
            cell=(lambda c: c >= 1, "at least 1"),
            size=(lambda s: s >= 1, "at least 1"),
            tapes=(lambda t: t >= 1, "at least 1"),
            hidden=(lambda h: isinstance(h, tuple) and all(w >= 1 for w in h), "a tuple of widths of at least 1"),
            activation=(lambda a: a in ACTIVATIONS, "a known activation"),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Recurrent`."""
        at_input, at_state, at_control, at_readout, *at_layers = jax.random.split(key, 4 + len(self.hidden))
        tokens, read = need_tokens(self, inputs), self.tapes * self.cell
        entering = fan_in(at_input, (tokens.vocabulary + read, self.width))  # symbol and what is read are one input
        widths = (*self.hidden, read)
        controls = self.tapes * ACTIONS + widths[0]
        cell = TapeCell(
            symbol=entering[: tokens.vocabulary],
            state=jnp.concatenate([fan_in(at_state, (self.width, self.width)), entering[tokens.vocabulary :]]),
            bias=jnp.zeros(self.width),
            control=fan_in(at_control, (self.width, controls)),
            control_bias=jnp.zeros(controls),
            layers=tuple((fan_in(k, shape), jnp.zeros(shape[1])) for k, shape in zip(at_layers, itertools.pairwise(widths), strict=True)),
            tapes=self.tapes,
            sizes=(self.size, self.cell),
            symbols=tokens.vocabulary - 2 if tokens.padding else tokens.vocabulary,
            activation=self.activation,
        )
        return recurrent(self, cell, self.width, inputs, outputs, at_readout)
