"""A recurrent network that reads a string in both directions, then writes the answer and looks back with attention."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.cross_attention import KINDS, CrossAttention, glorot
from unseen.models.gru import GRUCell
from unseen.models.layers import need_tokens, rows, uniform
from unseen.models.model import Model
from unseen.models.places import Answering, answering
from unseen.models.product import product


class Seq2SeqNetwork(Answering):
    """The network of `Seq2Seq`: symbols → logits at every place, or at the last one that is not padding.

    Attributes:
        ahead: reads from left to right.
        back: reads from right to left.
        writer: writes; its symbols are those written before.
        value: what attention reads is leaky_relu(read @ value), which enters the writer through `context`.
        direction: w and b of the gate σ(5 (h·w + b)) that says how much is read as it stands, and how much in reversed order; None for all as it stands.
        ask: the symbol after which the answer is written.
    """

    pieces: ClassVar[int] = 1

    ahead: GRUCell
    back: GRUCell
    writer: GRUCell
    attention: CrossAttention
    value: Float[Array, "width width"]
    context: Float[Array, "width gates"]
    direction: tuple[Float[Array, " width"], Float[Array, ""]] | None
    readout: Float[Array, "width classes"]
    bias: Float[Array, " classes"]
    ask: int = eqx.field(static=True)
    padding: int | None = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    everywhere: bool = eqx.field(static=True)

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "..."]:
        return self.answers(self.features, x)

    def features(self, x: Int[Array, " length"], used: Int[Array, ""]) -> Float[Array, "length width"]:
        """The states of the writer from the first ASK symbol on, 0 before it. Without ASK the last used place is the only one at which something is written."""
        asked = jnp.min(jnp.where(x == self.ask, jnp.arange(len(x)), used - 1))
        read, state = self.read(x, asked)
        place = jnp.arange(len(x))
        states = self.write(rows(self.writer.symbol, x[jnp.minimum(asked + place, len(x) - 1)]), read, asked + 2, state)
        return jnp.where(place[:, None] >= asked, states[jnp.maximum(place - asked, 0)], 0.0)

    def read(self, x: Int[Array, " length"], asked: Int[Array, ""]) -> tuple[Float[Array, "length+1 width"], Float[Array, " width"]]:
        """What is read of a start symbol, the string and ASK, in both directions or one of them, and the last states."""
        place = jnp.arange(len(x) + 1)
        text = jnp.concatenate([jnp.array([len(self.ahead.symbol) - 1]), x])
        there = place <= asked + 1

        def over(cell: GRUCell, back: bool) -> tuple[Array, Array]:
            def step(state: Array, seen: tuple[Array, Array]) -> tuple[Array, Array]:
                state = jnp.where(seen[1], cell(state, seen[0])[0], state)
                return state, state

            return jax.lax.scan(step, cell.initial(text, asked), (cell.first(text), there), reverse=back)

        (last, ahead), (first, back) = over(self.ahead, False), over(self.back, True)
        read, state = jnp.concatenate([ahead, back], axis=1), jnp.concatenate([last, first])
        if self.direction is None:
            return read, state
        gate = jax.nn.sigmoid(5 * (state @ self.direction[0] + self.direction[1]))
        return gate * read + (1 - gate) * read[jnp.maximum(asked + 1 - place, 0)], state

    def write(
        self, written: Float[Array, "length gates"], read: Float[Array, "places width"], count: Int[Array, ""], state: Float[Array, " width"]
    ) -> Float[Array, "length width"]:
        """The states of the writer, from what it is told of the symbol before and the first `count` places of what was read."""
        place, prepared = jnp.arange(len(read)), self.attention.prepare(read)
        values = product(jax.nn.leaky_relu(product(read, self.value)), self.context)

        def step(carry: tuple[Array, Array], now: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
            state, before = carry
            weights = self.attention(state, prepared, place < count, now[1], before)
            state, _ = self.writer(state, now[0] + weights @ values + self.writer.bias)
            return (state, weights @ place.astype(weights.dtype)), state

        return jax.lax.scan(step, (state, jnp.zeros_like(state[0])), (written, jnp.arange(len(written))))[1]


class Seq2Seq(Model):
    """GRU encoder in both directions, GRU decoder with attention (Bahdanau et al. 2015), as in Ray Chowdhury & Caragea (2023).

    Reads a start symbol, the string and ASK; from ASK on it writes: state ← GRU(state, symbol before, attended), answers = state @ readout + bias. For
    `Autoregressive` tasks, whose ASK symbol is the last before padding; what stands after ASK is what was written. Departs from their code: no dropout, no
    layer between state and readout, no tied embeddings (a symbol acts on the gates directly). Matrices are uniform as Glorot & Bengio (2010), those
    of the gate of directions ± 1/sqrt(width), biases 0.

    Attributes:
        attention: "content", "relative", "monotonic" or "one step"; see `unseen.models.cross_attention`.
        both: what is read is interpolated with the same in reversed order, by a gate that the string decides: what has to be read backwards can be
            read ahead then.
        width: entries of the decoder's state, half of them for each direction of the encoder; even.

    >>> network = Seq2Seq(width=8).build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 3, 1, 0])).shape
    (3,)
    """

    attention: str = eqx.field(static=True, default="monotonic")
    both: bool = eqx.field(static=True, default=True)
    width: int = eqx.field(static=True, default=128)

    def __check_init__(self) -> None:
        expect(
            self,
            attention=(lambda a: a in KINDS, "one of " + ", ".join(map(repr, KINDS))),
            width=(lambda w: w >= 2 and w % 2 == 0, "an even number of at least 2"),
        )

    def cell(self, key: PRNGKeyArray, symbols: int, width: int) -> GRUCell:
        """Fresh gated units."""
        at_symbol, at_state = jax.random.split(key)
        state = glorot(at_state, (width, 3 * width))
        return GRUCell(glorot(at_symbol, (symbols, 3 * width)), state[:, : 2 * width], state[:, 2 * width :], jnp.zeros(3 * width))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Seq2SeqNetwork`."""
        tokens, width = need_tokens(self, inputs), self.width
        keys = jax.random.split(key, 8)
        return Seq2SeqNetwork(
            ahead=self.cell(keys[0], tokens.vocabulary + 1, width // 2),
            back=self.cell(keys[1], tokens.vocabulary + 1, width // 2),
            writer=self.cell(keys[2], tokens.vocabulary, width),
            attention=KINDS[self.attention](keys[3], width),
            value=glorot(keys[4], (width, width)),
            context=glorot(keys[5], (width, 3 * width)),
            direction=(uniform(keys[6], (width,), width**-0.5), jnp.zeros(())) if self.both else None,
            ask=tokens.vocabulary - 1 - tokens.padding,
            **answering(width, tokens, outputs, keys[7]),
        )
