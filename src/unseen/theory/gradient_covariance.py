"""What a pass over the training set does to test loss and to the generalization gap, from the mean and the covariance of the gradients of examples."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._problem import Problem, fitting, whole
from unseen._types import Examples

Loss = Callable[[Float[Array, " size"], PyTree[Array], PyTree[Array]], Float[Array, ""]]
"""The loss of one example: of the parameters as one vector, an input, and a target."""


class GradientMoments(NamedTuple):
    """Of the gradients of examples drawn from a population at one θ: their mean g and covariance C.

    Attributes:
        mean: g.
        trace: tr C, in squared units of a gradient.
        slope: ∇ tr C, the derivative of the trace by θ.
    """

    mean: Float[Array, " size"]
    trace: Float[Array, ""]
    slope: Float[Array, " size"]


class Passes(NamedTuple):
    """What happened to each draw of a training set.

    Attributes:
        gap: growth of (test loss − training loss) in one step on the whole set.
        excess: test loss after k steps on the whole set, less that after k steps on its k parts.
        drift: ⟨where the steps on the whole set end, less where those on the parts do, ∇ tr C⟩.
    """

    gap: Float[Array, " draws"]
    excess: Float[Array, " draws"]
    drift: Float[Array, " draws"]


@partial(jax.jit, static_argnums=0)
def gradient_moments(loss: Loss, theta: Float[Array, " size"], population: Examples) -> GradientMoments:
    """Mean and trace of the covariance of the gradients over a population (each example weighs the same), and the trace's derivative.

    >>> square = lambda theta, x, y: jnp.sum((theta * x - y) ** 2) / 2
    >>> found = gradient_moments(square, jnp.ones(1), Examples(jnp.array([[1.0], [2.0]]), jnp.zeros((2, 1))))  # gradients x²θ: 1 and 4
    >>> found.mean.tolist(), found.trace.tolist(), found.slope.tolist()
    ([2.5], 2.25, [4.5])
    """

    def trace(theta: Array) -> tuple[Array, Array]:
        gradients = jax.vmap(jax.grad(loss), (None, 0, 0))(theta, population.x, population.y)
        mean = jnp.mean(gradients, axis=0)
        return jnp.mean(jnp.sum((gradients - mean) ** 2, axis=1)), mean

    (value, mean), slope = jax.value_and_grad(trace, has_aux=True)(theta)
    return GradientMoments(mean, value, slope)


def gap_growth(moments: GradientMoments, *, rate: float, n: int) -> Float[Array, ""]:
    """Expected growth of test less training loss in one step of gradient descent on n independent examples, at a θ that does not depend on them: rate tr C/n.

    To first order in the rate: on average the test loss falls by rate ‖g‖² and the training loss by rate (‖g‖² + tr C/n). Roberts (2021), arXiv 2104.04874.

    >>> float(gap_growth(GradientMoments(jnp.ones(1), jnp.array(4.0), jnp.ones(1)), rate=0.5, n=2))
    1.0
    """
    whole(1, n=n)
    fitting(rate=(rate, ""))
    return rate * moments.trace / n


def excess_of_full_batches(moments: GradientMoments, *, rate: float, steps: int, n: int) -> Float[Array, ""]:
    """Expected test loss after k steps on the same n examples, less that after k steps on k disjoint batches of n/k: rate² k(k − 1)/(4n) ⟨g, ∇ tr C⟩.

    To leading order in the rate. The second step on the same examples has the mean gradient E g_n(θ − rate g_n) = g − rate H g − rate/(2n) ∇ tr C, since
    E[H_a g_a] − H g = ½ ∇ tr C for the Hessians H_a of examples; a step on other examples lacks the last term. The noise itself adds the same to both at
    this order: k independent parts of k times the variance, against one sum of k equal terms. Positive where descent makes gradients vary less.

    >>> float(excess_of_full_batches(GradientMoments(jnp.ones(1), jnp.array(4.0), jnp.full(1, 8.0)), rate=0.5, steps=2, n=2))
    0.5
    """
    return _repeated(rate, steps, n) * jnp.vdot(moments.mean, moments.slope)


def drift_of_full_batches(moments: GradientMoments, *, rate: float, steps: int, n: int) -> Float[Array, ""]:
    """How much farther along ∇ tr C the k steps on the same examples end, as an inner product: rate² k(k − 1)/(4n) ‖∇ tr C‖², never negative.

    Batches keep to where gradients vary less, whatever that does to the test loss.

    >>> float(drift_of_full_batches(GradientMoments(jnp.ones(1), jnp.array(4.0), jnp.full(1, 8.0)), rate=0.5, steps=2, n=2))
    4.0
    """
    return _repeated(rate, steps, n) * jnp.vdot(moments.slope, moments.slope)


def _repeated(rate: float, steps: int, n: int) -> float:
    whole(1, steps=steps, n=n)
    fitting(rate=(rate, ""))
    return rate**2 * steps * (steps - 1) / (4 * n)


def simulate_passes(
    loss: Loss,
    theta: Float[Array, " size"],
    population: Examples,
    key: PRNGKeyArray,
    *,
    rate: float,
    steps: int,
    n: int,
    draws: int,
    fresh: bool = False,
) -> Passes:
    """Gradient descent from θ on training sets of n examples drawn with replacement: one step; `steps` steps; and one pass in as many batches.

    The test loss is that on the population. Two devices lower the variance and leave the means: rate ⟨g, g_n − g⟩, whose mean is 0, is taken off the gap;
    the pass in batches is made forwards and backwards, and averaged. The excess is of second order in the rate: use 64-bit numbers.

    Args:
        loss: of one example.
        theta: where each training set begins.
        population: what is drawn from.
        key: of all draws.
        rate: learning rate, above 0.
        steps: k, at least 2.
        n: examples in a training set, a multiple of k.
        draws: training sets.
        fresh: every step on the whole set gets n examples of its own, and the training loss is that of n others: nothing is used twice.

    Raises:
        Problem: fewer than 2 steps, or n that is no multiple of them.

    >>> square, data = lambda theta, x, y: jnp.sum((theta * x - y) ** 2) / 2, Examples(jnp.ones((2, 1)), jnp.zeros((2, 1)))
    >>> simulate_passes(square, jnp.ones(1), data, jax.random.key(0), rate=0.1, steps=2, n=2, draws=3).gap.tolist()  # all examples are the same
    [0.0, 0.0, 0.0]
    """
    whole(1, steps=steps, n=n, draws=draws)
    fitting(rate=(rate, ""))
    if steps < 2 or n < steps or n % steps:
        raise Problem(f"steps, n: expected at least 2 steps and n a multiple of them, got {steps!r} and {n!r}.")
    return _simulate(loss, theta, population, key, rate, steps, n, draws, fresh)


@partial(jax.jit, static_argnums=(0, 5, 6, 7, 8))
def _simulate(loss: Loss, theta: Array, population: Examples, key: PRNGKeyArray, rate: Array, steps: int, n: int, draws: int, fresh: bool) -> Passes:
    def mean_loss(theta: Array, examples: Examples) -> Array:
        return jnp.mean(jax.vmap(loss, (None, 0, 0))(theta, examples.x, examples.y))

    def descend(batches: Examples) -> Array:
        return jax.lax.scan(lambda at, batch: (at - rate * jax.grad(mean_loss)(at, batch), None), theta, batches)[0]

    def chosen(index: Array) -> Examples:
        return jax.tree.map(lambda leaf: leaf[index], population)

    moments, before = gradient_moments(loss, theta, population), mean_loss(theta, population)

    def one(key: PRNGKeyArray) -> Passes:
        index = jax.random.randint(key, (steps + 1, n), 0, len(population))
        first, known = chosen(index[0]), chosen(index[steps * fresh])
        whole = chosen(index[:steps] if fresh else jnp.broadcast_to(index[0], (steps, n)))
        parts = chosen(index[0].reshape(steps, n // steps))
        once, many = theta - rate * jax.grad(mean_loss)(theta, first), descend(whole)
        there, back = descend(parts), descend(jax.tree.map(lambda leaf: leaf[::-1], parts))
        gap = mean_loss(once, population) - before - mean_loss(once, known) + mean_loss(theta, known)
        zero = rate * jnp.vdot(jax.grad(mean_loss)(theta, known) - moments.mean, moments.mean)
        excess = mean_loss(many, population) - (mean_loss(there, population) + mean_loss(back, population)) / 2
        return Passes(gap - zero, excess, jnp.vdot(many - (there + back) / 2, moments.slope))

    return jax.lax.map(one, jax.random.split(key, draws), batch_size=min(draws, 32))
