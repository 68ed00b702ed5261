"""Exponential loss of binary classification."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unseen.methods.joints import Objective
from unseen.methods.objective._margin import margin


class Exponential(Objective):
    """exp(−m) with the margin m = ±f (labels ±1 or 0/1; f one score, or the difference of two logits).

    >>> [round(float(loss), 4) for loss in Exponential().losses(jnp.log(jnp.array([2.0, 2.0])), jnp.array([1, -1]))]
    [0.5, 2.0]
    """

    def losses(self, outputs: Float[Array, "n *one"], y: Float[Array, " n"] | Int[Array, " n"]) -> Float[Array, " n"]:
        """The loss of each example."""
        return jnp.exp(-margin(outputs, y))
