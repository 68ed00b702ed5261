"""A small convolutional network with what makes curvature hard to get right: fixed statistics, a maximum over neighbours, a matrix that is used twice."""

import equinox as eqx
import jax
import jax.numpy as jnp

from unseen._types import Fixed


class Convolution(eqx.Module):
    """Two channels, normalised by statistics that are not trained; three outputs."""

    kernel: jax.Array
    scale: jax.Array
    statistics: Fixed
    tied: jax.Array
    readout: jax.Array

    def __call__(self, x, *, key=None):
        z = jax.lax.conv_general_dilated(x[None, None], self.kernel, (1, 1), "VALID")[0]
        mean, spread = self.statistics.value
        z = jnp.tanh(self.scale * (z - mean) / jnp.sqrt(spread))
        z = jax.lax.reduce_window(z, -jnp.inf, jax.lax.max, (1, 2, 2), (1, 2, 2), "VALID").reshape(-1, 2)
        return jnp.mean(jnp.tanh(jnp.tanh(z @ self.tied) @ self.tied), axis=0) @ self.readout


def convolution(key):
    """(the network, seven images of 6 × 6)."""
    kernel, tied, readout, x = (jax.random.normal(k, s) for k, s in zip(jax.random.split(key, 4), [(2, 1, 3, 3), (2, 2), (2, 3), (7, 6, 6)], strict=True))
    return Convolution(kernel, jnp.ones((2, 1, 1)), Fixed((jnp.array(0.3), jnp.array(1.5))), tied, readout), x
