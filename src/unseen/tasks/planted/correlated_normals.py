"""Pairs of normal vectors that share a given information."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from unseen._types import Examples, Stream


class CorrelatedNormals(Stream):
    """x and y standard normal in `dimension` coordinates, correlated one by one with ρ² = 1 - exp(-2 I / d): I(x; y) = I nats.

    With `cubed`, y is returned as y³, which keeps the information and gives it heavy tails: the two standard benchmarks of estimators of mutual information
    (Poole et al. 2019; Song & Ermon 2020). Both fields may be arrays, so that one compiled program serves all.

    Attributes:
        information: I in nats, at least 0.
        cubed: whether y is cubed.
        dimension: d.

    >>> pairs = CorrelatedNormals(2.0).draw(jax.random.key(0), 5)
    >>> pairs.x.shape, pairs.y.shape
    ((5, 20), (5, 20))
    """

    information: float | Float[Array, ""]
    cubed: bool | Bool[Array, ""] = False
    dimension: int = eqx.field(static=True, default=20)

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` pairs: `x` [n, d], `y` [n, d]."""
        x, noise = jax.random.normal(key, (2, n, self.dimension))
        squared = 1 - jnp.exp(-2 * self.information / self.dimension)
        y = jnp.sqrt(squared) * x + jnp.sqrt(1 - squared) * noise
        return Examples(x, jnp.where(self.cubed, y**3, y))

    def log_density_ratio(self, pairs: Examples) -> Float[Array, "*n"]:
        """The logarithm of p(x, y) / p(x) p(y) in nats of pairs that are not cubed; its mean over pairs of the stream is I."""
        squared = 1 - jnp.exp(-2 * self.information / self.dimension)
        product, squares = jnp.sum(pairs.x * pairs.y, axis=-1), jnp.sum(pairs.x**2 + pairs.y**2, axis=-1)
        return self.information + (jnp.sqrt(squared) * product - squared * squares / 2) / (1 - squared)
