"""The recurrent network with a nondeterministic stack: all runs of a pushdown automaton at once (DuSell & Chiang 2020, 2022)."""

from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.layers import ACTIVATIONS, activation, fan_in, need_tokens
from unseen.models.model import Model
from unseen.models.places import answering
from unseen.models.product import product
from unseen.models.recurrent import Cell, Recurrent

Operations = tuple[Float[Array, "Q S Q S"], Float[Array, "Q S Q S"], Float[Array, "Q S Q"]]
"""Weights of pushing y on x, of replacing x by y, and of popping x, each from state q to state r: [q, x, r, y] and [q, x, r]."""


class Runs(NamedTuple):
    """All runs up to step t of an automaton with states q and stack symbols x, weighed by the product of the weights of their steps, up to a factor.

    Attributes:
        inner: [y, i, q, x, k, r], i < k: the weight of going from state q with x on top at step i to state r at step k, y now being on top of x, with x
            never touched in between; 0 elsewhere, and where k is above t.
        tops: [i, r, y]: the weight of being in state r with y on top at step i.
        step: t, where 0 is the ground and 1 the bottom symbol on it.
    """

    inner: Float[Array, "S n+1 Q S n+2 Q"]
    tops: Float[Array, "n+2 Q S"]
    step: Int[Array, ""]


def begun(length: int, states: int, symbols: int, like: Array) -> Runs:
    """State 0, and symbol 0 alone on the stack: pushed at step 1 on a ground that stays below, so that it can be replaced but never popped."""
    inner = jnp.zeros((symbols, length + 1, states, symbols, length + 2, states), like.dtype)
    tops = jnp.zeros((length + 2, states, symbols), like.dtype)
    return Runs(inner.at[0, 0, 0, 0, 1, 0].set(1), tops.at[:2, 0, 0].set(1), jnp.array(1))


def stepped(runs: Runs, operations: Operations) -> tuple[Runs, Float[Array, "Q S"]]:
    """The runs one step on, and the distribution of state and top there.

    Lang's algorithm: what is on top of x has just been pushed; or was there and has been replaced; or was under something pushed at a step k in between that
    has been popped. Weights of all runs of a length are in one proportion to those that the formulas give, so that none grows out of bounds.
    """
    push, replace, pop = operations
    inner, tops, before = runs
    last, now = inner[..., before, :], before + 1
    popped = jnp.einsum("zktys,szr->yktr", last, pop)
    column = jnp.einsum("ziqxs,szry->yiqxr", last, replace) + jnp.einsum("yiqxkt,yktr->yiqxr", inner[..., :-1, :], popped)
    column = column.at[:, before].add(jnp.einsum("qxry->yqxr", push))
    top = jnp.einsum("iqx,yiqxr->ry", tops[:-1], column)
    whole = jnp.maximum(jnp.sum(top), jnp.finfo(top.dtype).tiny)
    scale = 1 / jax.lax.stop_gradient(whole)
    return Runs(inner.at[..., now, :].set(column * scale), tops.at[now].set(top * scale), now), top / whole


class NondeterministicStackCell(Cell):
    """h ← activation(W_x x + W_h h + W_s reading + b), then the weights of all operations are exp(D h + d), and all runs go one step.

    Attributes:
        state: W_h above W_s.
        control: D.
        control_bias: d.
        states: of the automaton.
        symbols: of its stack.
        normalize: whether the weights of what can follow on a state and a top sum to 1.
        activation: name.
    """

    symbol: Float[Array, "vocabulary width"]
    state: Float[Array, "width+read width"]
    bias: Float[Array, " width"]
    control: Float[Array, "width controls"]
    control_bias: Float[Array, " controls"]
    states: int = eqx.field(static=True)
    symbols: int = eqx.field(static=True)
    normalize: bool = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> tuple[Array, Runs, Array]:
        """Zeros, no step, and the bottom of the stack."""
        runs = begun(len(x), self.states, self.symbols, self.bias)
        return jnp.zeros_like(self.bias), runs, runs.tops[1]

    def operations(self, h: Float[Array, " width"]) -> Operations:
        """Weights of pushing, replacing and popping."""
        states, symbols = self.states, self.symbols
        logits = (product(h, self.control) + self.control_bias).reshape(states, symbols, -1)
        weights = jax.nn.softmax(logits, axis=2) if self.normalize else jnp.exp(logits - jax.lax.stop_gradient(jnp.max(logits)))
        push, replace, pop = jnp.split(weights, (states * symbols, 2 * states * symbols), axis=2)
        shape = (states, symbols, states, symbols)
        return push.reshape(shape), replace.reshape(shape), pop

    def enter(self, state: tuple[Array, Runs, Array], seen: Float[Array, " width"]) -> Float[Array, " width"]:
        """W_x x + W_h h + W_s reading + b."""
        h, _, reading = state
        return seen + product(jnp.concatenate([h, reading.reshape(-1)]), self.state)

    def move(self, state: tuple[Array, Runs, Array], entered: Float[Array, " width"]) -> tuple[tuple[Array, Runs, Array], Float[Array, " width"]]:
        """The next (h, runs, reading), and h, which is the output."""
        runs, h = state[1], activation(self.activation)(entered)
        runs, reading = jax.checkpoint(stepped)(runs, self.operations(h))
        return (h, runs, reading), h


class Scanned(Recurrent):
    """The network around a cell whose state grows with the string: a scan over one of four lengths, each with its own room for the state."""

    pieces: ClassVar[int] = 4

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "..."]:
        return self.answers(self.features, x)


class NondeterministicStackRNN(Model):
    """Simple recurrent network that moves all stacks that a pushdown automaton could have, in proportion to the weight of the runs that lead to them.

    h_t = activation(W_x x_t + W_h h_(t-1) + W_s s_(t-1) + b); D h_t + d are logarithms of the weights, for every state q and top x, of pushing y, replacing x
    by y, and popping, in going to state r; s_t is the distribution of (state, top) over all runs, each weighed by the product of its weights. Answers
    are read off relu(h_t) by a linear layer. Time grows with the cube of the length, memory with its square, in training with its cube.

    Departs: the controller is a simple recurrent network, as those of the other stacks here, in place of an LSTM; runs are weighed in plain numbers,
    scaled anew at every step, and not by logarithms: what weighs less than 1e-38 of the others is lost; the bottom symbol can be replaced and comes to the
    top again, as in their later code (in the first it stays covered once something is pushed on it). Source: DuSell & Chiang, "Learning context-free
    languages with nondeterministic stack RNNs", CoNLL 2020 (`normalize=True`); "Learning hierarchical structures with differentiable nondeterministic
    stacks", ICLR 2022 (`normalize=False`, with states in the reading); the authors' code.

    Attributes:
        width: entries of the state h.
        states: of the automaton.
        symbols: of its stack, at least 1; at the start the first of them stands on it alone.
        normalize: whether weights of what can follow on a state and a top sum to 1.
        activation: "tanh", "relu", …

    >>> network = NondeterministicStackRNN(width=8).build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (3,)
    """

    width: int = eqx.field(static=True, default=64)
    states: int = eqx.field(static=True, default=2)
    symbols: int = eqx.field(static=True, default=3)
    normalize: bool = eqx.field(static=True, default=False)
    activation: str = eqx.field(static=True, default="tanh")

    def __check_init__(self) -> None:
        expect(
            self,
            width=(lambda w: w >= 1, "at least 1"),
            states=(lambda q: q >= 1, "at least 1"),
            symbols=(lambda s: s >= 1, "at least 1"),
            normalize=(lambda n: n in (True, False), "True or False"),
            activation=(lambda a: a in ACTIVATIONS, "a known activation"),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Recurrent`."""
        at_input, at_state, at_control, at_readout = jax.random.split(key, 4)
        vocabulary, read = need_tokens(self, inputs).vocabulary, self.states * self.symbols
        controls = read * (2 * read + self.states)
        entering = fan_in(at_input, (vocabulary + read, self.width))  # symbol and reading are one input
        cell = NondeterministicStackCell(
            symbol=entering[:vocabulary],
            state=jnp.concatenate([fan_in(at_state, (self.width, self.width)), entering[vocabulary:]]),
            bias=jnp.zeros(self.width),
            control=fan_in(at_control, (self.width, controls)),
            control_bias=jnp.zeros(controls),
            states=self.states,
            symbols=self.symbols,
            normalize=self.normalize,
            activation=self.activation,
        )
        return Scanned(cell, **answering(self.width, need_tokens(self, inputs), outputs, at_readout))
