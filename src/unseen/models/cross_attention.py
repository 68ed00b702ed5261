"""Where a decoder that writes one symbol after the other looks in what it has read: by content, by distance, or a step further than before."""

import math
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from unseen.models.layers import uniform
from unseen.models.positions import waves
from unseen.models.product import product


class CrossAttention(eqx.Module):
    """Attention of one query at a time to `length` places. Made for queries and what is read of `width` entries."""

    def prepare(self, read: Float[Array, "length width"]) -> PyTree[Array]:
        """What does not depend on the query."""
        return None

    def __call__(
        self, query: Float[Array, " width"], prepared: PyTree[Array], there: Bool[Array, " length"], time: Int[Array, ""], before: Float[Array, ""]
    ) -> Float[Array, " length"]:
        """How much is read at each place, 0 where nothing is `there`, with the sum 1.

        Args:
            query: the state of the decoder.
            prepared: from `prepare`.
            there: which places may be read.
            time: how many symbols the decoder has written.
            before: where the step before has looked: the mean place; 0 at first.
        """
        raise NotImplementedError


class ContentAttention(CrossAttention):
    """softmax over places j of (q W_q)·(r_j W_k) / sqrt(width)."""

    query: Float[Array, "width width"]
    key: Float[Array, "width width"]

    def __init__(self, key: PRNGKeyArray, width: int) -> None:
        self.query, self.key = (glorot(k, (width, width)) for k in jax.random.split(key))

    def prepare(self, read: Float[Array, "length width"]) -> Float[Array, "length width"]:
        """The keys."""
        return product(read, self.key)

    def __call__(
        self, query: Float[Array, " width"], prepared: PyTree[Array], there: Bool[Array, " length"], time: Int[Array, ""], before: Float[Array, ""]
    ) -> Float[Array, " length"]:
        return _softmax(prepared @ product(query, self.query) / math.sqrt(len(query)), there)


class RelativeAttention(ContentAttention):
    """softmax over places j of ((q W_q + u)·(r_j W_k) + (q W_q + v)·(W d_(j-t))) / sqrt(width) with sines and cosines d of the distance from the time t.

    As Transformer-XL (Dai et al. 2019) relates places of one string, here places of what is read to those of what is written (Dubois et al. 2020).
    """

    content: Float[Array, " width"]
    distance: Float[Array, " width"]
    weight: Float[Array, "width width"]

    def __init__(self, key: PRNGKeyArray, width: int) -> None:
        super().__init__(key, width)
        self.content, self.distance = jnp.zeros(width), jnp.zeros(width)
        self.weight = glorot(jax.random.fold_in(key, 2), (width, width))

    def prepare(self, read: Float[Array, "length width"]) -> tuple[Array, Array]:
        """The keys of the places, and of the distances from -length to length - 1."""
        length, width = read.shape
        return super().prepare(read), product(waves(jnp.arange(-length, length), width).astype(read.dtype), self.weight)

    def __call__(
        self, query: Float[Array, " width"], prepared: PyTree[Array], there: Bool[Array, " length"], time: Int[Array, ""], before: Float[Array, ""]
    ) -> Float[Array, " length"]:
        keys, distances = prepared
        asked, length = product(query, self.query), len(keys)
        at = jax.lax.dynamic_slice_in_dim(distances, length - time, length)
        return _softmax((keys @ (asked + self.content) + at @ (asked + self.distance)) / math.sqrt(len(query)), there)


class MonotonicAttention(CrossAttention):
    """A Gaussian window whose centre moves on by a step that is never negative (Ray Chowdhury & Caragea 2023).

    With z = q W + b: centre μ = (mean place read before) + step, step = s relu(z·ρ) + (1 - s) σ(5 z·ρ) with s = σ(leak), so that a unit that is off
    still gets a little gradient; or, with `one`, σ(5 z·ρ) alone, at most one place. Deviation (relu(z·w) + 0.27) (n - 1) / n for n places; weights
    exp(-(j - μ)² / (2 deviation²)), normalised. What stands at a place plays no part in how much of it is read.

    Attributes:
        weight: W.
        bias: b.
        step: ρ.
        spread: w.
        leak: initially 20, where s is 1 but for 2e-9, as in the authors' code.
        one: whether a step is at most one place ("OneStep" in the authors' code; else "MonoAttn").
    """

    weight: Float[Array, "width width"]
    bias: Float[Array, " width"]
    step: Float[Array, " width"]
    spread: Float[Array, " width"]
    leak: Float[Array, ""]
    one: bool = eqx.field(static=True)

    def __init__(self, key: PRNGKeyArray, width: int, one: bool = False) -> None:
        keys = jax.random.split(key, 3)
        self.weight, self.bias = glorot(keys[0], (width, width)), jnp.zeros(width)
        self.step, self.spread = (glorot(k, (width, 1))[:, 0] for k in keys[1:])
        self.leak, self.one = jnp.asarray(20.0), one

    def __call__(
        self, query: Float[Array, " width"], prepared: PyTree[Array], there: Bool[Array, " length"], time: Int[Array, ""], before: Float[Array, ""]
    ) -> Float[Array, " length"]:
        z, count = product(query, self.weight) + self.bias, jnp.sum(there)
        at_most_one, s = jax.nn.sigmoid(5 * z @ self.step), jax.nn.sigmoid(self.leak)
        centre = before + (at_most_one if self.one else s * jax.nn.relu(z @ self.step) + (1 - s) * at_most_one)
        deviation = (jax.nn.relu(z @ self.spread) + 0.27) * jnp.maximum(count - 1, 1) / jnp.maximum(count, 1)
        return _softmax(-jnp.square((jnp.arange(len(there)) - centre) / deviation) / 2, there)


def glorot(key: PRNGKeyArray, shape: tuple[int, int]) -> Float[Array, "inputs outputs"]:
    """Independent entries, uniform on ± sqrt(6 / (inputs + outputs)) (Glorot & Bengio 2010)."""
    return uniform(key, shape, math.sqrt(6 / sum(shape)))


def _softmax(scores: Float[Array, " length"], there: Bool[Array, " length"]) -> Float[Array, " length"]:
    return jax.nn.softmax(jnp.where(there, scores, jnp.finfo(scores.dtype).min))


KINDS = {
    "content": ContentAttention,
    "relative": RelativeAttention,
    "monotonic": MonotonicAttention,
    "one step": partial(MonotonicAttention, one=True),
}
