"""Two-layer ReLU network whose bias and normalization can be taken away: the smallest in which flatness means different things."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.layers import apply_first, from_score, input_size, need_score, uniform
from unseen.models.model import Model
from unseen.models.product import product


class HiddenLayer(eqx.Module):
    """The network of `OneHidden`."""

    first: Float[Array, "inputs width"]
    biases: Float[Array, " width"] | None
    readout: Float[Array, " width"]
    normalization: str = eqx.field(static=True)
    epsilon: float = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)

    def features(self, x: Int[Array, " length"] | Float[Array, "*input"], *, key: PRNGKeyArray | None = None) -> Float[Array, " width"]:
        """The hidden activations, normalised."""
        z = apply_first(self.first, x)
        h = jax.nn.relu(z if self.biases is None else z + self.biases)
        if self.normalization == "layer":  # the square first: a norm has no derivative at 0
            h = h * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(h)), self.epsilon**2))
        return h

    def __call__(self, x: Int[Array, " length"] | Float[Array, "*input"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        return from_score(product(self.features(x), self.readout[:, None])[0], self.shape)


class OneHidden(Model):
    """f(x) = v · h(x), h(x) = relu(W x + b), or h/max(‖h‖₂, epsilon) with the simplified LayerNorm of Wen, Ma & Li (2023): no mean subtracted, no gain.

    W and b start uniform on ±first_scale/√inputs, v on ±1/√width. There is no bias at the output.
    Outputs are one value, or two classes with logits (−f/2, f/2); the summed squared error of these is (1 − yf)²/2 + 1/2 for y = ±1.

    Attributes:
        width: hidden units.
        bias: whether there is b.
        normalization: "none" or "layer".
        epsilon: above 0.
        first_scale: at least 0.

    >>> network = OneHidden(width=8, normalization="layer").build(Reals((3,)), Values(()), jax.random.key(0))
    >>> round(float(jnp.linalg.norm(network.features(jnp.array([1.0, -2.0, 5.0])))), 5)
    1.0
    """

    width: int = eqx.field(static=True, default=100)
    bias: bool = eqx.field(static=True, default=True)
    normalization: str = eqx.field(static=True, default="none")
    epsilon: float = eqx.field(static=True, default=1e-6)
    first_scale: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(
            self,
            width=(lambda w: w >= 1, "at least one unit"),
            normalization=(lambda n: n in ("none", "layer"), "'none' or 'layer'"),
            epsilon=(lambda e: e > 0, "a number above 0"),
            first_scale=(lambda s: s >= 0, "a number of at least 0"),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `HiddenLayer`."""
        size, shape = input_size(inputs), need_score(self, outputs)
        first, biases, readout = jax.random.split(key, 3)
        return HiddenLayer(
            first=uniform(first, (size, self.width), self.first_scale / math.sqrt(size)),
            biases=uniform(biases, (self.width,), self.first_scale / math.sqrt(size)) if self.bias else None,
            readout=uniform(readout, (self.width,), 1 / math.sqrt(self.width)),
            normalization=self.normalization,
            epsilon=self.epsilon,
            shape=shape,
        )
