"""⟂Grad: remove from each parameter's gradient its component along the parameter."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.joints import Gradient, Loss


class PerpGrad(Gradient):
    """⟂Grad (Prieto et al. 2025), for each parameter tensor w: g ← g − (w·g / w·w) w, so that no step merely scales the weights.

    Attributes:
        inner: where g comes from.
        rescale: restores the norm that g had, as the authors' implementation does; where g lies along w up to rounding, nothing is left
            and the result is 0 (theirs blows the rounding errors up to the norm of g).

    >>> g, w = jnp.array([3.0, 4.0]), jnp.array([2.0, 0.0])
    >>> PerpGrad(rescale=False).project(g, w).tolist(), PerpGrad().project(g, w).tolist()
    ([0.0, 4.0], [0.0, 5.0])
    """

    inner: Gradient = Backprop()
    rescale: bool = eqx.field(static=True, default=True)

    def init(self, params: PyTree) -> PyTree:
        """That of `inner`."""
        return self.inner.init(params)

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss, projected gradient, next state)."""
        value, gradient, state = self.inner(loss, params, batch, key, state)
        return value, jax.tree.map(self.project, gradient, params), state

    def project(self, g: Array, w: Array) -> Array:
        """`g` without its component along `w`."""
        along = jnp.vdot(w, g) / (jnp.vdot(w, w) + 1e-30)
        across = g - along * w
        if not self.rescale:
            return across
        size, left = jnp.linalg.norm(g.ravel()), jnp.linalg.norm(across.ravel())
        resolved = left > 32 * jnp.finfo(g.dtype).eps * size
        return across * jnp.where(resolved, size / jnp.where(resolved, left, 1.0), 0.0)
