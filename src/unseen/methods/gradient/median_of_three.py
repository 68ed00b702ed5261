"""RM3: the median of the last three minibatches' gradients, coordinate by coordinate."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, expect
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.joints import Gradient, Loss

STATISTICS = ("median", "mean")


class MedianOfThree(Gradient):
    """RM3 (Chatterjee & Zielinski 2022): each coordinate is the median of this step's gradient and the two before; no step until there are three.

    A direction that only one of three minibatches has is suppressed. Where a coordinate is spread symmetrically over minibatches, as it is in large ones, the
    median has the expectation of the mean, and suppresses nothing. Holds two more copies of the parameters.

    Attributes:
        inner: where the gradients come from.
        statistic: "median"; or "mean" of the three, which suppresses nothing and has the same delay (the authors' RA3).

    >>> float(MedianOfThree().combine(*jnp.array([1.0, 5.0, 2.0])))
    2.0
    """

    inner: Gradient = Backprop()
    statistic: str = eqx.field(static=True, default="median")

    def __check_init__(self) -> None:
        expect(self, statistic=(lambda s: s in STATISTICS, " or ".join(map(repr, STATISTICS))))

    def init(self, params: PyTree) -> PyTree:
        """(inner state, the gradient before, the one before that, steps taken)."""
        zeros = jax.tree.map(jnp.zeros_like, params)
        return self.inner.init(params), zeros, zeros, jnp.zeros((), int)

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss, median or mean of three gradients, next state)."""
        inner, last, older, taken = state
        value, gradient, inner = self.inner(loss, params, batch, key, inner)
        direction = jax.tree.map(lambda *three: jnp.where(taken >= 2, self.combine(*three), 0).astype(three[0].dtype), gradient, last, older)
        return value, direction, (inner, gradient, last, taken + 1)

    def combine(self, a: Array, b: Array, c: Array) -> Array:
        """The median (or the mean) of three arrays, entry by entry."""
        if self.statistic == "mean":
            return (a + b + c) / 3
        return jnp.maximum(jnp.minimum(a, b), jnp.minimum(jnp.maximum(a, b), c))
