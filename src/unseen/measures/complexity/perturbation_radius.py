"""How far the weights can be moved, at random or in the worst direction, before the training error rises: flatness, and PAC-Bayes complexities from it."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Examples, Problem, correct, outputs
from unseen.measures._batches import Flat, flattened
from unseen.methods.joints import Objective

SMALLEST, LARGEST = 2.0**-12, 2.0
"""Radii that are looked at."""


def noise_radius(
    network: Callable,
    examples: Examples,
    key: PRNGKeyArray,
    *,
    adaptive: bool = False,
    floor: float = 1e-3,
    rise: float = 0.1,
    draws: int = 10,
    halvings: int = 10,
) -> Float[Array, ""]:
    """The largest σ at which Gaussian noise on the weights raises the mean training error by at most `rise`: large at flat places.

    The noise has the standard deviation σ, or with `adaptive` √(σ² θ_i² + floor²) for weight θ_i. The same `draws` are scaled up and down in a search by
    halving, of the logarithm, within [2⁻¹², 2]; outside of it the nearer end is given. Pure, and may be traced. Classification only.
    Source: Jiang et al. (2020), "Fantastic Generalization Measures and Where to Find Them", σ and σ'; the numbers as in the code of Dziugaite et al. (2020).

    Args:
        network: an Equinox module, in evaluation mode.
        examples: the training examples.
        key: of the draws.
        adaptive: noise in proportion to each weight.
        floor: the smallest standard deviation, with `adaptive`.
        rise: of the mean error rate, in (0, 1).
        draws: networks of which the mean is taken.
        halvings: of the interval; 10 give σ to 1 %.

    Raises:
        Problem: no examples, nothing to train, a rise outside of (0, 1), no draws.

    >>> from unseen.models.mlp import MLP
    >>> from unseen._types import Classes, Reals
    >>> network = MLP(hidden=(8,)).build(Reals((2,)), Classes(2), jax.random.key(0))
    >>> x = jax.random.normal(jax.random.key(1), (50, 2))
    >>> labelled = Examples(x, jnp.argmax(outputs(network, x), axis=1))
    >>> 0.05 < noise_radius(network, labelled, jax.random.key(2)).item() < 1.0
    True
    """
    flat, examples = _asked(network, examples, rise, draws)
    noise = jax.random.normal(key, (draws, flat.theta.size), flat.theta.dtype)

    def error(sigma: Array) -> Array:
        scale = jnp.sqrt(sigma**2 * flat.theta**2 + floor**2) if adaptive else sigma
        return jnp.mean(jax.lax.map(lambda u: _error(flat, examples, scale * u), noise))

    return _largest(error, _error(flat, examples, jnp.zeros_like(flat.theta)) + rise, halvings)


def worst_radius(
    network: Callable,
    objective: Objective,
    examples: Examples,
    *,
    adaptive: bool = True,
    floor: float = 1e-3,
    rise: float = 0.1,
    steps: int = 5,
    halvings: int = 8,
) -> Float[Array, ""]:
    """The largest α at which no change |u_i| ≤ α of the weights (`adaptive`: ≤ α|θ_i| + floor) that ascent finds raises the training error by over `rise`.

    u goes `steps` times along the signs of the gradient of the mean loss, by 2/steps of the box, and is clipped to the box; the largest error on the way
    counts. What ascent misses makes α too large. Search, other arguments and errors as for `noise_radius`. Source: Jiang et al. (2020), α and α', with
    fewer steps; Keskar et al. (2017).
    """
    flat, examples = _asked(network, examples, rise, steps)
    slope = jax.grad(lambda theta: jnp.mean(objective.each(outputs(flat.network(theta), examples.x), examples.y)))

    def error(alpha: Array) -> Array:
        box = alpha * jnp.abs(flat.theta) + floor if adaptive else jnp.full_like(flat.theta, alpha)

        def climb(u: Array, _: None) -> tuple[Array, Array]:
            u = jnp.clip(u + 2 / steps * box * jnp.sign(slope(flat.theta + u)), -box, box)
            return u, _error(flat, examples, u)

        return jnp.max(jax.lax.scan(climb, jnp.zeros_like(flat.theta), None, steps)[1])

    return _largest(error, _error(flat, examples, jnp.zeros_like(flat.theta)) + rise, halvings)


def flatness_complexity(sigma: Float[Array, ""], distance: Float[Array, ""], n: int) -> Float[Array, ""]:
    """√((d²/4σ² + ln(n/σ) + 10) / n): the PAC-Bayes complexity of n examples for Gaussian noise of σ = `noise_radius`.

    d is the distance of the weights from the mean of the prior: from the initial weights, or from 0. Source: Jiang et al. (2020), equations 48 and 49.

    >>> round(flatness_complexity(jnp.array(0.1), jnp.array(2.0), 1000).item(), 4)
    0.3453
    """
    return jnp.sqrt((distance**2 / (4 * sigma**2) + jnp.log(n / sigma) + 10) / n)


def adaptive_flatness_complexity(sigma: Float[Array, ""], distance: Float[Array, ""], moved: Any, n: int, floor: float = 1e-3) -> Float[Array, ""]:
    """√((¼ Σ_i ln((floor² + (σ² + 1) d²/p) / (floor² + σ² m_i²)) + ln(n/σ) + 10) / n): the same for noise in proportion to the weights.

    Args:
        sigma: the adaptive `noise_radius`.
        distance: d, as for `flatness_complexity`.
        moved: the p differences m_i of the weights from their start, as any tree of arrays.
        n: training examples.
        floor: the smallest standard deviation.

    Source: Jiang et al. (2020), equations 56 and 57.
    """
    m, _ = ravel_pytree(moved)
    above = floor**2 + (sigma**2 + 1) * distance**2 / m.size
    return jnp.sqrt((jnp.sum(jnp.log(above / (floor**2 + sigma**2 * m**2))) / 4 + jnp.log(n / sigma) + 10) / n)


def _asked(network: Callable, examples: Examples, rise: float, count: int) -> tuple[Flat, Examples]:
    if not 0 < rise < 1 or count < 1:
        raise Problem(f"rise, draws or steps: expected a rise of the error rate in (0, 1) and at least 1, got {rise!r} and {count!r}.")
    return flattened(network, examples)


def _error(flat: Flat, examples: Examples, change: Array) -> Float[Array, ""]:
    return jnp.mean(~correct(outputs(flat.network(flat.theta + change), examples.x), examples.y))


def _largest(error: Callable[[Array], Array], most: Array, halvings: int) -> Float[Array, ""]:
    """The largest radius with an error of at most `most`, taken to rise with the radius."""

    def halve(ends: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        low, high = ends
        middle = (low + high) / 2
        fine = error(jnp.exp(middle)) <= most
        return (jnp.where(fine, middle, low), jnp.where(fine, high, middle)), None

    ends = jnp.array(math.log(SMALLEST)), jnp.array(math.log(LARGEST))
    (low, high), _ = jax.lax.scan(halve, ends, None, halvings)
    return jnp.exp((low + high) / 2)
