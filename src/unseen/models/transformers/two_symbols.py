"""The causal transformer on strings that differ at two places only, such as a ∘ b =: what depends on one symbol is computed once for each symbol."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, Problem, expect
from unseen.models.attention import Attention
from unseen.models.layers import need_tokens
from unseen.models.product import product
from unseen.models.transformer import Block, Decoder, Transformer


def _enter(block: Block, x: Float[Array, "*n width"]) -> tuple[Float[Array, "*n width"], Float[Array, "*n width"]]:
    """(the residual stream, what attention reads)."""
    if block.norms is None or block.norm == "post":
        return x, x
    seen = block.norms[0](x)
    return (seen if block.norm == "stream" else x), seen


def _project(attention: Attention, x: Float[Array, "*n width"], start: int = 0, stop: int = 3) -> list[Float[Array, "*n width"]]:
    """Parts `start` to `stop` of (query, key, value), the heads side by side."""
    part = slice(start * x.shape[-1], stop * x.shape[-1])
    z = product(x, attention.qkv[:, part])
    return jnp.split(z if attention.biases is None else z + attention.biases[0][part], stop - start, axis=-1)


def _attend(heads: int, query: Float[Array, "q width"], key: Float[Array, "k width"], value: Float[Array, "k width"]) -> Float[Array, "q width"]:
    """What the last q of k places read from themselves and those before."""
    query, key, value = (one.reshape(len(one), heads, -1) for one in (query, key, value))
    scores = jnp.einsum("qhd,khd->hqk", query, key) / math.sqrt(key.shape[2])
    scores = jnp.where(jnp.tri(len(query), len(key), len(key) - len(query), dtype=bool), scores, -jnp.inf)
    return jnp.einsum("hqk,khd->qhd", jax.nn.softmax(scores, axis=-1), value).reshape(len(query), -1)


def _leave(block: Block, stream: Float[Array, "*n width"], mixed: Float[Array, "*n width"]) -> Float[Array, "*n width"]:
    """The next residual stream, from what the heads read."""
    read = product(mixed, block.attention.out)
    stream = stream + (read if block.attention.biases is None else read + block.attention.biases[1])
    if block.norms is None:
        return stream + block.transform(stream)
    if block.norm == "post":
        stream = block.norms[0](stream)
        return block.norms[1](stream + block.transform(stream))
    return stream + block.transform(block.norms[1](stream))


class TwoSymbolDecoder(Decoder):
    """The network of `TwoSymbolTransformer`: tokens [length] → logits (or values) at the last position; NaN for a string of another form."""

    symbols: tuple[int | None, ...] = eqx.field(static=True, kw_only=True)

    def _embedded(self, symbols: Int[np.ndarray, "*n places"], start: int, stop: int) -> Float[Array, "*n places width"]:
        """Symbols at the places from `start`."""
        return self.embed[symbols] if self.positions is None else self.embed[symbols] + self.positions[start:stop]

    def features(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, " width"]:
        """The last position's residual stream, as the readout sees it. Mapped over strings, what stands in front of the second symbol is not mapped."""
        first, second = (place for place, symbol in enumerate(self.symbols) if symbol is None)
        fixed, every, end = np.array([symbol or 0 for symbol in self.symbols]), np.arange(len(self.embed)), len(self.symbols)
        before = self._embedded(np.where(np.arange(second) == first, every[:, None], fixed[:second]), 0, second)  # [vocabulary, second, width]
        after = jnp.concatenate([self._embedded(every[:, None], second, second + 1)[:, 0], self._embedded(fixed[second + 1 :], second + 1, end)])
        mine = jnp.concatenate([x[second][None], len(every) + jnp.arange(end - second - 1)])  # rows of `after` that stand in this string
        for depth, block in enumerate(self.blocks):
            attention, last = block.attention, depth == len(self.blocks) - 1
            shared, seen = _enter(block, before)
            asked = _project(attention, seen, int(last))
            stream, seen = _enter(block, after)
            if depth == 0:
                parts = jnp.concatenate([stream, *_project(attention, seen)], axis=-1)[mine]
                stream, query, key_, value = jnp.split(parts, 4, axis=-1)
            else:
                (query,), (key_, value) = _project(attention, seen[-1:] if last else seen, 0, 1), _project(attention, seen, 1)
            earlier = jnp.split(jnp.concatenate(asked[-2:], axis=-1)[x[first]], 2, axis=-1)
            keys, values = (jnp.concatenate(pair) for pair in zip(earlier, (key_, value), strict=True))
            mixed = _attend(attention.heads, query[-1:] if last else query, keys, values)
            after = _leave(block, stream[-1:] if last else stream, mixed)
            if not last:
                before = _leave(block, shared, jax.vmap(lambda *parts, heads=attention.heads: _attend(heads, *parts))(*asked))
        return after[0] if self.final is None else self.final(after[0])

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        if x.shape != (len(self.symbols),):
            raise Problem(f"x: expected a string of {len(self.symbols)} symbols, one for each of `symbols`, got shape {x.shape}. Use Transformer.")
        fits = [x[place] == symbol for place, symbol in enumerate(self.symbols) if symbol is not None]
        return jnp.where(jnp.all(jnp.array(fits, bool)), super().__call__(x, key=key), jnp.nan)


class TwoSymbolTransformer(Transformer):
    """`Transformer` for strings that differ at two places only, as a ∘ b =: the same function and initial weights, in less time.

    At and before a place a causal network knows only what stands up to there. So what it computes in front of the second symbol depends on the first
    symbol alone, and the queries, keys and values of the first block on one symbol each: they are computed once for each symbol of the vocabulary,
    however many strings there are. For two blocks and 512 strings a ∘ b = over 99 symbols that is 0.58 of the multiplications. A single string, or
    the gradient of each string, takes more than with `Transformer`.

    Attributes:
        symbols: what stands at each place of every string, None at the two places where strings differ. Of a string of another form the output is NaN.

    Raises:
        Problem: inputs that are no tokens, or of another length or vocabulary than `symbols`; dropout.

    >>> network = TwoSymbolTransformer(width=16, symbols=(None, 5, None, 6)).build(Tokens(4, 7), Classes(5), jax.random.key(0))
    >>> network(jnp.array([1, 5, 3, 6])).shape
    (5,)
    """

    symbols: tuple[int | None, ...] = eqx.field(static=True, default=(None, None))

    def __check_init__(self) -> None:
        expect(
            self,
            symbols=(
                lambda s: isinstance(s, tuple) and s.count(None) == 2 and all(one is None or (type(one) is int and one >= 0) for one in s),
                "symbols by place, two of them None, as (None, 97, None, 98) for a ∘ b =",
            ),
            dropout=(lambda rate: rate is None, "None: what strings share cannot be dropped for each of them. Use Transformer"),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `TwoSymbolDecoder`, with the weights that `Transformer` draws."""
        tokens, largest = need_tokens(self, inputs), max((symbol for symbol in self.symbols if symbol is not None), default=0)
        if len(self.symbols) != tokens.length or largest >= tokens.vocabulary:
            what = f"{tokens.length} places with symbols below {tokens.vocabulary}"
            raise Problem(f"TwoSymbolTransformer.symbols: expected {what}, as the task has them, got {self.symbols!r}.")
        whole = super().build(inputs, outputs, key)
        return TwoSymbolDecoder(**{name: getattr(whole, name) for name in Decoder.__dataclass_fields__}, symbols=self.symbols)
