"""The simple recurrent network with a differentiable stack (Joulin & Mikolov 2015)."""

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

State = tuple[Float[Array, " width"], Float[Array, "stacks size cell"]]


def moved(stack: Float[Array, "stacks size cell"], action: Float[Array, "stacks 3"], value: Float[Array, "stacks cell"]) -> Float[Array, "stacks size cell"]:
    """Each stack (entry 0 on top) pushed upon, popped and left alone, in the shares of `action`; what a full stack pushes out is lost.

    >>> stack, value = jnp.array([[[1.0], [2.0]]]), jnp.array([[9.0]])
    >>> [moved(stack, jnp.array([action]), value).ravel().tolist() for action in ([1.0, 0, 0], [0.0, 1, 0], [0.0, 0, 1])]  # push, pop, rest
    [[9.0, 1.0], [2.0, 0.0], [1.0, 2.0]]
    """
    push, pop, rest = (action[:, one, None, None] for one in range(3))
    longer = jnp.concatenate([value[:, None], stack, jnp.zeros_like(stack[:, :1])], axis=1)
    return push * longer[:, :-2] + pop * longer[:, 2:] + rest * stack


class StackCell(Cell):
    """h ← activation(W_x x + W_h h + W_s top + b), then (value, action) = D h + d and the stacks move.

    Attributes:
        state: W_h above W_s.
        control: D: for each stack the value, then the three actions.
        sizes: of a stack: how many entries (None: as many as there are places), and of how many numbers each.
    """

    symbol: Float[Array, "vocabulary width"]
    state: Float[Array, "width+read width"]
    bias: Float[Array, " width"]
    control: Float[Array, "width controls"]
    control_bias: Float[Array, " controls"]
    stacks: int = eqx.field(static=True)
    sizes: tuple[int | None, int] = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> State:
        """Zeros and empty stacks."""
        size, cell = self.sizes
        return jnp.zeros_like(self.bias), jnp.zeros_like(self.bias, shape=(self.stacks, len(x) if size is None else size, cell))

    def enter(self, state: State, seen: Float[Array, " width"]) -> Float[Array, " width"]:
        """W_x x + W_h h + W_s top + b."""
        h, stack = state
        return seen + product(jnp.concatenate([h, stack[:, 0].reshape(-1)]), self.state)

    def move(self, state: State, entered: Float[Array, " width"]) -> tuple[State, Float[Array, " width"]]:
        """The next (h, stacks), and h, which is the output."""
        stack, h = state[1], activation(self.activation)(entered)
        control = (product(h, self.control) + self.control_bias).reshape(self.stacks, -1)
        stack = moved(stack, jax.nn.softmax(control[:, -3:], axis=-1), control[:, :-3])
        return (h, stack), h


class StackRNN(Model):
    """Simple recurrent network that reads the top of a stack and pushes, pops or leaves it, each to the share that a softmax gives.

    h_t = activation(W_x x_t + W_h h_(t-1) + W_s s_(t-1)[0] + b);  (v, a) = D h_t + d;  (push, pop, rest) = softmax(a);
    s_t[0] = push v + pop s_(t-1)[1] + rest s_(t-1)[0];  s_t[i] = push s_(t-1)[i-1] + pop s_(t-1)[i+1] + rest s_(t-1)[i].
    Entries beyond the bottom are 0. Answers are read off relu(h_t) by a linear layer. Initial weights are truncated normal with deviation
    1/sqrt(fan in), biases 0. With the defaults it is the Stack-RNN of the code of Delétang et al. (2023), after Joulin & Mikolov (2015).

    Departs: from Joulin & Mikolov as the code of Delétang et al. does (v is not squashed by a sigmoid, the whole state sees the stack's top, an
    empty entry is 0 and not -1). From that code in the actions of several stacks: each has its own softmax; there one softmax spans them all.

    Attributes:
        width: entries of the state.
        cell: numbers in one entry of a stack.
        size: entries of a stack; None for as many as the input has places, so that it is never full. No weight depends on it.
        stacks: how many.
        activation: "relu" as in the paper's code, "tanh", …

    >>> network = StackRNN(width=8, size=5).build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (3,)
    """

    width: int = eqx.field(static=True, default=256)
    cell: int = eqx.field(static=True, default=8)
    size: int | None = eqx.field(static=True, default=30)
    stacks: int = eqx.field(static=True, default=1)
    activation: str = eqx.field(static=True, default="relu")

    def __check_init__(self) -> None:
        expect(
            self,
            width=(lambda w: w >= 1, "at least 1"),
            cell=(lambda c: c >= 1, "at least 1"),
            size=(lambda s: s is None or s >= 1, "at least 1, or None"),
            stacks=(lambda s: s >= 1, "at least 1"),
            activation=(lambda a: a in ACTIVATIONS, "a known activation"),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Recurrent`."""
        at_input, at_state, at_control, at_readout = jax.random.split(key, 4)
        vocabulary, controls = need_tokens(self, inputs).vocabulary, self.stacks * (self.cell + 3)
        entering = fan_in(at_input, (vocabulary + self.stacks * self.cell, self.width))  # symbol and tops are one input
        cell = StackCell(
            symbol=entering[:vocabulary],
            state=jnp.concatenate([fan_in(at_state, (self.width, self.width)), entering[vocabulary:]]),
            bias=jnp.zeros(self.width),
            control=fan_in(at_control, (self.width, controls)),
            control_bias=jnp.zeros(controls),
            stacks=self.stacks,
            sizes=(self.size, self.cell),
            activation=self.activation,
        )
        return recurrent(self, cell, self.width, inputs, outputs, at_readout)
