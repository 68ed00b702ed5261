"""The error of predicted sizes on a logarithmic scale."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def rmsle(predicted: Float[Array, " n"], true: Float[Array, " n"]) -> Float[Array, ""]:
    """Root mean squared logarithmic error sqrt(mean (log(1 + predicted) - log(1 + true))²), at least 0, for numbers above -1; NaN where one is not.

    A factor of e in large numbers is an error of 1, whatever their size: for sequences that grow fast.

    >>> f"{rmsle(jnp.array([9.0, 99.0]), jnp.array([99.0, 9.0])):.3f}"
    '2.303'
    """
    return jnp.sqrt(jnp.mean(jnp.square(jnp.log1p(predicted) - jnp.log1p(true))))
