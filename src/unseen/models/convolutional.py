"""Convolutions over an image, and a readout of the whole image or at each place."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Fixed, Inputs, Outputs, Problem, Reals, expect
from unseen.models.layers import dropout, held, normal, output_shape
from unseen.models.model import Model
from unseen.models.product import product

POOLS = {"max": jnp.max, "mean": jnp.mean}


def patches(x: Float[Array, "rows columns channels"], size: int, stride: int) -> Float[Array, "r c entries"]:
    """The size × size windows around every `stride`-th pixel, flattened as (row, column, channel); 0 outside. r = ⌈rows / stride⌉, c likewise.

    >>> patches(jnp.ones((4, 4, 1)), 3, 2).sum(axis=-1)  # the first window hangs over two edges
    Array([[4., 6.],
           [6., 9.]], dtype=float32)
    """
    rows, columns, _ = x.shape
    framed = jnp.pad(x, ((size // 2, size // 2), (size // 2, size // 2), (0, 0)))
    return jnp.concatenate([framed[i : i + rows : stride, j : j + columns : stride] for i in range(size) for j in range(size)], axis=-1)


class Convolutions(eqx.Module):
    """The network of `Convolutional`. Weights are [size · size · channels in, channels out]."""

    weights: tuple[Float[Array, "entries channels"], ...]
    shifts: tuple[Float[Array, " channels"], ...]
    readout: Float[Array, "channels outputs"]
    offset: Float[Array, " outputs"]
    dropout: Fixed | None
    size: int = eqx.field(static=True)
    strides: tuple[int, ...] = eqx.field(static=True)
    dropped: tuple[int, ...] = eqx.field(static=True)
    pool: str | None = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)

    def maps(self, x: Float[Array, "rows columns *channels"], *, key: PRNGKeyArray | None = None) -> Float[Array, "r c channels"]:
        """The last layer's feature maps."""
        h = x if x.ndim == 3 else x[..., None]
        for layer, (weight, shift, stride) in enumerate(zip(self.weights, self.shifts, self.strides, strict=True)):
            h = jax.nn.relu(product(patches(h, self.size, stride), weight) + shift)
            if layer in self.dropped and key is not None:
                h = dropout(h, self.dropout, jax.random.fold_in(key, layer))
        return h

    def features(self, x: Float[Array, "rows columns *channels"], *, key: PRNGKeyArray | None = None) -> Float[Array, " channels"]:
        """The maps, each pooled to one number (without `pool`, by their maximum)."""
        return POOLS[self.pool or "max"](self.maps(x, key=key), axis=(0, 1))

    def __call__(self, x: Float[Array, "rows columns *channels"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        h = self.maps(x, key=key) if self.pool is None else self.features(x, key=key)
        return (product(h, self.readout) + self.offset).reshape(self.shape)


class Convolutional(Model):
    """h ← relu(W ∗ h + b) for each layer, dropout on the maps of some, and a linear readout: of pooled maps, or of the maps at each place.

    An input is an image [rows, columns] or [rows, columns, channels]; outside of it everything is 0. Layer l keeps every `strides[l]`-th row and column. With
    `pool` each map becomes one number (its maximum or mean), which the readout sees; with None the readout is applied at each of the r × c places that are
    left, so that outputs must be values of shape (r, c, k). Weights start as N(0, 2/fan-in), those of the readout as N(0, 1/fan-in), shifts at 0.

    Attributes:
        channels: maps of each layer.
        size: of the windows, odd.
        strides: one a layer, each at least 1.
        pool: "max", "mean" or None.
        dropout: share of entries of the maps set to 0 when a key is given, in [0, 1) (the others are divided by one minus it); None for none.
        dropped: the layers whose maps are dropped, counted from 0.

    Raises:
        Problem: when inputs are not images, or outputs do not have the shape of the places.

    >>> from unseen._types import Classes
    >>> network = Convolutional(channels=(4, 8), strides=(2, 2)).build(Reals((9, 9)), Classes(3), jax.random.key(0))
    >>> network.maps(jnp.ones((9, 9))).shape, network(jnp.ones((9, 9))).shape
    ((3, 3, 8), (3,))
    """

    channels: tuple[int, ...] = eqx.field(static=True, default=(16, 32))
    size: int = eqx.field(static=True, default=3)
    strides: tuple[int, ...] = eqx.field(static=True, default=(2, 2))
    pool: str | None = eqx.field(static=True, default="max")
    dropout: float | Array | None = None
    dropped: tuple[int, ...] = eqx.field(static=True, default=(0, 1))

    def __check_init__(self) -> None:
        expect(
            self,
            channels=(lambda c: len(c) >= 1 and min(c) >= 1, "at least one layer, each of at least one map"),
            size=(lambda s: s >= 1 and s % 2 == 1, "an odd number"),
            strides=(lambda s: len(s) == len(self.channels) and min(s) >= 1, "one whole number of at least 1 for each layer"),
            pool=(lambda p: p is None or p in POOLS, "'max', 'mean' or None"),
            dropout=(lambda r: r is None or 0 <= r < 1, "a rate in [0, 1), or None"),
            dropped=(lambda d: self.dropout is None or all(0 <= layer < len(self.channels) for layer in d), "layers counted from 0"),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """Fresh `Convolutions`."""
        if not isinstance(inputs, Reals) or len(inputs.shape) not in (2, 3):
            raise Problem(f"Convolutional: expected images (rows, columns) or (rows, columns, channels), got {inputs!r}. Use an MLP for flat inputs.")
        shape = output_shape(outputs)
        places = tuple(math.ceil(n / math.prod(self.strides)) for n in inputs.shape[:2])
        if self.pool is None and (len(shape) != 3 or shape[:2] != places):
            raise Problem(f"Convolutional: expected outputs of shape {(*places, 'k')} without pooling, got {outputs!r}. Change strides, or pool.")
        entries = [n * self.size**2 for n in ((*inputs.shape, 1)[2], *self.channels[:-1])]
        *at, last = jax.random.split(key, len(self.channels) + 1)
        return Convolutions(
            tuple(normal(k, (n, m), math.sqrt(2 / n)) for k, n, m in zip(at, entries, self.channels, strict=True)),
            tuple(jnp.zeros(m) for m in self.channels),
            normal(last, (self.channels[-1], shape[-1] if self.pool is None else math.prod(shape)), math.sqrt(1 / self.channels[-1])),
            jnp.zeros(shape[-1] if self.pool is None else math.prod(shape)),
            held(self.dropout),
            self.size,
            self.strides,
            self.dropped,
            self.pool,
            shape,
        )
