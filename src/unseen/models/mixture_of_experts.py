"""Decoder-only transformer whose MLPs are mixtures of experts with top-k routing."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.attention import Attention
from unseen.models.layers import activation, need_last, need_tokens, normal, output_shape, unstack
from unseen.models.model import Model
from unseen.models.positions import first_places
from unseen.models.transformer import Norm


class ExpertBlock(eqx.Module):
    """Attention, then a mixture of experts; LayerNorm before each. Weights are [in, out]."""

    attention: Attention
    norms: tuple[Norm, Norm]
    gate: Float[Array, "width experts"]
    up: Float[Array, "experts width hidden"]
    down: Float[Array, "experts hidden width"]
    active: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def weights(self, x: Float[Array, "*n width"]) -> Float[Array, "*n experts"]:
        """The routing: softmax(x gate), zero but for the `active` largest."""
        shares = jax.nn.softmax(x @ self.gate, axis=-1)
        return jnp.where(shares >= jax.lax.top_k(shares, self.active)[0][..., -1:], shares, 0.0)

    def __call__(self, x: Float[Array, "length width"], last: bool = False) -> tuple[Float[Array, "*length width"], Float[Array, "*length experts"]]:
        """The next residual stream and the routing; with `last` of the last position alone."""
        stream = (x[-1] if last else x) + self.attention(self.norms[0](x), last)
        normed = self.norms[1](stream)
        routing = self.weights(normed)
        hidden = activation(self.activation)(jnp.einsum("...d,edh->...eh", normed, self.up))
        return stream + jnp.einsum("...e,...eh,ehd->...d", routing, hidden, self.down), routing


class ExpertDecoder(eqx.Module):
    """The network of `MixtureOfExperts`: tokens [length] → logits (or values) at the last position."""

    embed: Float[Array, "vocabulary width"]
    positions: Float[Array, "length width"]
    blocks: tuple[ExpertBlock, ...]
    final: Norm
    readout: Float[Array, "width classes"]
    shape: tuple[int, ...] = eqx.field(static=True)

    def routing(self, x: Int[Array, " length"]) -> Float[Array, "depth length experts"]:
        """The routing weights of every layer and position, in [0, 1], zero for the experts not chosen."""
        stream, layers = self.embed[x] + first_places(self.positions, len(x)), []
        for block in self.blocks:
            stream, weights = block(stream)
            layers.append(weights)
        return jnp.stack(layers)

    def features(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, " width"]:
        """The last position's residual stream, as the readout sees it."""
        need_last(x)
        stream = self.embed[x] + first_places(self.positions, len(x))
        for block in self.blocks[:-1]:
            stream, _ = block(stream)
        return self.final(self.blocks[-1](stream, last=True)[0])

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        return (self.features(x) @ self.readout).reshape(self.shape)


class MixtureOfExperts(Model):
    """Transformer whose MLPs are mixtures: y = Σ_{e in top-k} p_e·expert_e(x), p = softmax(x gate), not renormalised (as in OLMoE).

    Every expert is computed and the unchosen ones are weighted with 0, which is exact and fast for few small experts. The network's
    `routing(x)` gives the routing weights of every layer. No load-balancing loss is added.

    Attributes:
        depth: blocks, at least 1.
        width: of the residual stream; a multiple of `heads`.
        experts: in each layer.
        active: experts chosen for a token (k), at most `experts`.
        hidden: width of one expert.
        init_scale: multiplies all initial weights, which are N(0, 1/fan-in) (embeddings N(0, 1/width)).

    >>> network = MixtureOfExperts(width=16, experts=4).build(Tokens(3, 7), Classes(7), jax.random.key(0))
    >>> int((network.routing(jnp.array([1, 2, 3])) > 0).sum(-1).max())
    2
    """

    depth: int = eqx.field(static=True, default=3)
    width: int = eqx.field(static=True, default=64)
    heads: int = eqx.field(static=True, default=4)
    experts: int = eqx.field(static=True, default=8)
    active: int = eqx.field(static=True, default=2)
    hidden: int = eqx.field(static=True, default=64)
    activation: str = eqx.field(static=True, default="silu")
    init_scale: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(
            self,
            depth=(lambda d: d >= 1, "at least 1"),
            width=(lambda w: w >= 1 and (not isinstance(self.heads, int) or w % self.heads == 0), f"a positive multiple of heads={self.heads!r}"),
            active=(lambda k: k >= 1 and (not isinstance(self.experts, int) or k <= self.experts), f"between 1 and experts={self.experts!r}"),
            activation=(lambda a: activation(a) is not None, "a known activation"),
        )

    def block(self, key: PRNGKeyArray) -> ExpertBlock:
        """One freshly initialised block."""
        width, scale = self.width, self.init_scale / math.sqrt(self.width)
        keys = jax.random.split(key, 5)
        return ExpertBlock(
            attention=Attention(normal(keys[0], (width, 3 * width), scale), normal(keys[1], (width, width), scale), None, self.heads),
            norms=(Norm(width), Norm(width)),
            gate=normal(keys[2], (width, self.experts), scale),
            up=normal(keys[3], (self.experts, width, self.hidden), scale),
            down=normal(keys[4], (self.experts, self.hidden, width), self.init_scale / math.sqrt(self.hidden)),
            active=self.active,
            activation=self.activation,
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `ExpertDecoder`."""
        tokens, shape = need_tokens(self, inputs), output_shape(outputs)
        keys = jax.random.split(key, self.depth + 3)
        scale = self.init_scale / math.sqrt(self.width)
        return ExpertDecoder(
            embed=normal(keys[0], (tokens.vocabulary, self.width), scale),
            positions=normal(keys[1], (tokens.length, self.width), scale),
            blocks=unstack(jax.vmap(self.block)(keys[3:]), self.depth),
            final=Norm(self.width),
            readout=normal(keys[2], (self.width, math.prod(shape)), scale),
            shape=shape,
        )
