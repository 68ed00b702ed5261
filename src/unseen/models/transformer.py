"""Decoder-only causal transformer (Vaswani et al. 2017), reading its answer at the last position."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Fixed, Inputs, Outputs, Problem, Tokens, expect
from unseen.models.attention import Attention
from unseen.models.layers import activation, dropout, held, need_last, need_symbols, normal, normalize, output_shape, uniform, unstack
from unseen.models.model import Model
from unseen.models.positions import first_places
from unseen.models.product import product


class Norm(eqx.Module):
    """LayerNorm with its scale and shift."""

    scale: Float[Array, " width"]
    shift: Float[Array, " width"]

    def __init__(self, width: int) -> None:
        self.scale, self.shift = jnp.ones(width), jnp.zeros(width)

    def __call__(self, x: Float[Array, "*n width"]) -> Float[Array, "*n width"]:
        return normalize(x, self.scale, self.shift)


def _same(x: Array) -> Array:
    return x


class Block(eqx.Module):
    """Attention and MLP of one layer; weights are [in, out]."""

    attention: Attention
    up: Float[Array, "width hidden"]
    down: Float[Array, "hidden width"]
    biases: tuple[Float[Array, " hidden"], Float[Array, " width"]] | None
    norms: tuple[Norm, Norm] | None
    activation: str = eqx.field(static=True)
    norm: str = eqx.field(static=True)
    dropout: Fixed | None

    def transform(self, x: Float[Array, "*n width"]) -> Float[Array, "*n width"]:
        """The MLP: down(activation(up(x)))."""
        if self.biases is None:
            return product(activation(self.activation)(product(x, self.up)), self.down)
        return product(activation(self.activation)(product(x, self.up) + self.biases[0]), self.down) + self.biases[1]

    def __call__(self, x: Float[Array, "length width"], key: PRNGKeyArray | None, last: bool = False) -> Float[Array, "*length width"]:
        """The next residual stream; with `last` only its last position, and nothing is computed that no one reads."""
        keys = (None, None) if key is None or self.dropout is None else tuple(jax.random.split(key))
        first, second = self.norms or (_same, _same)
        if self.norm in ("pre", "stream"):
            normed = first(x)
            stream = normed if self.norm == "stream" else x
            stream = (stream[-1] if last else stream) + dropout(self.attention(normed, last), self.dropout, keys[0])
            return stream + dropout(self.transform(second(stream)), self.dropout, keys[1])
        stream = first((x[-1] if last else x) + dropout(self.attention(x, last), self.dropout, keys[0]))
        return second(stream + dropout(self.transform(stream), self.dropout, keys[1]))


class Decoder(eqx.Module):
    """The network of `Transformer`: tokens [length] → logits (or values) at the last position."""

    embed: Float[Array, "vocabulary width"]
    positions: Float[Array, "length width"] | None
    blocks: tuple[Block, ...]
    final: Norm | None
    readout: Float[Array, "width classes"] | None
    dropout: Fixed | None
    shape: tuple[int, ...] = eqx.field(static=True)

    def features(self, x: Int[Array, " length"] | Float[Array, "length features"], *, key: PRNGKeyArray | None = None) -> Float[Array, " width"]:
        """The last position's residual stream, as the readout sees it."""
        need_last(x)
        keys = [None] * (len(self.blocks) + 1) if key is None or self.dropout is None else jax.random.split(key, len(self.blocks) + 1)
        stream = self.embed[x] if jnp.issubdtype(x.dtype, jnp.integer) else product(x, self.embed)
        stream = stream if self.positions is None else stream + first_places(self.positions, len(stream))
        stream = dropout(stream, self.dropout, keys[-1])
        for block, k in zip(self.blocks[:-1], keys, strict=False):
            stream = block(stream, k)
        stream = self.blocks[-1](stream, keys[len(self.blocks) - 1], last=True)
        return stream if self.final is None else self.final(stream)

    def __call__(self, x: Int[Array, " length"] | Float[Array, "length features"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        features = self.features(x, key=key)
        logits = product(features, self.embed[: math.prod(self.shape)].T if self.readout is None else self.readout)
        return logits.reshape(self.shape)


class Transformer(Model):
    """Decoder-only causal transformer whose answer is read at the last position.

    stream = embed[x] + positions; each block adds attention and an MLP of width `ratio·width`; logits = final norm(stream[-1]) @ readout.
    Real inputs of shape (length, features) are embedded by a matrix. Default initialisation: every weight N(0, init_scale²/fan_in) and the
    embeddings N(0, init_scale²/width). With `Transformer(norm="stream", activation="gelu", init="torch")` it is the decoder of the
    reference implementations of Grokfast (Lee et al. 2024); `Transformer(depth=1, norm="none")` that of Nanda et al. (2023) up to biases.

    Attributes:
        depth: blocks, at least 1.
        width: of the residual stream; a multiple of `heads`.
        ratio: width of the MLP in units of `width`.
        activation: see `unseen.models.layers.activation`.
        norm: LayerNorm before each sublayer ("pre", and before the readout), after it ("post"), nowhere ("none"), or "stream": as "pre",
            but the first norm of each block replaces the stream itself.
        positions: "learned" or "none" (the causal mask alone tells positions apart).
        bias: whether attention and MLP have biases.
        tied: the readout is the embedding's first rows.
        init: "normal", or "torch" for PyTorch's defaults (uniform ±1/sqrt(fan_in), attention Xavier-uniform, embeddings N(0, 1)).
        init_scale: multiplies all initial weights, above 0.
        dropout: rate in [0, 1) after embedding, attention and MLP; None compiles no randomness in.

    >>> network = Transformer(width=16).build(Tokens(4, 7), Classes(5), jax.random.key(0))
    >>> network(jnp.array([1, 2, 3, 4])).shape
    (5,)
    """

    depth: int = eqx.field(static=True, default=2)
    width: int = eqx.field(static=True, default=128)
    heads: int = eqx.field(static=True, default=4)
    ratio: int = eqx.field(static=True, default=4)
    activation: str = eqx.field(static=True, default="relu")
    norm: str = eqx.field(static=True, default="pre")
    positions: str = eqx.field(static=True, default="learned")
    bias: bool = eqx.field(static=True, default=True)
    tied: bool = eqx.field(static=True, default=False)
    init: str = eqx.field(static=True, default="normal")
    init_scale: float | Array = 1.0
    dropout: float | Array | None = None

    def __check_init__(self) -> None:
        expect(
            self,
            depth=(lambda d: d >= 1, "at least 1"),
            width=(lambda w: w >= 1 and (not isinstance(self.heads, int) or w % self.heads == 0), f"a positive multiple of heads={self.heads!r}"),
            activation=(lambda a: activation(a) is not None, "a known activation"),
            norm=(lambda n: n in ("pre", "post", "none", "stream"), "'pre', 'post', 'none' or 'stream'"),
            positions=(lambda p: p in ("learned", "none"), "'learned' or 'none'"),
            init=(lambda i: i in ("normal", "torch"), "'normal' or 'torch'"),
            dropout=(lambda r: r is None or 0 <= r < 1, "None or a rate in [0, 1)"),
        )

    def matrix(self, key: PRNGKeyArray, shape: tuple[int, int], bound: float = 1.0) -> Array:
        """An initial weight [in, out]: standard deviation ("normal") or half-width `bound` ("torch") over sqrt(fan in)."""
        draw, bound = (uniform, bound) if self.init == "torch" else (normal, 1.0)
        return draw(key, shape, self.init_scale * bound / math.sqrt(shape[0]))

    def block(self, key: PRNGKeyArray) -> Block:
        """One freshly initialised block."""
        width, hidden = self.width, self.ratio * self.width
        keys = jax.random.split(key, 6)
        up, down = jnp.zeros(hidden), jnp.zeros(width)
        if self.init == "torch":
            up, down = (uniform(k, (out,), self.init_scale / math.sqrt(n)) for k, n, out in ((keys[4], width, hidden), (keys[5], hidden, width)))
        attention = Attention(
            qkv=self.matrix(keys[0], (width, 3 * width), bound=math.sqrt(1.5)),  # Xavier: sqrt(6 / (width + 3 width))
            out=self.matrix(keys[1], (width, width)),
            biases=(jnp.zeros(3 * width), jnp.zeros(width)) if self.bias else None,
            heads=self.heads,
        )
        return Block(
            attention=attention,
            up=self.matrix(keys[2], (width, hidden)),
            down=self.matrix(keys[3], (hidden, width)),
            biases=(up, down) if self.bias else None,
            norms=None if self.norm == "none" else (Norm(width), Norm(width)),
            activation=self.activation,
            norm=self.norm,
            dropout=held(self.dropout),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Decoder`."""
        shape = output_shape(outputs)
        if not isinstance(inputs, Tokens) and len(inputs.shape) != 2:
            raise Problem(f"Transformer: expected inputs that are Tokens or Reals of shape (length, features), got {inputs!r}. Use an MLP, or reshape.")
        length, rows = (inputs.length, need_symbols(inputs).vocabulary) if isinstance(inputs, Tokens) else inputs.shape
        if self.tied and (not isinstance(inputs, Tokens) or rows < math.prod(shape)):
            raise Problem(f"Transformer.tied: expected token inputs with at least {math.prod(shape)} symbols, got {inputs!r}. Set tied=False.")
        keys = jax.random.split(key, self.depth + 3)
        embedding = self.init_scale * (1.0 if self.init == "torch" else 1.0 / math.sqrt(self.width))
        return Decoder(
            embed=normal(keys[0], (rows, self.width), embedding),
            positions=normal(keys[1], (length, self.width), embedding) if self.positions == "learned" else None,
            blocks=unstack(jax.vmap(self.block)(keys[3:]), self.depth),
            final=Norm(self.width) if self.norm in ("pre", "stream") else None,
            readout=None if self.tied else self.matrix(keys[2], (self.width, math.prod(shape))),
            dropout=held(self.dropout),
            shape=shape,
        )
