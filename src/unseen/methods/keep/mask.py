"""Some parameters are held at zero: sparse training, lottery tickets."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

from unseen._types import Problem
from unseen.methods.joints import Keep


class Mask(Keep):
    """Parameters whose mask is 0 are 0 from the start and after every step (Frankle & Carbin 2019).

    Attributes:
        mask: like the trainable parameters, true (1) where they live; None masks nothing.

    >>> keep = Mask({"w": jnp.array([True, False])})
    >>> keep.after({"w": jnp.array([2.0, 3.0])}, None, jnp.array(1))[0]["w"].tolist()
    [2.0, 0.0]
    """

    mask: PyTree = None

    def masked(self, params: PyTree) -> PyTree:
        """The parameters with zeros where the mask is 0."""
        if self.mask is None:
            return params
        try:
            return jax.tree.map(lambda p, m: jnp.where(jnp.asarray(m, bool), p, jnp.zeros((), p.dtype)), params, self.mask)
        except ValueError as error:
            raise Problem(
                f"Mask.mask: expected a tree like the trainable parameters, {jax.tree.structure(params)}, got {jax.tree.structure(self.mask)}."
            ) from error

    def init(self, params: PyTree) -> tuple[PyTree, PyTree]:
        """The masked initial parameters."""
        return self.masked(params), None

    def after(self, params: PyTree, state: PyTree, step: Int[Array, ""]) -> tuple[PyTree, PyTree]:
        """The masked parameters."""
        return self.masked(params), state
