"""A network minus its initial self, times a scale: how lazily it learns."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, PRNGKeyArray, PyTree

from unseen._types import Fixed, Inputs, Outputs
from unseen.models.layers import held
from unseen.models.mlp import MLP
from unseen.models.model import Model


class CenteredNetwork(eqx.Module):
    """The network of `Centered`; `inner` is trained, `initial` and `scale` are not."""

    inner: PyTree
    initial: Fixed
    scale: Fixed

    def __call__(self, x: Array, *, key: PRNGKeyArray | None = None) -> Array:
        return self.scale.value * (self.inner(x, key=key) - self.initial.value(x, key=key))


class Centered(Model):
    """f(x) = scale·(g(x; θ) − g(x; θ0)): zero at the start, and lazier the larger the scale (Chizat et al. 2019; Kumar et al. 2024).

    The linearised dynamics do not depend on the scale when the learning rate is divided by scale². Random layers (dropout) see the same key
    in both terms.

    Attributes:
        inner: the model g.
        scale: the output scale α, above 0.

    >>> network = Centered(scale=10.0).build(Reals((3,)), Values((2,)), jax.random.key(0))
    >>> network(jnp.ones(3)).tolist()
    [0.0, 0.0]
    """

    inner: Model = MLP()
    scale: float | Array = 1.0

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A fresh network and its own frozen copy."""
        network = self.inner.build(inputs, outputs, key)
        return CenteredNetwork(network, Fixed(network), held(self.scale))
