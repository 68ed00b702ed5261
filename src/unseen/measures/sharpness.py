"""Sharpness at a radius: how much the loss rises under the worst and under an average perturbation of the weights, absolute or relative to their size."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, outputs
from unseen.measures._batches import Flat, Piece, bytes_of, cut, flattened, head
from unseen.methods.joints import Objective

TARGET = 2**25
"""Bytes of intermediate results of the gradient that are worked on at once where `chunk` is not given."""


class Sharpness(NamedTuple):
    """A rise of the loss, in the loss's units.

    Attributes:
        value: the rise; of the worst case a lower bound.
        error: its standard error over perturbations; for the worst case what the second half of the ascent added, 0 once it stands still.
        loss: the mean loss of the unperturbed network on the same examples.
    """

    value: float
    error: float
    loss: float


def average_sharpness(
    network: Callable,
    objective: Objective,
    examples: Examples,
    *,
    radius: float = 0.1,
    adaptive: bool = False,
    samples: int = 32,
    key: PRNGKeyArray | None = None,
    chunk: int | None = None,
) -> Sharpness:
    """E_δ L(θ + δ) − L(θ), with δ ~ N(0, radius² diag(c²)), c = |θ| for adaptive sharpness and 1 otherwise; L the mean loss over the examples.

    Each δ is used with both signs, which leaves the mean as it is and takes the odd orders of the loss out of its variance. For a small radius it is
    ½ radius² tr(diag(c) H diag(c)). Unlike the loss it may be negative.
    Source: Andriushchenko et al., "A modern look at the relationship between sharpness and generalization", 2023 (formula as in the authors' code; they
    normalise the logits first, which is left to the network here).

    Args:
        network: an Equinox module, taken in evaluation mode.
        objective: gives the loss of each example; its `penalty` does not count.
        examples: the examples.
        radius: above 0.
        adaptive: perturb each weight in proportion to its size.
        samples: losses that are evaluated, at least 4; half as many perturbations.
        key: of the perturbations; None: `jax.random.key(0)`.
        chunk: examples worked on at once; None: as many as `TARGET` allows.

    Raises:
        Problem: no examples, nothing to train, a loss or parameters that are not finite, a radius of 0, too few samples.

    >>> import equinox as eqx
    >>> from unseen.methods.objective.squared_error import SquaredError
    >>> linear = eqx.nn.Linear(1, 1, use_bias=False, key=jax.random.key(0))
    >>> found = average_sharpness(linear, SquaredError(), Examples(jnp.ones((1, 1)), jnp.ones((1, 1))), radius=0.1, samples=10_000)
    >>> abs(found.value - 0.01) < 4 * found.error < 0.001
    True
    """
    if samples < 4:
        raise Problem(f"samples: expected at least 4, got {samples!r}.")
    flat, scale, mean_loss, pieces = _prepared(network, objective, examples, radius, adaptive, chunk)

    def rise(key: PRNGKeyArray) -> Array:
        change = radius * scale * jax.random.normal(key, scale.shape, scale.dtype)
        return 0.5 * (mean_loss(flat.theta + change, pieces) + mean_loss(flat.theta - change, pieces))

    with flat.scope():
        keys = jax.random.split(jax.random.key(0) if key is None else key, samples // 2)
        base, risen = jax.jit(lambda keys: (mean_loss(flat.theta, pieces), jax.lax.map(rise, keys)))(keys)
    risen, base = np.asarray(risen, float), _finite(base)
    return Sharpness(float(risen.mean() - base), float(risen.std(ddof=1) / math.sqrt(len(risen))), base)


def worst_sharpness(
    network: Callable,
    objective: Objective,
    examples: Examples,
    *,
    radius: float = 0.05,
    adaptive: bool = False,
    norm: str = "l2",
    steps: int = 20,
    group: int | None = None,
    key: PRNGKeyArray | None = None,
    chunk: int | None = None,
) -> Sharpness:
    """Max L(θ + δ) − L(θ) over ‖δ / c‖ ≤ radius, c = |θ| for adaptive sharpness and 1 otherwise, found by gradient ascent: a lower bound.

    In coordinates u = δ/c the set is a ball: u moves along the normalised gradient (its signs, for "linf"), by twice the radius at first, is projected
    back, and the step is halved and the best u restored wherever the loss does not rise. The first step alone is the perturbation of SAM (Foret et al.
    2021). For a small radius at a minimum the l2 value is ½ radius² times the largest eigenvalue of diag(c) H diag(c). With `group`, the maximum is
    taken for each group of so many examples by itself and averaged (m-sharpness). Source: as `average_sharpness`; the ascent is
    simpler than the authors' Auto-PGD.

    Args:
        network: an Equinox module, taken in evaluation mode.
        objective: gives the loss of each example; its `penalty` does not count.
        examples: the examples.
        radius: above 0.
        adaptive: measure each weight's change in proportion to its size.
        norm: of the ball, "l2" or "linf".
        steps: gradients that are evaluated after that of the unperturbed network, at least 1.
        group: examples that share one perturbation; None: all; a rest that fills no group is left out.
        key: of the small random part of the first direction, which leads away from stationary points; None: `jax.random.key(0)`.
        chunk: examples worked on at once; None: as many as `TARGET` allows.

    Raises:
        Problem: no examples, nothing to train, a loss or parameters that are not finite, a radius of 0, an unknown norm, no steps, a group
            larger than the data.

    >>> import equinox as eqx
    >>> from unseen.methods.objective.squared_error import SquaredError
    >>> linear = eqx.tree_at(lambda net: net.weight, eqx.nn.Linear(1, 1, use_bias=False, key=jax.random.key(0)), jnp.ones((1, 1)))
    >>> round(worst_sharpness(linear, SquaredError(), Examples(jnp.ones((1, 1)), jnp.ones((1, 1))), radius=0.5).value, 6)
    0.25
    """
    if norm not in ("l2", "linf") or steps < 1:
        raise Problem(f"norm, steps: expected 'l2' or 'linf' and at least one step, got {norm!r} and {steps!r}.")
    if group is not None and not 1 <= group <= len(examples):
        raise Problem(f"group: expected between 1 and the {len(examples)} examples, got {group!r}.")
    flat, scale, mean_loss, pieces = _prepared(network, objective, examples, radius, adaptive, chunk)
    key = jax.random.key(0) if key is None else key
    with flat.scope():
        noise = 1e-3 * jax.random.normal(key, scale.shape, scale.dtype)

        def climb(pieces: Piece) -> tuple[Array, Array, Array]:
            return ascent(lambda u: mean_loss(flat.theta + scale * u, pieces), noise, radius, norm, steps)

        if group is None:
            base, half, best = jax.jit(climb)(pieces)
        else:
            count = len(examples) // group
            x, y = jax.tree.map(lambda leaf: leaf[: count * group].reshape(count, 1, group, *leaf.shape[1:]), (examples.x, examples.y))
            groups = Piece(x, y, jnp.full((count, 1, group), 1 / group, scale.dtype))
            base, half, best = (jnp.mean(part) for part in jax.jit(lambda groups: jax.lax.map(climb, groups))(groups))
    base = _finite(base)
    return Sharpness(float(best) - base, float(best - half), base)


def _prepared(
    network: Any, objective: Objective, examples: Examples, radius: float, adaptive: bool, chunk: int | None
) -> tuple[Flat, Float[Array, " size"], Callable[[Array, Piece], Array], Piece]:
    """The flat network, c, the mean loss as a function of (θ, chunks), and the chunks."""
    if not (radius > 0 and math.isfinite(radius)):
        raise Problem(f"radius: expected a number above 0, got {radius!r}.")
    flat, examples = flattened(network, examples)

    def loss(theta: Array, piece: Piece) -> Array:
        return jnp.sum(piece.weight * objective.each(outputs(flat.network(theta), piece.x), piece.y))

    def size(n: int) -> int:
        return bytes_of(jax.eval_shape(lambda t, p: jax.linearize(lambda s: loss(s, p), t)[1], flat.theta, head(examples, flat.theta.dtype, n)))

    def mean_loss(theta: Array, pieces: Piece) -> Array:
        if len(pieces.weight) == 1:
            return loss(theta, jax.tree.map(lambda leaf: leaf[0], pieces))
        each = jax.checkpoint(loss)  # the gradient keeps one chunk's intermediate results at a time
        return jax.lax.scan(lambda total, piece: (total + each(theta, piece), None), jnp.zeros((), theta.dtype), pieces)[0]

    with flat.scope():
        pieces = cut(flat, examples, chunk, lambda: (size(32) - size(16)) / 16, TARGET)
        return flat, jnp.abs(flat.theta) if adaptive else jnp.ones_like(flat.theta), mean_loss, pieces


def ascent(loss: Callable[[Array], Array], noise: Array, radius: float, norm: str, steps: int) -> tuple[Array, Array, Array]:
    """Losses at 0, the best after half of `steps` of projected ascent over ‖u‖ ≤ radius, and the best after all: see `worst_sharpness`. Jit-able.

    `noise`, of u's shape, is added to the first direction in proportion to the gradient, so that the ascent leaves a stationary point.
    """
    both = jax.value_and_grad(loss)
    tiny = jnp.finfo(noise.dtype).tiny

    def direction(gradient: Array) -> Array:
        return jnp.sign(gradient) if norm == "linf" else gradient / jnp.maximum(jnp.linalg.norm(gradient), tiny)

    def project(u: Array) -> Array:
        return jnp.clip(u, -radius, radius) if norm == "linf" else u * jnp.minimum(1.0, radius / jnp.maximum(jnp.linalg.norm(u), tiny))

    def step(state: PyTree, _: None) -> tuple[PyTree, Array]:
        u, best, gradient, size = state
        trial = project(u + size * direction(gradient))
        value, slope = both(trial)
        rises = value > best
        u, gradient = jnp.where(rises, trial, u), jnp.where(rises, slope, gradient)
        return (u, jnp.where(rises, value, best), gradient, jnp.where(rises, size, size / 2)), jnp.where(rises, value, best)

    base, gradient = both(jnp.zeros_like(noise))
    size = jnp.linalg.norm(gradient)
    gradient = gradient + noise * jnp.where(size > 0, size / math.sqrt(noise.size), 1.0)
    _, values = jax.lax.scan(step, (jnp.zeros_like(noise), base, gradient, jnp.asarray(2 * radius, noise.dtype)), None, steps)
    return base, values[(steps - 1) // 2], values[-1]


def _finite(loss: Array) -> float:
    if not np.isfinite(loss):
        raise Problem("network: expected a finite loss on the examples, got NaN or infinity. Look at its outputs on them.")
    return float(loss)
