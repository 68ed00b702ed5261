"""Ways to tell an attention network where a symbol stands: something added to the embeddings, or something in the scores of attention.

Both get the places of the symbols, whole numbers from 0 on, or None for 0, 1, 2 … Scores may be asked by some of the places only, those of `asking`.
A new way is one class and one line in `SCHEMES`.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Problem
from unseen.models.layers import fan_in, rows
from unseen.models.product import product

LONGEST_WAVE = 10_000
BUCKETS, FURTHEST = 32, 128
HIDDEN, THRESHOLD = 32, 512
LONGER = (
    "Build for longer sequences, or with positions that have no largest place: positions='none', 'sinusoidal', 'rotary', 'alibi', 'relative', 'buckets' or "
    "'fire' of a Decoder or an Encoder, 'none' of a Transformer."
)

Place = Int[Array, " length"] | None
Heads = Float[Array, "length heads size"]
Places = Int[Array, " asking"] | None
Asking = Float[Array, "asking heads size"]
Asked = Float[Array, "heads asking length"]


class Added(eqx.Module):
    """What is added to the embeddings: here nothing.

    Made for places below `length`, for a network of `width` with `heads`.
    """

    def __init__(self, key: PRNGKeyArray, length: int, width: int, heads: int) -> None:
        pass

    def __call__(self, stream: Float[Array, "length width"], place: Place) -> Float[Array, "length width"]:
        """The embeddings with their positions."""
        return stream


class Sinusoidal(Added):
    """Place p gets (sin(p w), cos(p w)) with w_k = 10000^(-2k/width), sines first (Vaswani et al. 2017)."""

    def __call__(self, stream: Float[Array, "length width"], place: Place) -> Float[Array, "length width"]:
        """The embeddings plus sines and cosines."""
        return stream + waves(_counted(place, stream), stream.shape[1]).astype(stream.dtype)


class Learned(Added):
    """Place p gets row p of a table; drawn N(0, 0.02² width), which is the size of the embeddings of `Encoder`. No row, no place: longer is a Problem."""

    table: Float[Array, "length width"]

    def __init__(self, key: PRNGKeyArray, length: int, width: int, heads: int) -> None:
        self.table = 0.02 * math.sqrt(width) * jax.random.normal(key, (length, width))

    def __call__(self, stream: Float[Array, "length width"], place: Place) -> Float[Array, "length width"]:
        """The embeddings plus rows of the table."""
        return stream + (first_places(self.table, len(stream)) if place is None else rows(self.table, place))


class Scores(eqx.Module):
    """The scores of attention: here q kᵀ / sqrt(size), blind to positions. Made as `Added` is."""

    def __init__(self, key: PRNGKeyArray, length: int, width: int, heads: int) -> None:
        pass

    def __call__(self, query: Asking, key: Heads, place: Place, asking: Places = None) -> Asked:
        """How much each query (middle axis) asks of each key (last axis), before the softmax.

        `place` are the places of the keys, `asking` those of the queries, which are the same unless given.
        """
        return jnp.einsum("qhd,khd->hqk", query / math.sqrt(query.shape[2]), key)


class Rotary(Scores):
    """Query and key of place p turned by the angles p w_k, w_k = 10000^(-2k/size), in the planes of entries 2k and 2k+1 (Su et al. 2021)."""

    def __call__(self, query: Asking, key: Heads, place: Place, asking: Places = None) -> Asked:
        """Scores of the turned queries and keys: they depend on the distance of two places only."""
        place = _counted(place, key)
        return super().__call__(_turned(query, place if asking is None else asking), _turned(key, place), place)


class Alibi(Scores):
    """Minus slope_h |i − j|, plus slope_h / 2 for keys j before i, after the scaling (Press et al. 2022; both directions as Delétang et al. 2023)."""

    def __call__(self, query: Asking, key: Heads, place: Place, asking: Places = None) -> Asked:
        """Scores that fall with the distance."""
        ahead = _ahead(place, key, asking)
        return super().__call__(query, key, place) + jnp.array(slopes(query.shape[1]), query.dtype)[:, None, None] * (0.5 * (ahead > 0) - jnp.abs(ahead))


class Relative(Scores):
    """((q_i + u)·k_j + (q_i + v)·W r_(i−j)) / sqrt(size), r_d the sines and cosines of distance d (Dai et al. 2019, Transformer-XL).

    Attributes:
        content: u, by head, initially N(0, 0.02²).
        distance: v, likewise.
        weight: W, [in, out], initially truncated normal with deviation 1/sqrt(width).
    """

    content: Float[Array, "heads size"]
    distance: Float[Array, "heads size"]
    weight: Float[Array, "width width"]

    def __init__(self, key: PRNGKeyArray, length: int, width: int, heads: int) -> None:
        keys = jax.random.split(key, 3)
        self.content, self.distance = (0.02 * jax.random.normal(k, (heads, width // heads)) for k in keys[:2])
        self.weight = fan_in(keys[2], (width, width))

    def __call__(self, query: Asking, key: Heads, place: Place, asking: Places = None) -> Asked:
        """Scores by content and by distance."""
        length, heads, size = query.shape
        asked = (query + self.distance) / math.sqrt(size)
        if place is None and asking is None:
            keys = self.keys(length - 1 - jnp.arange(2 * length - 1), heads)  # from the furthest key before to the furthest one after
            by_distance = _at_distances(jnp.einsum("qhd,khd->hqk", asked, keys))
        else:
            keys = self.keys(_ahead(place, key, asking).reshape(-1), heads).reshape(length, len(key), heads, size)
            by_distance = jnp.einsum("qhd,qkhd->hqk", asked, keys)
        return super().__call__(query + self.content, key, place) + by_distance

    def keys(self, distances: Int[Array, " n"], heads: int) -> Float[Array, "n heads size"]:
        """W r_d, by head."""
        return product(waves(distances, len(self.weight)).astype(self.weight.dtype), self.weight).reshape(len(distances), heads, -1)


class Buckets(Scores):
    """A learned number for each head and bucket of the distance i − j, added after the scaling (Raffel et al. 2020, T5); initially N(0, 0.02²).

    `BUCKETS` buckets for keys before and as many for keys after: distances below half of them have their own, the others share theirs on a
    logarithmic scale up to `FURTHEST`, beyond which all are one. Under a causal mask these are the 32 buckets of T5's decoder.
    """

    table: Float[Array, "buckets heads"]

    def __init__(self, key: PRNGKeyArray, length: int, width: int, heads: int) -> None:
        self.table = 0.02 * jax.random.normal(key, (2 * BUCKETS, heads))

    def __call__(self, query: Asking, key: Heads, place: Place, asking: Places = None) -> Asked:
        """Scores plus what is learned of each distance."""
        ahead = _ahead(place, key, asking)
        bucket = bucketed(jnp.abs(ahead)) + BUCKETS * (ahead < 0)
        bias = rows(self.table, bucket.reshape(-1)).reshape(*bucket.shape, -1)
        return super().__call__(query, key, place) + jnp.moveaxis(bias, 2, 0)


class Fire(Scores):
    """An MLP of ψ(|i − j|) / ψ(max(L, i)) is added after the scaling, ψ(x) = log(|c| x + 1) (Li et al. 2023, FIRE): each head has an output of its own.

    A share of what came before, not a number of places, tells how far back a key stands once i exceeds L; so longer strings ask for nothing new. The MLP has
    one hidden layer of `HIDDEN` ReLUs and, as c and L, is each layer's own.

    Attributes:
        slope: c, initially 0.1.
        stretch: L / 512, initially 1.
        inner: weights and biases of the hidden layer, uniform in [-1, 1].
        outer: weights of the output, uniform in ± 1/sqrt(HIDDEN).
        bias: of the output, initially 0.
    """

    slope: Float[Array, ""]
    stretch: Float[Array, ""]
    inner: Float[Array, "2 hidden"]
    outer: Float[Array, "hidden heads"]
    bias: Float[Array, " heads"]

    def __init__(self, key: PRNGKeyArray, length: int, width: int, heads: int) -> None:
        at_inner, at_outer = jax.random.split(key)
        self.slope, self.stretch, self.bias = jnp.asarray(0.1), jnp.asarray(1.0), jnp.zeros(heads)
        self.inner = jax.random.uniform(at_inner, (2, HIDDEN), minval=-1.0, maxval=1.0)
        self.outer = jax.random.uniform(at_outer, (HIDDEN, heads), minval=-1.0, maxval=1.0) / math.sqrt(HIDDEN)

    def __call__(self, query: Asking, key: Heads, place: Place, asking: Places = None) -> Asked:
        """Scores plus what the MLP makes of each share."""
        near = jnp.maximum(jnp.abs(self.stretch) * THRESHOLD, _counted(place, key) if asking is None else asking)
        share = jnp.log1p(jnp.abs(self.slope * _ahead(place, key, asking))) / jnp.log1p(jnp.abs(self.slope) * near)[:, None]
        hidden = jax.nn.relu(share[:, :, None] * self.inner[0] + self.inner[1])
        bias = product(hidden.reshape(-1, HIDDEN), self.outer).reshape(*share.shape, -1) + self.bias
        return super().__call__(query, key, place) + jnp.moveaxis(bias, 2, 0)


def first_places(table: Float[Array, "places width"], length: int) -> Float[Array, "length width"]:
    """The first rows of a table of learned positions.

    Raises:
        Problem: for more places than it has.

    >>> first_places(jnp.eye(3), 2).shape
    (2, 3)
    """
    if length > len(table):
        raise Problem(f"learned positions: expected at most the {len(table)} places that they were built for, got a sequence of {length}. {LONGER}")
    return table[:length]


def bucketed(distance: Int[Array, "*n"]) -> Int[Array, "*n"]:
    """The bucket of a distance: itself below 16; from there 16 + floor(16 log(d / 16) / log(128 / 16)), at most 31.

    >>> bucketed(jnp.array([0, 15, 16, 20, 127, 1000])).tolist()
    [0, 15, 16, 17, 31, 31]
    """
    exact = BUCKETS // 2
    share = jnp.log(jnp.maximum(distance, exact) / exact) / math.log(FURTHEST / exact)
    return jnp.where(distance < exact, distance, jnp.minimum(exact + (share * (BUCKETS - exact)).astype(jnp.int32), BUCKETS - 1))


def waves(place: Array, width: int) -> Float[Array, "places width"]:
    """sin(p w_k), then cos(p w_k), with w_k = 10000^(-2k/width) for k = 0 … width/2 − 1.

    >>> [round(float(one), 3) for one in waves(jnp.array([1]), 4)[0]]  # sines of 1 and 1/100, then cosines
    [0.841, 0.01, 0.54, 1.0]
    """
    angle = place[:, None] * LONGEST_WAVE ** (-jnp.arange(0, width, 2) / width)
    return jnp.concatenate([jnp.sin(angle), jnp.cos(angle)], axis=1)


def slopes(heads: int) -> list[float]:
    """2^(-8 (h+1)/heads) for a power of two; else those of the next lower power, then every other one of the next higher, as Press et al. publish.

    >>> slopes(8)[:3]
    [0.5, 0.25, 0.125]
    """
    lower = 2 ** int(math.log2(heads))
    steps = [2 ** (-8 * (h + 1) / lower) for h in range(lower)]
    return steps if lower == heads else steps + slopes(2 * lower)[::2][: heads - lower]


def _counted(place: Place, stream: Float[Array, "length *rest"]) -> Int[Array, " length"]:
    return jnp.arange(len(stream)) if place is None else place


def _ahead(place: Place, key: Heads, asking: Places) -> Int[Array, "asking length"]:
    """How far query i stands behind key j: i − j."""
    place = _counted(place, key)
    return (place if asking is None else asking)[:, None] - place


def _turned(x: Heads, place: Int[Array, " length"]) -> Heads:
    sines, cosines = jnp.split(waves(place, x.shape[2]).astype(x.dtype)[:, None], 2, axis=2)
    even, odd = x[..., ::2], x[..., 1::2]
    return jnp.stack([even * cosines - odd * sines, odd * cosines + even * sines], axis=3).reshape(x.shape)


def _at_distances(scores: Float[Array, "heads length distances"]) -> Float[Array, "heads length length"]:
    """From scores by distance i − j, falling from length − 1, those by key j: each row is cut one entry further left, which is a reshape."""
    heads, length, count = scores.shape
    flat = jnp.pad(scores, ((0, 0), (0, 0), (0, 1))).reshape(heads, -1)
    return flat[:, length - 1 : length - 1 + length * count].reshape(heads, length, count)[:, :, :length]


SCHEMES: dict[str, tuple[type[Added], type[Scores]]] = {
    "none": (Added, Scores),
    "sinusoidal": (Sinusoidal, Scores),
    "learned": (Learned, Scores),
    "rotary": (Added, Rotary),
    "alibi": (Added, Alibi),
    "relative": (Added, Relative),
    "buckets": (Added, Buckets),
    "fire": (Added, Fire),
}
