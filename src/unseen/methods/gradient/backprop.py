"""The plain gradient, by backpropagation."""

import jax
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples
from unseen.methods.joints import Gradient, Loss


class Backprop(Gradient):
    """The gradient of the loss on the batch.

    >>> parabola, none = lambda w, batch, key: jnp.sum(w**2), Examples(jnp.zeros(1), jnp.zeros(1))
    >>> value, direction, _ = Backprop()(parabola, jnp.array([3.0]), none, jax.random.key(0), None)
    >>> float(value), direction.tolist()
    (9.0, [6.0])
    """

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss, its gradient, the unchanged state)."""
        value, gradient = jax.value_and_grad(loss)(params, batch, key)
        return value, gradient, state
