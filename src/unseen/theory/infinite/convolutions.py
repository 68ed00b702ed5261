"""Convolutional networks with infinitely many channels: the Gaussian process that they are at the start, and the tangent kernel that they are trained with."""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._problem import Problem, number, real_numbers, unknown, whole
from unseen.models.convolutional import patches
from unseen.theory.infinite_width import DUALS, Kernels

Images = Float[np.ndarray, "..."]  # [n, rows, columns, channels]; `Problem`, not the type, tells which do not fit

READOUTS = ("flat", "mean")
TILE = 2**22
"""Numbers in one array of a batch of pairs of images (32 megabytes); about eight such arrays are held at once."""

FUNCTIONS = {"relu": jax.nn.relu, "erf": jax.lax.erf}


def convolutional_kernels(
    x: Images,
    other: Images | None = None,
    *,
    strides: tuple[int, ...] = (1,),
    size: int = 3,
    readout: str = "flat",
    activation: str = "relu",
    weight_variance: float = 1.0,
    bias_variance: float = 0.0,
) -> Kernels:
    """Both kernels of a network of convolutions, one for each of `strides`, and a linear readout of one output, as the number of channels of all layers grows.

    z_p = σ_w Σ_d W_d a_(p + d)/√(size² channels) + σ_b b at each place p, d over the window, a = 0 outside of the image, all of W and b from N(0, 1) and
    trained. With K(p, q) = x_p·x'_q/channels of the images at first and E[σ(u)σ(v)], (u, v) ~ N(0, Σ(p, q)), then, a layer has

        Σ(p, q) = σ_w² mean_d K(p + d, q + d) + σ_b²,    Θ(p, q) = Σ(p, q) + σ_w² mean_d Θ(p + d, q + d) E[σ'(u)σ'(v)](p + d, q + d)

    (Arora, Du, Hu, Li, Salakhutdinov & Wang 2019, section 4, whose biases are 0). The readout takes the same means over places: "flat" of those p = q, as it
    has a weight for each channel at each place; "mean" of all pairs p, q, as it has one for each map's mean (Novak et al. 2019). In float64.

    "flat" needs no pair of different places, hence places · size² operations a pair of images and layer; "mean" needs all, places² · size. On one core
    that is about 0.1 ms and 0.1 s for images of 32 × 32: 5,000 images with "mean" and one layer are two weeks, which is why the paper took graphics cards.
    Memory does not grow with the number of pairs but for the results; one pair takes about 64 places² bytes with "mean", 64 MB for 32 × 32.

    Args:
        x: n images [n, rows, columns, channels].
        other: m images of the same shape for the columns; None: `x` again.
        strides: of each layer: every so many-th place is kept, as by `models/convolutional.py`.
        size: of the windows, odd; 1 with images of one place is `infinite_width`.
        readout: "flat" or "mean".
        activation: "relu" or "erf".
        weight_variance: σ_w², above 0; 2 keeps the size of relu layers away from the edges.
        bias_variance: σ_b², at least 0.

    Raises:
        Problem: an argument out of range, an activation without a closed form, or images of different shape.

    >>> x = np.ones((1, 2, 2, 1))  # four of nine places of each window are inside
    >>> [round(float(one.item()), 4) for one in convolutional_kernels(x, weight_variance=2.0)]
    [0.8889, 1.7778]
    """
    whole(size=size)
    x = _images("x", x)
    other, same = (x, True) if other is None else (_images("other", other), False)
    if x.shape[1:] != other.shape[1:]:
        raise Problem(f"x, other: expected images of one shape, got {x.shape[1:]} and {other.shape[1:]}.")
    setting = _checked(strides, size, readout, activation, weight_variance, bias_variance)
    first, second = np.triu_indices(len(x)) if same else np.indices((len(x), len(other))).reshape(2, -1)
    rows = _variances(x, setting)
    columns = rows if same else _variances(other, setting)
    kernels = Kernels(np.empty((len(x), len(other))), np.empty((len(x), len(other))))
    places = math.prod(x.shape[1:3])
    batch = max(1, TILE // (places if readout == "flat" else places**2))
    for begin in range(0, len(first), batch):
        i, j = first[begin : begin + batch], second[begin : begin + batch]
        for kernel, values in zip(kernels, _pairs(x[i], other[j], [one[i] for one in rows], [one[j] for one in columns], setting), strict=True):
            kernel[i, j] = values
            if same:
                kernel[j, i] = values
    return kernels


class WideConvolutions(eqx.Module):
    """A network of finite width whose kernels `convolutional_kernels` are the limit of; `draw` gives a random one. One output.

    Attributes:
        weights: W of each layer [size² · channels in, channels out], and of the readout [features, 1].
        biases: b of each layer and of the readout.
    """

    weights: tuple[Float[Array, "fan_in out"], ...]
    biases: tuple[Float[Array, " out"], ...]
    strides: tuple[int, ...] = eqx.field(static=True)
    size: int = eqx.field(static=True)
    readout: str = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    weight_variance: float = eqx.field(static=True)
    bias_variance: float = eqx.field(static=True)

    def __call__(self, x: Float[Array, "rows columns channels"], *, key: PRNGKeyArray | None = None) -> Float[Array, " 1"]:
        for layer, stride in enumerate(self.strides):
            x = FUNCTIONS[self.activation](self._affine(patches(x, self.size, stride), layer))
        return self._affine(x.reshape(-1) if self.readout == "flat" else jnp.mean(x, axis=(0, 1)), -1)

    def _affine(self, h: Array, layer: int) -> Array:
        return math.sqrt(self.weight_variance / h.shape[-1]) * (h @ self.weights[layer]) + math.sqrt(self.bias_variance) * self.biases[layer]


def draw(
    key: PRNGKeyArray,
    shape: tuple[int, int, int],
    *,
    width: int,
    strides: tuple[int, ...] = (1,),
    size: int = 3,
    readout: str = "flat",
    activation: str = "relu",
    weight_variance: float = 1.0,
    bias_variance: float = 0.0,
) -> WideConvolutions:
    """A random network with `width` channels in each layer, for images of `shape` (rows, columns, channels). Arguments as of `convolutional_kernels`.

    Raises:
        Problem: an argument out of range.

    >>> draw(jax.random.key(0), (4, 4, 2), width=8, strides=(2, 1))(jnp.ones((4, 4, 2))).shape
    (1,)
    """
    whole(width=width, size=size)
    _checked(strides, size, readout, activation, weight_variance, bias_variance)
    if width < 1 or len(shape) != 3 or min(shape) < 1:
        raise Problem(f"width, shape: expected at least one channel, and (rows, columns, channels) of at least 1 each, got {width!r} and {shape!r}.")
    rows, columns = (_left(length, strides) for length in shape[:2])
    entries = [size**2 * channels for channels in (shape[2], *[width] * (len(strides) - 1))]
    shapes = [*((n, width) for n in entries), (width * (rows * columns if readout == "flat" else 1), 1)]
    keys = jax.random.split(key, (len(shapes), 2))
    weights = tuple(jax.random.normal(pair[0], one) for pair, one in zip(keys, shapes, strict=True))
    biases = tuple(jax.random.normal(pair[1], one[1:]) for pair, one in zip(keys, shapes, strict=True))
    return WideConvolutions(weights, biases, strides, size, readout, activation, weight_variance, bias_variance)


class _Setting(NamedTuple):
    strides: tuple[int, ...]
    size: int
    readout: str
    activation: str
    weight_variance: float
    bias_variance: float

    def affine(self, values: np.ndarray, stride: int) -> np.ndarray:
        """σ_w² times means over windows."""
        return self.weight_variance * _windows(values, self.size, stride)


def _left(length: int, strides: tuple[int, ...]) -> int:
    for stride in strides:
        length = -(-length // stride)
    return length


def _windows(values: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Means over windows of [pairs, rows, columns], or of [pairs, rows, columns, rows, columns] where the windows of both images move together."""
    for axis in (1, 2):
        axes = (axis,) if values.ndim == 3 else (axis, axis + 2)
        length = values.shape[axis]
        framed = np.pad(values, [(size // 2,) * 2 if k in axes else (0, 0) for k in range(values.ndim)])
        shifts = [tuple(slice(d, d + length, stride) if k in axes else slice(None) for k in range(values.ndim)) for d in range(size)]
        values = sum((framed[shift] for shift in shifts[1:]), start=framed[shifts[0]]) / size
    return values


def _variances(x: np.ndarray, setting: _Setting) -> list[np.ndarray]:
    """Σ(p, p) of each image with itself, for each layer, [n, rows, columns]."""
    found, kept = [], np.mean(x**2, axis=3)
    for stride in setting.strides:
        found.append(setting.affine(kept, stride) + setting.bias_variance)
        kept = DUALS[setting.activation](found[-1], found[-1], found[-1])[0]
    return found


def _pairs(x: np.ndarray, other: np.ndarray, rows: list[np.ndarray], columns: list[np.ndarray], setting: _Setting) -> tuple[np.ndarray, np.ndarray]:
    """(nngp, ntk) [pairs] of the images of `x` with those of `other` of the same index."""
    flat = setting.readout == "flat"
    value = np.mean(x * other, axis=3) if flat else np.einsum("brck,bstk->brcst", x, other) / x.shape[3]
    slope = np.zeros(())  # of the tangent kernel before, which images do not have
    for layer, stride in enumerate(setting.strides):
        covariance = setting.affine(value, stride) + setting.bias_variance
        tangent = covariance + (setting.affine(slope, stride) if layer else 0.0)
        own, theirs = (rows[layer], columns[layer]) if flat else (rows[layer][:, :, :, None, None], columns[layer][:, None, None])
        value, slope = DUALS[setting.activation](covariance, own, theirs)
        slope = slope * tangent
    every = tuple(range(1, value.ndim))
    nngp = setting.weight_variance * value.mean(axis=every) + setting.bias_variance
    return nngp, nngp + setting.weight_variance * slope.mean(axis=every)


def _images(name: str, x: np.ndarray) -> np.ndarray:
    x = real_numbers(name, x)
    if x.ndim != 4 or 0 in x.shape:
        raise Problem(f"{name}: expected images [n, rows, columns, channels], none of them 0, got shape {x.shape}.")
    return x


def _checked(strides: tuple[int, ...], size: int, readout: str, activation: str, weight_variance: float, bias_variance: float) -> _Setting:
    number(weight_variance=weight_variance, bias_variance=bias_variance)
    if activation not in DUALS:
        raise unknown("activation", activation, DUALS)
    if readout not in READOUTS:
        raise unknown("readout", readout, READOUTS)
    if size < 1 or size % 2 == 0 or len(strides) < 1 or min(strides) < 1:
        raise Problem(f"size, strides: expected an odd number, and at least one layer with a stride of at least 1, got {size!r} and {strides!r}.")
    if not (0 < weight_variance < math.inf and 0 <= bias_variance < math.inf):
        raise Problem(f"weight_variance, bias_variance: expected above 0 and at least 0, finite, got {weight_variance!r} and {bias_variance!r}.")
    return _Setting(strides, size, readout, activation, weight_variance, bias_variance)
