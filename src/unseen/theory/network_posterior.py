"""Bayesian learning of a network with one hidden layer: samples from the posterior of all its weights."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._problem import Problem, fitting, number, whole

Weights = tuple[Float[Array, " p"], Float[Array, "p d"]]


class PosteriorSamples(NamedTuple):
    """What `sample_posterior` gives.

    Attributes:
        outputs: of the sampled networks at the new inputs, [samples, m].
        accepted: share of accepted proposals, in [0, 1]; about 0.6 to 0.95 is well.
    """

    outputs: np.ndarray
    accepted: float


def sample_posterior(
    key: PRNGKeyArray,
    x: Float[Array, "n d"],
    y: Float[Array, " n"],
    new: Float[Array, "m d"],
    start: Weights,
    activation: Callable[[Array], Array],
    *,
    noise: float,
    samples: int = 200,
    burn_in: int = 50,
    step: float = 0.1,
    leaps: int = 16,
) -> PosteriorSamples:
    """Networks a·φ(W x/√d)/√p from the posterior under weights N(0, 1) and targets with noise N(0, noise²), by Hamiltonian Monte Carlo (Neal 2011).

    Each of `burn_in + samples` proposals takes `leaps` leapfrog steps of a length uniform in (0.8, 1.2) × `step`, so that no orbit closes. A chain that
    starts at the weights that made the targets starts in equilibrium, as these are a sample of the posterior; one from the prior must find it.

    Args:
        key: of all chance.
        x: inputs.
        y: their noisy targets.
        new: inputs at which the networks are asked.
        start: weights (a, W) of the chain's first network.
        activation: φ, elementwise.
        noise: above 0.
        samples: kept, one after each proposal.
        burn_in: proposals before.
        step: above 0; the smaller the more are accepted.
        leaps: at least 1.

    Raises:
        Problem: numbers out of range.

    >>> one = jnp.ones((1, 1))
    >>> sample_posterior(jax.random.key(0), one, one[0], one, (one[0], one), jnp.tanh, noise=1.0, samples=3).outputs.shape
    (3, 1)
    """
    number(noise=noise, step=step)
    whole(samples=samples, burn_in=burn_in, leaps=leaps)
    fitting(x=(x, "n d"), y=(y, "n"), new=(new, "m d"))
    if not (noise > 0 and step > 0 and samples >= 1 and leaps >= 1 and burn_in >= 0):
        raise Problem(f"noise, step, samples, leaps, burn_in: expected above 0 (burn_in: at least 0), got {(noise, step, samples, leaps, burn_in)}.")
    found, accepted = _chain(key, x, y, new, start, jnp.asarray(noise), jnp.asarray(step), activation, samples, burn_in, leaps)
    return PosteriorSamples(np.asarray(found), float(accepted))


@partial(jax.jit, static_argnums=(7, 8, 9, 10))
def _chain(key, x, y, new, start, noise, step, activation, samples, burn_in, leaps):
    def outputs(weights: Weights, inputs: Array) -> Array:
        readout, first = weights
        return activation(inputs @ first.T / jnp.sqrt(inputs.shape[1])) @ readout / jnp.sqrt(len(readout))

    def energy(weights: Weights) -> Array:
        prior = sum(jnp.sum(jnp.square(part)) for part in weights)
        return prior / 2 + jnp.sum(jnp.square(y - outputs(weights, x))) / (2 * noise**2)

    slope = jax.value_and_grad(energy)

    def moved(one, other, by):
        return jax.tree.map(lambda a, b: a + by * b, one, other)

    def propose(state, key):
        weights, value, gradient = state
        kick, length, toss = jax.random.split(key, 3)
        momentum = tuple(jax.random.normal(k, part.shape) for k, part in zip(jax.random.split(kick), weights, strict=True))
        h = step * jax.random.uniform(length, minval=0.8, maxval=1.2)

        def leap(_, moving):
            weights, momentum, _, gradient = moving
            momentum = moved(momentum, gradient, -h / 2)
            weights = moved(weights, momentum, h)
            value, gradient = slope(weights)
            return weights, moved(momentum, gradient, -h / 2), value, gradient

        new_weights, new_momentum, new_value, new_gradient = jax.lax.fori_loop(0, leaps, leap, (weights, momentum, value, gradient))
        kinetic = [sum(jnp.sum(jnp.square(part)) for part in each) / 2 for each in (momentum, new_momentum)]
        accept = jnp.log(jax.random.uniform(toss)) < value + kinetic[0] - new_value - kinetic[1]
        state = jax.tree.map(lambda a, b: jnp.where(accept, a, b), (new_weights, new_value, new_gradient), state)
        return state, accept

    def keep(state, key):
        state, accept = propose(state, key)
        return state, (outputs(state[0], new), accept)

    first, then = jax.random.split(key)
    state, _ = jax.lax.scan(propose, (start, *slope(start)), jax.random.split(first, burn_in))
    _, (found, accepted) = jax.lax.scan(keep, state, jax.random.split(then, samples))
    return found, jnp.mean(accepted)
