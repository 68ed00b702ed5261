"""Hinge loss of binary classification."""

import jax
from jaxtyping import Array, Float, Int

from unseen.methods.joints import Objective
from unseen.methods.objective._margin import margin


class Hinge(Objective):
    """max(0, 1 − m) with the margin m = ±f (labels ±1 or 0/1; f one score, or the difference of two logits).

    >>> Hinge().losses(jnp.array([2.0, 0.5, 0.5]), jnp.array([1, 1, -1])).tolist()
    [0.0, 0.5, 1.5]
    """

    def losses(self, outputs: Float[Array, "n *one"], y: Float[Array, " n"] | Int[Array, " n"]) -> Float[Array, " n"]:
        """The loss of each example."""
        return jax.nn.relu(1.0 - margin(outputs, y))
