"""Grokfast-EMA: amplify the slow part of the gradient, estimated by an exponential moving average."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, expect
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.joints import Gradient, Loss


class EmaFilter(Gradient):
    """Grokfast-EMA (Lee et al. 2024): μ ← decay·μ + (1 − decay)·g, direction g + amplify·μ; μ starts as the first gradient.

    Attributes:
        inner: where g comes from.
        decay: of the average, in [0, 1).
        amplify: weight of the slow part, at least 0; 0 leaves g as it is.

    >>> parabola, none = lambda w, batch, key: jnp.sum(w**2), Examples(jnp.zeros(1), jnp.zeros(1))
    >>> gradient, w = EmaFilter(decay=0.5, amplify=2.0), jnp.array([3.0])
    >>> _, direction, state = gradient(parabola, w, none, jax.random.key(0), gradient.init(w))
    >>> direction.tolist()  # g + 2 g: the average begins as g = 6
    [18.0]
    >>> gradient(parabola, jnp.array([0.0]), none, jax.random.key(0), state)[1].tolist()  # 0 + 2 (6 + 0) / 2
    [6.0]
    """

    inner: Gradient = Backprop()
    decay: float | Array = 0.98
    amplify: float | Array = 2.0

    def __check_init__(self) -> None:
        expect(self, decay=(lambda d: 0 <= d < 1, "a number in [0, 1)"), amplify=(lambda a: a >= 0, "a number of at least 0"))

    def init(self, params: PyTree) -> PyTree:
        """(inner state, average, whether it has begun)."""
        return self.inner.init(params), jax.tree.map(jnp.zeros_like, params), jnp.zeros((), bool)

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss, filtered gradient, next state)."""
        inner, mean, begun = state
        value, gradient, inner = self.inner(loss, params, batch, key, inner)
        decay = jnp.where(begun, self.decay, 0.0)
        mean = jax.tree.map(lambda m, g: (decay * m + (1.0 - decay) * g).astype(g.dtype), mean, gradient)
        direction = jax.tree.map(lambda g, m: g + self.amplify * m, gradient, mean)
        return value, direction, (inner, mean, jnp.ones((), bool))
