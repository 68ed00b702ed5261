"""Logistic loss of binary classification."""

import jax
from jaxtyping import Array, Float, Int

from unseen.methods.joints import Objective
from unseen.methods.objective._margin import margin


class Logistic(Objective):
    """log(1 + exp(−m)) in nats, with the margin m = ±f (labels ±1 or 0/1; f one score, or the difference of two logits).

    >>> [round(float(jnp.exp(loss)), 4) for loss in Logistic().losses(jnp.log(jnp.array([2.0, 2.0])), jnp.array([1, -1]))]  # 1 + 1/2, 1 + 2
    [1.5, 3.0]
    """

    def losses(self, outputs: Float[Array, "n *one"], y: Float[Array, " n"] | Int[Array, " n"]) -> Float[Array, " n"]:
        """The loss of each example."""
        return jax.nn.softplus(-margin(outputs, y))
