"""Shallow networks one after the other, with narrow layers between them."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Inputs, Outputs, expect
from unseen.models.layers import apply_first, input_size, normal, output_shape
from unseen.models.model import Model
from unseen.models.product import product


class Composed(eqx.Module):
    """The network of `Accordion`: of each block the weights in [in, width], the shifts and the weights out [width, out]."""

    blocks: tuple[tuple[Float[Array, "inputs width"], Float[Array, " width"], Float[Array, "width outputs"]], ...]
    shape: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x: Array, *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        for i, (inward, shift, outward) in enumerate(self.blocks):
            x = product(jax.nn.relu((product(x, inward) if i else apply_first(inward, x)) + shift), outward)
        return x.reshape(self.shape)


class Accordion(Model):
    """f = f_L ∘ … ∘ f_1 with f_l(x) = V_l relu(W_l x + b_l): L wide layers, and between them `bottleneck` numbers without activation.

    The accordion networks of Jacot, Choi & Wen (2025), "How DNNs break the Curse of Dimensionality", whose complexity is a sum over blocks of ‖W_l‖_F ‖V_l‖_F,
    which bounds the F₁ norm of the block, and does not grow with width: weight decay acts on it. One block is a shallow network. Weights start as
    N(0, 2/fan-in) (W) and N(0, 1/fan-in) (V), shifts at 0.

    Attributes:
        blocks: L, at least 1.
        width: of the wide layers.
        bottleneck: numbers between two blocks.

    >>> from unseen._types import Reals, Values
    >>> network = Accordion(blocks=2, width=32, bottleneck=3).build(Reals((5,)), Values((2,)), jax.random.key(0))
    >>> [outward.shape for _, _, outward in network.blocks]
    [(32, 3), (32, 2)]
    """

    blocks: int = eqx.field(static=True, default=2)
    width: int = eqx.field(static=True, default=128)
    bottleneck: int = eqx.field(static=True, default=16)

    def __check_init__(self) -> None:
        positive = (lambda n: n >= 1, "a whole number of at least 1")
        expect(self, blocks=positive, width=positive, bottleneck=positive)

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Composed`."""
        shape = output_shape(outputs)
        sizes = [input_size(inputs), *[self.bottleneck] * (self.blocks - 1), math.prod(shape)]
        made = []
        for i, k in enumerate(jax.random.split(key, self.blocks)):
            inward, outward = jax.random.split(k)
            wide = normal(inward, (sizes[i], self.width), math.sqrt(2 / sizes[i]))
            made.append((wide, jnp.zeros(self.width), normal(outward, (self.width, sizes[i + 1]), 1 / math.sqrt(self.width))))
        return Composed(tuple(made), shape)
