"""Winsorised mean of the gradients of the examples of a minibatch, coordinate by coordinate."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, expect
from unseen.methods.joints import Gradient, Loss


def winsorized_mean(values: Float[Array, "n *shape"], clipped: int) -> Float[Array, "*shape"]:
    """Mean over the first axis after the `clipped` smallest values of each entry are raised to the next one, and the largest lowered likewise; 2 clipped < n.

    >>> winsorized_mean(jnp.array([0.0, 1.0, 2.0, 3.0, 100.0]), 1)
    Array(2., dtype=float32)
    """
    low, high = _smallest(values, clipped + 1), -_smallest(-values, clipped + 1)
    return jnp.mean(jnp.clip(values, low, high), axis=0)


class Winsorized(Gradient):
    """Winsorised gradient descent (Chatterjee 2020): the gradients of the batch's examples, each coordinate clipped to its quantiles, then averaged.

    No few examples alone can move a coordinate. Forms the gradient of every example: batch × parameters numbers. Without batch normalisation only.

    Attributes:
        share: quantiles are those at `share` and 1 - `share`, the nearest values: round(share · (batch - 1)) examples are clipped at either end; in [0, 0.5).

    >>> slopes = Examples(jnp.zeros(5), jnp.array([0.0, 1.0, 2.0, 3.0, 100.0]))
    >>> line = lambda w, batch, key: jnp.mean(w * batch.y)
    >>> Winsorized(share=0.25)(line, jnp.array(1.0), slopes, jax.random.key(0), None)[1].item()
    2.0
    """

    share: float = eqx.field(static=True, default=0.1)

    def __check_init__(self) -> None:
        expect(self, share=(lambda s: 0 <= s < 0.5, "a share in [0, 0.5)"))

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(mean loss, winsorised gradient, the unchanged state)."""
        ones = jax.tree.map(lambda leaf: leaf[:, None], batch)
        values, gradients = jax.vmap(jax.value_and_grad(loss), (None, 0, 0))(params, ones, jax.random.split(key, len(batch)))
        clipped = min(round(self.share * (len(batch) - 1)), (len(batch) - 1) // 2)
        return jnp.mean(values), jax.tree.map(lambda g: winsorized_mean(g, clipped), gradients), state


def _smallest(values: Float[Array, "n *shape"], k: int) -> Float[Array, "*shape"]:
    """The k-th smallest over the first axis, by insertion: on a CPU much faster than sorting while k is small."""

    def insert(found: Array, value: Array) -> tuple[Array, None]:
        kept = []
        for one in found:
            kept.append(jnp.minimum(one, value))
            value = jnp.maximum(one, value)
        return jnp.stack(kept), None

    return jax.lax.scan(insert, jnp.full((k, *values.shape[1:]), jnp.inf, values.dtype), values)[0][-1]
