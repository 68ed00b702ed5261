"""Sharpness-aware minimisation."""

import jax
import optax
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, expect
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.joints import Gradient, Loss


class SharpnessAware(Gradient):
    """SAM (Foret et al. 2021): the gradient at θ + rho·g/‖g‖₂, with g the gradient at θ on the same batch.

    Attributes:
        inner: where both gradients come from.
        rho: radius, at least 0.

    >>> parabola, none = lambda w, batch, key: jnp.sum(w**2), Examples(jnp.zeros(1), jnp.zeros(1))
    >>> SharpnessAware(rho=0.5)(parabola, jnp.array([3.0]), none, jax.random.key(0), None)[1].tolist()  # at 3.5
    [7.0]
    """

    inner: Gradient = Backprop()
    rho: float | Array = 0.05

    def __check_init__(self) -> None:
        expect(self, rho=(lambda r: r >= 0, "a number of at least 0"))

    def init(self, params: PyTree) -> PyTree:
        """That of `inner`."""
        return self.inner.init(params)

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss at θ, gradient at the perturbed parameters, next state)."""
        value, gradient, _ = self.inner(loss, params, batch, key, state)
        scale = self.rho / (optax.tree.norm(gradient) + 1e-12)
        perturbed = jax.tree.map(lambda p, g: (p + scale * g).astype(p.dtype), params, gradient)
        _, direction, state = self.inner(loss, perturbed, batch, key, state)
        return value, direction, state
