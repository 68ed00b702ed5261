"""Information about which one of n normal distributions a draw comes from: of a noisy layer about its input, of noisy weights about the data set."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray


def pairwise_information(mean: Float[Array, "n d"], deviation: Float[Array, "n d"], group: Int[Array, " n"] | None = None) -> Float[Array, ""]:
    """The mean of KL(N_i ‖ N_j) over all pairs i, j, in nats: an upper bound of I(I; Z), where I is uniform over n and Z ~ N_I = N(mean_I, diag deviation_I²).

    By Jensen's inequality: KL(N_i ‖ mean_j N_j) ≤ mean_j KL(N_i ‖ N_j). It is far above where the distributions lie far apart: I(I; Z) is at most log n, this
    grows without limit. With `group` (a label of each) the pairs are those within a group, groups count by their size, and it bounds I(I; Z | group). Each is
    paired with itself too, at 0. Source: the estimator with "jensen" in the code of Kawaguchi et al. (2023), as a closed form in place of draws of Z.

    >>> two = jnp.array([[0.0], [2.0]])
    >>> float(pairwise_information(two, jnp.ones((2, 1)))), float(pairwise_information(two, jnp.ones((2, 1)), jnp.array([0, 1])))
    (1.0, 0.0)
    """
    variance, mean = jnp.square(deviation), mean - jnp.mean(mean, axis=0)  # only differences of means count; without an offset they do not drown
    precision = 1 / variance
    quadratic = (variance + jnp.square(mean)) @ precision.T - 2 * mean @ (mean * precision).T + jnp.sum(jnp.square(mean) * precision, axis=1)
    divergence = 0.5 * (quadratic - mean.shape[1])  # but for the difference of two logarithms of variances, which cancels over all pairs
    return jnp.sum(_weights(len(mean), group) * divergence)


def mixture_information(
    mean: Float[Array, "n d"], deviation: Float[Array, "n d"], key: PRNGKeyArray, group: Int[Array, " n"] | None = None
) -> Float[Array, ""]:
    """One draw of Z from each N_i: the mean of log N_i(z_i) - log mean_j N_j(z_i), in nats: an unbiased estimate of I(I; Z), at most log n.

    As an estimate of I(X; Z) where the n inputs are a sample of more it comes out low, and cannot exceed log n. `group` as for `pairwise_information`.

    >>> far = 100.0 * jnp.arange(4.0)[:, None]
    >>> round(float(mixture_information(far, jnp.ones((4, 1)), jax.random.key(0)) / jnp.log(4)), 4)
    1.0
    """
    z = mean + deviation * jax.random.normal(key, mean.shape)

    def log_density(z: Array) -> Array:
        return -jnp.sum(0.5 * jnp.square((z - mean) / deviation) + jnp.log(deviation), axis=1)

    density = jax.lax.map(log_density, z)
    weights = _weights(len(mean), group)
    share = jnp.sum(weights, axis=1)
    marginal = jax.scipy.special.logsumexp(density, axis=1, b=weights / share[:, None])
    return jnp.sum(share * (jnp.diagonal(density) - marginal))


def _weights(n: int, group: Int[Array, " n"] | None) -> Float[Array, "n n"]:
    """1/(n · size of the group) for pairs within a group, so that rows add up to 1/n."""
    same = jnp.ones((n, n)) if group is None else (group[:, None] == group).astype(float)
    return same / (n * jnp.sum(same, axis=1, keepdims=True))
