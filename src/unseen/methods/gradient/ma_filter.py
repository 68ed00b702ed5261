"""Grokfast-MA: amplify the slow part of the gradient, estimated over a window."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, expect
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.joints import Gradient, Loss


class MaFilter(Gradient):
    """Grokfast-MA (Lee et al. 2024): direction g + amplify·(mean of the last `window` gradients, g among them), once the window is full.

    The window holds `window` copies of the parameters.

    Attributes:
        inner: where g comes from.
        window: gradients averaged, at least 1.
        amplify: weight of the slow part, at least 0.
        start: steps at the beginning that are left unfiltered even where the window is full.

    >>> parabola, none = lambda w, batch, key: jnp.sum(w**2), Examples(jnp.zeros(1), jnp.zeros(1))
    >>> gradient, w = MaFilter(window=2, amplify=1.0), jnp.array([3.0])
    >>> _, first, state = gradient(parabola, w, none, jax.random.key(0), gradient.init(w))
    >>> _, second, _ = gradient(parabola, jnp.array([1.0]), none, jax.random.key(0), state)
    >>> first.tolist(), second.tolist()  # 6, as it is; then 2 + (6 + 2) / 2
    ([6.0], [6.0])
    """

    inner: Gradient = Backprop()
    window: int = eqx.field(static=True, default=100)
    amplify: float | Array = 5.0
    start: int | Array = 0

    def __check_init__(self) -> None:
        expect(self, window=(lambda w: w >= 1, "at least 1"), amplify=(lambda a: a >= 0, "a number of at least 0"))

    def init(self, params: PyTree) -> PyTree:
        """(inner state, the last gradients, steps taken)."""
        return self.inner.init(params), jax.tree.map(lambda p: jnp.zeros((self.window, *p.shape), p.dtype), params), jnp.zeros((), int)

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss, filtered gradient, next state)."""
        inner, window, taken = state
        value, gradient, inner = self.inner(loss, params, batch, key, inner)
        window = jax.tree.map(lambda w, g: w.at[taken % self.window].set(g), window, gradient)
        amplify = jnp.where((taken + 1 >= self.window) & (taken >= self.start), self.amplify, 0.0)
        # summed afresh every step: a running sum would carry the rounding errors of the large early gradients for ever
        direction = jax.tree.map(lambda g, w: (g + amplify * jnp.mean(w, axis=0)).astype(g.dtype), gradient, window)
        return value, direction, (inner, window, taken + 1)
