"""A layer of attention and MLP, for a whole string or for the places that come next."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from unseen._types import Fixed
from unseen.models.layers import activation, dropout
from unseen.models.positions import Place, Scores
from unseen.models.product import product
from unseen.models.transformer import Norm


class Kept(NamedTuple):
    """Keys and values of a layer at all places of a string."""

    keys: Float[Array, "length heads size"]
    values: Float[Array, "length heads size"]


class Before(NamedTuple):
    """What a layer has kept of a string whose places from `at` on come now: all its keys and values, of which those from `at` on are not there yet."""

    kept: Kept
    at: Int[Array, ""]

    def here(self, place: Place, count: int) -> Int[Array, " count"]:
        """The places of the `count` that come now."""
        return jax.lax.dynamic_slice_in_dim(jnp.arange(len(self.kept.keys)) if place is None else place, self.at, count)


class Layer(eqx.Module):
    """x ← norm(x + attention(x));  x ← norm(x + down(activation(up(x)))); or, with `pre`, x ← x + attention(norm(x)) and so on. Weights are [in, out].

    Attributes:
        qkv: query, key and value side by side, the heads in order within each.
        scores: what attention asks, before the softmax.
        biases: of `up` and `down`; attention has none.

    Called for all places of a string it gives them, and its keys and values; called with what it has kept of those `before`, for the next ones alone.
    """

    qkv: Float[Array, "width 3*width"]
    out: Float[Array, "width width"]
    scores: Scores
    up: Float[Array, "width hidden"]
    down: Float[Array, "hidden width"]
    biases: tuple[Float[Array, " hidden"], Float[Array, " width"]]
    norms: tuple[Norm, Norm]
    heads: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    pre: bool = eqx.field(static=True)

    def attention(
        self, x: Float[Array, "asking width"], place: Place, seen: Bool[Array, "*asking length"] | None, before: Before | None = None
    ) -> tuple[Float[Array, "asking width"], Kept]:
        """What each place reads from those that it may see (None: all), and the keys and values.

        With what was kept `before`, x holds only the places that come now; `place` and the last axis of `seen` are about all places of the string.
        """
        asking, width = x.shape
        query, key, value = (one.reshape(asking, self.heads, -1) for one in jnp.split(product(x, self.qkv), 3, axis=1))
        if before is not None:
            key, value = (jax.lax.dynamic_update_slice_in_dim(*pair, before.at, axis=0) for pair in zip(before.kept, (key, value), strict=True))
        scores = self.scores(query, key, place, None if before is None else before.here(place, asking))
        scores = scores if seen is None else jnp.where(seen, scores, jnp.finfo(scores.dtype).min)
        mixed = jnp.einsum("hqk,khd->qhd", jax.nn.softmax(scores, axis=-1), value)
        return product(mixed.reshape(asking, width), self.out), Kept(key, value)

    def transform(self, x: Float[Array, "length width"]) -> Float[Array, "length width"]:
        """The MLP."""
        return product(activation(self.activation)(product(x, self.up) + self.biases[0]), self.down) + self.biases[1]

    def __call__(
        self,
        x: Float[Array, "asking width"],
        place: Place,
        seen: Bool[Array, "*asking length"] | None,
        rate: Fixed | None,
        key: PRNGKeyArray | None,
        before: Before | None = None,
    ) -> tuple[Float[Array, "asking width"], Kept]:
        keys = (None, None) if key is None or rate is None else tuple(jax.random.split(key))
        read, kept = self.attention(self.norms[0](x) if self.pre else x, place, seen, before)
        x = x + dropout(read, rate, keys[0])
        if self.pre:
            return x + dropout(self.transform(self.norms[1](x)), rate, keys[1]), kept
        x = self.norms[0](x)
        return self.norms[1](x + dropout(self.transform(x), rate, keys[1])), kept
