"""One embedding for the tokens at all places, normalised or not, and a linear readout."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.layers import need_tokens, normal, normalize, output_shape
from unseen.models.model import Model
from unseen.models.product import product


class Embedded(eqx.Module):
    """The network of `SharedEmbedding`."""

    embed: Float[Array, "vocabulary width"]
    readout: Float[Array, "length*width outputs"]
    normalized: bool = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)

    def features(self, x: Int[Array, "*n"]) -> Float[Array, "*n width"]:
        """The local features of tokens: their embeddings, after LayerNorm where there is one."""
        found = self.embed[x]
        return normalize(found, jnp.ones(found.shape[-1]), jnp.zeros(found.shape[-1])) if self.normalized else found

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        return product(self.features(x).reshape(-1), self.readout).reshape(self.shape)


class SharedEmbedding(Model):
    """f(x) = Σ_l U_l φ(w_{x_l}): one embedding w of the tokens for all places l, a readout U_l for each place, no biases.

    φ is the identity, or LayerNorm without scale and shift: (w − mean) / deviation. Laurent, von Brecht & Bresson (2023), "Feature Collapse".
    w ~ N(0, init_scale² / width), U ~ N(0, init_scale² / (length · width)).

    Attributes:
        width: of the embedding, at least 2.
        normalized: whether φ is LayerNorm.
        init_scale: above 0.

    >>> network = SharedEmbedding(width=8).build(Tokens(3, 5), Classes(4), jax.random.key(0))
    >>> network.features(jnp.arange(5)).shape, network(jnp.array([0, 1, 4])).shape
    ((5, 8), (4,))
    """

    width: int = eqx.field(static=True, default=32)
    normalized: bool = eqx.field(static=True, default=True)
    init_scale: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(self, width=(lambda d: d >= 2, "at least 2"), init_scale=(lambda s: s > 0, "a number above 0"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Embedded`."""
        tokens, shape = need_tokens(self, inputs), output_shape(outputs)
        at_embed, at_readout = jax.random.split(key)
        embed = normal(at_embed, (tokens.vocabulary, self.width), self.init_scale / math.sqrt(self.width))
        rows = tokens.length * self.width
        return Embedded(embed, normal(at_readout, (rows, math.prod(shape)), self.init_scale / math.sqrt(rows)), self.normalized, shape)
