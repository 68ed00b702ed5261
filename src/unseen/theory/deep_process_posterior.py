"""Features of a deep Gaussian process of finite width given outputs, by Hamiltonian Monte Carlo: what `deep_kernel_machine` is the limit of."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Problem
from unseen.theory.deep_kernel_machine import JITTER, Gram, squared_exponential


class FeatureSamples(NamedTuple):
    """Draws from the posterior.

    Attributes:
        grams: F Fᵀ / width of each layer, [draws, layers, n, n].
        features: the first eight of each layer (fewer where it has fewer), which are exchangeable, [draws, layers, n, 8].
        accepted: share of accepted proposals, in [0, 1].
    """

    grams: Float[Array, "draws layers n n"]
    features: Float[Array, "draws layers n kept"]
    accepted: Float[Array, ""]


@partial(jax.jit, static_argnames=("width", "layers", "draws", "warmup", "leaps"))
def sample_deep_process(
    key: PRNGKeyArray,
    x: Float[Array, "n d"],
    y: Float[Array, " n"],
    *,
    width: int,
    layers: int = 1,
    copies: float | Array = 1.0,
    noise: float | Array = 0.1,
    draws: int = 200,
    warmup: int = 100,
    leaps: int = 10,
) -> FeatureSamples:
    """p(features | outputs) for f_l ~ N(0, K(F_{l-1} F_{l-1}ᵀ / width)), `width` of each layer, and `copies` outputs that all were y, with noise.

    Hamiltonian Monte Carlo on standard normal Z_l with F_l = chol(K) Z_l, from the prior; in the warm-up the step is adapted to an acceptance of 0.8. K is
    `squared_exponential`, in the first layer of the inputs themselves. `copies` = width / ν is the limit in which layers learn; 1 the usual one, in which
    Gram matrices become those of the prior as the width grows.

    Args:
        key: of all draws.
        x: inputs.
        y: outputs.
        width: features of a layer.
        layers: at least 1.
        copies: weight of the log-likelihood, at least 0.
        noise: variance of the noise on outputs.
        draws: kept, after the warm-up.
        warmup: left out.
        leaps: leapfrog steps of a proposal.

    Raises:
        Problem: a width, number of layers, draws or leaps below 1.

    >>> drawn = sample_deep_process(jax.random.key(0), jnp.eye(2), jnp.array([1.0, -1.0]), width=50, copies=50.0, draws=10)
    >>> drawn.grams.shape, drawn.features.shape
    ((10, 1, 2, 2), (10, 1, 2, 8))
    """
    if min(width, layers, draws, leaps) < 1 or warmup < 0:
        raise Problem(f"width, layers, draws, leaps, warmup: expected at least 1, and 0, got {width!r}, {layers!r}, {draws!r}, {leaps!r}, {warmup!r}.")

    def energy(z: Array) -> Array:
        root = jnp.linalg.cholesky(_kernel(_features(z, x)[0][-1]) + noise * jnp.eye(len(x)))
        explained = solve_triangular(root, y, lower=True)
        return jnp.sum(z**2) / 2 + copies * (jnp.sum(explained**2) / 2 + jnp.sum(jnp.log(jnp.diag(root))))

    def step(carry: tuple[Array, Array], inputs: tuple[PRNGKeyArray, Array]) -> tuple[tuple[Array, Array], tuple[Array, Array, Array]]:
        (z, size), (key, adapt) = carry, inputs
        push, accept, jitter = jax.random.split(key, 3)
        momentum = jax.random.normal(push, z.shape)
        proposed, moved = _leapfrog(energy, z, momentum, size * jax.random.uniform(jitter, minval=0.8, maxval=1.2), leaps)
        change = energy(z) + jnp.sum(momentum**2) / 2 - energy(proposed) - jnp.sum(moved**2) / 2
        chance = jnp.where(jnp.isnan(change), 0.0, jnp.exp(jnp.minimum(change, 0.0)))
        z = jnp.where(jax.random.uniform(accept) < chance, proposed, z)
        size = jnp.where(adapt, size * jnp.exp(0.1 * (chance - 0.8)), size)
        grams, found = _features(z, x)
        return (z, size), (jnp.stack(grams), jnp.stack([one[:, :8] for one in found]), chance)

    begin, run = jax.random.split(key)
    start = (jax.random.normal(begin, (layers, len(x), width)), jnp.asarray(0.1))
    _, (grams, found, chances) = jax.lax.scan(step, start, (jax.random.split(run, warmup + draws), jnp.arange(warmup + draws) < warmup))
    return FeatureSamples(grams[warmup:], found[warmup:], jnp.mean(chances[warmup:]))


def _kernel(gram: Array) -> Array:
    n = len(gram)
    return squared_exponential(Gram(gram, jnp.zeros((n, 0)), jnp.zeros(0))).inducing + JITTER * jnp.eye(n)


def _features(z: Array, x: Array) -> tuple[list[Array], list[Array]]:
    """Gram matrices and features, layer by layer, of white z."""
    grams, found = [x @ x.T], []
    for white in z:
        found.append(jnp.linalg.cholesky(_kernel(grams[-1])) @ white)
        grams.append(found[-1] @ found[-1].T / z.shape[2])
    return grams[1:], found


def _leapfrog(energy: Callable[[Array], Array], z: Array, momentum: Array, stride: Array, leaps: int) -> tuple[Array, Array]:
    def leap(_: int, state: tuple[Array, Array]) -> tuple[Array, Array]:
        at, moving = state
        at = at + stride / 2 * moving
        moving = moving - stride * jax.grad(energy)(at)
        return at + stride / 2 * moving, moving

    return jax.lax.fori_loop(0, leaps, leap, (z, momentum))
