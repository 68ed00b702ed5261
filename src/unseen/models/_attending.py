"""What attention networks on strings share: layers with any way to tell positions, and answers at every place or at the last."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key, PRNGKeyArray

from unseen._types import Fixed, Inputs, Outputs, Problem, Tokens, expect
from unseen.models.layers import activation, dropout, fan_in, held, need_tokens, rows, unstack
from unseen.models.model import Model
from unseen.models.places import Answering, answering
from unseen.models.positions import SCHEMES, Added, Place
from unseen.models.product import product
from unseen.models.transformer import Norm
from unseen.models.transformers.layer import Before, Kept, Layer


class AttendingNetwork(Answering):
    """The network of `Encoder` and `Decoder`: tokens → logits at every place, or at the last one that is not padding."""

    embed: Float[Array, "vocabulary width"]
    added: Added
    layers: tuple[Layer, ...]
    final: Norm | None
    readout: Float[Array, "width classes"]
    bias: Float[Array, " classes"]
    dropout: Fixed | None
    padding: int | None = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    everywhere: bool = eqx.field(static=True)
    causal: bool = eqx.field(static=True)
    randomized: int | None = eqx.field(static=True)

    def __call__(self, x: Int[Array, "length *place"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        keys = None if key is None or self.dropout is None else jax.random.split(key, len(self.layers) + 1)

        def features(x: Array, used: Array) -> Array:
            symbols = x if x.ndim == 1 else x[:, 0]
            place = self.place(x, used, key)
            seen = None if self.padding is None else jnp.arange(len(x)) < used
            return self.through(symbols, place, jnp.tri(len(x), dtype=bool) if self.causal else seen, keys)[0]

        return self.answers(features, x)

    def through(
        self,
        symbols: Int[Array, " asking"],
        place: Place,
        seen: Bool[Array, "*asking length"] | None,
        keys: Key[Array, " parts"] | None = None,
        before: list[Before] | None = None,
    ) -> tuple[Float[Array, "asking width"], list[Kept]]:
        """The features that are read out, and the keys and values of each layer; `place`, `seen` and `before` as for each `Layer`."""
        here = place if before is None else before[0].here(place, len(symbols))
        stream, kept = self.added(rows(self.embed, symbols) * math.sqrt(self.embed.shape[1]), here), []
        stream = dropout(stream, self.dropout, None if keys is None else keys[-1])
        for number, layer in enumerate(self.layers):
            key, one = None if keys is None else keys[number], None if before is None else before[number]
            stream, one = layer(stream, place, seen, self.dropout, key, one)
            kept.append(one)
        return stream if self.final is None else self.final(stream), kept

    def read(self, x: Int[Array, "length *place"]) -> list[Kept]:
        """What `step` needs of a string, for a causal network whose places are not random: keys and values of each layer. Later symbols overwrite theirs."""
        symbols, place = (x, None) if x.ndim == 1 else (x[:, 0], x[:, 1])
        return self.through(symbols, place, jnp.tri(len(x), dtype=bool))[1]

    def step(self, symbol: Int[Array, ""], place: Place, at: Int[Array, ""], kept: list[Kept]) -> tuple[Float[Array, " classes"], list[Kept]]:
        """The answer to a symbol at index `at` of a string, from what is kept of those before it, and what is kept then; `place` is about all indices."""
        seen = jnp.arange(len(kept[0].keys)) <= at
        features, kept = self.through(symbol[None], place, seen, before=[Before(one, at) for one in kept])
        return (product(features, self.readout) + self.bias)[0], kept

    def place(self, x: Int[Array, "length *place"], used: Int[Array, ""], key: PRNGKeyArray | None) -> Place:
        """Where each symbol stands: as the task says, at random, or one after the other."""
        if self.randomized is None:
            return None if x.ndim == 1 else x[:, 1]
        if len(x) > self.randomized:
            raise Problem(
                f"randomized: expected at most the {self.randomized} places that are drawn from, got a sequence of {len(x)}. "
                f"Build with randomized={len(x)} or more, or with randomized=None and any positions but 'learned'."
            )
        if key is None:  # evaluation: a string always gets the same; the length alone decides where no place may see what the later symbols are
            at = jnp.arange(len(x))
            said = used if self.causal else jnp.sum(jnp.where(at < used, (x + 1) * (at + 1) ** 2, 0))
            key = jax.random.fold_in(jax.random.key(0), said)
        return subset(jax.random.fold_in(key, 0), used, len(x), self.randomized)


class Attending(Model):
    """What `Encoder` and `Decoder` share; see there."""

    positions: str = eqx.field(static=True, default="sinusoidal")
    norm: str = eqx.field(static=True, default="post")
    width: int = eqx.field(static=True, default=64)
    depth: int = eqx.field(static=True, default=5)
    heads: int = eqx.field(static=True, default=8)
    ratio: int = eqx.field(static=True, default=4)
    activation: str = eqx.field(static=True, default="relu")
    randomized: int | None = eqx.field(static=True, default=None)
    dropout: float | Array | None = None

    causal: ClassVar[bool]

    def __check_init__(self) -> None:
        def multiple(width: int) -> bool:
            step = 2 * self.heads if self.positions == "rotary" else math.lcm(2, self.heads) if self.positions in ("sinusoidal", "relative") else self.heads
            return width >= 1 and width % step == 0

        expect(
            self,
            positions=(lambda p: p in SCHEMES, "one of " + ", ".join(map(repr, SCHEMES))),
            norm=(lambda n: n in ("pre", "post"), "'pre' or 'post'"),
            depth=(lambda d: d >= 1, "at least 1"),
            heads=(lambda h: h >= 1, "at least 1"),
            ratio=(lambda r: r >= 1, "at least 1"),
            activation=(lambda a: activation(a) is not None, "a known activation"),
            randomized=(lambda r: r is None or r >= 1, "None or how many places to draw from, as 256"),
            dropout=(lambda r: r is None or 0 <= r < 1, "None or a rate in [0, 1)"),
        )
        if all(isinstance(value, kind) for value, kind in ((self.heads, int), (self.positions, str))):
            expect(self, width=(multiple, f"a positive multiple of heads={self.heads!r}, even where positions={self.positions!r} needs it"))

    def layer(self, key: PRNGKeyArray, places: int) -> Layer:
        """One freshly initialised layer."""
        width, hidden = self.width, self.ratio * self.width
        keys = jax.random.split(key, 5)
        return Layer(
            qkv=fan_in(keys[0], (width, 3 * width)),
            out=fan_in(keys[1], (width, width)),
            scores=SCHEMES[self.positions][1](keys[2], places, width, self.heads),
            up=fan_in(keys[3], (width, hidden)),
            down=fan_in(keys[4], (hidden, width)),
            biases=(jnp.zeros(hidden), jnp.zeros(width)),
            norms=(Norm(width), Norm(width)),
            heads=self.heads,
            activation=self.activation,
            pre=self.norm == "pre",
        )

    def places(self, tokens: Tokens) -> int:
        """How many places there are."""
        if self.randomized is None:
            return tokens.length if tokens.places is None else tokens.places
        if tokens.places is not None:
            raise Problem(
                f"{type(self).__name__}.randomized: expected None for a task that says where its symbols stand, got {self.randomized}. Set one of them."
            )
        if self.randomized < tokens.length:
            raise Problem(
                f"{type(self).__name__}.randomized: expected at least as many places as the longest input has, {tokens.length}, got {self.randomized}. "
                f"Set randomized={tokens.length} or more, or randomized=None and any positions but 'learned' for strings of any length."
            )
        return self.randomized

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `AttendingNetwork`."""
        tokens = inputs if isinstance(inputs, Tokens) else need_tokens(self, inputs)
        places = self.places(tokens)
        at_embed, at_added, at_readout, *at_layers = jax.random.split(key, 3 + self.depth)
        return AttendingNetwork(
            embed=0.02 * jax.random.truncated_normal(at_embed, -2.0, 2.0, (tokens.vocabulary, self.width)),
            added=SCHEMES[self.positions][0](at_added, places, self.width, self.heads),
            layers=unstack(jax.vmap(lambda k: self.layer(k, places))(jnp.stack(at_layers)), self.depth),
            final=Norm(self.width) if self.norm == "pre" else None,
            dropout=held(self.dropout),
            causal=self.causal,
            randomized=self.randomized,
            **answering(self.width, tokens, outputs, at_readout),
        )


def subset(key: PRNGKeyArray, used: Int[Array, ""], length: int, room: int) -> Int[Array, " length"]:
    """The first `used` entries: a uniform subset of {0 … room−1}, in order; the rest: room − 1.

    >>> subset(jax.random.key(0), jnp.array(3), 5, 10).tolist()
    [0, 1, 8, 9, 9]
    """
    drawn = jax.random.permutation(key, room)
    return jnp.sort(jnp.where(jnp.arange(room) < used, drawn, room - 1))[:length]
