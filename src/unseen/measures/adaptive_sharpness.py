"""Sharpness along training, and logits of one length, so that a mere rescaling of the outputs leaves the sharpness as it is."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Classes, Snapshot, expect, outputs
from unseen.engine.probe import Probe
from unseen.measures._batches import Piece, flattened
from unseen.measures.sharpness import ascent
from unseen.methods.joints import Objective
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError


class NormalisedLogits(eqx.Module):
    """A classifier whose logits z are (z − mean z) / ‖z − mean z‖₂: its sharpness does not change when the outputs are multiplied by a number above 0.

    Source: Andriushchenko et al., "A modern look at the relationship between sharpness and generalization", 2023 (formula as in the authors' code).

    >>> NormalisedLogits(lambda x, *, key: x)(jnp.array([1.0, 3.0, 1.0, 3.0])).tolist()
    [-0.5, 0.5, -0.5, 0.5]
    """

    network: Any

    def __call__(self, x: PyTree[Array], *, key: PRNGKeyArray | None = None) -> Float[Array, " classes"]:
        z = self.network(x, key=key)
        z = z - jnp.mean(z)
        size = jnp.sum(jnp.square(z))
        return jnp.where(size > 0, z * jax.lax.rsqrt(jnp.where(size > 0, size, 1.0)), 0.0)


class AdaptiveSharpness(Probe):
    """Sharpness on the first training examples, as `unseen.measures.sharpness` defines it, recorded along training under `name`.

    "worst": max L(θ + δ) − L(θ) over ‖δ / c‖ ≤ radius, a lower bound found by `steps` of gradient ascent, for each group of examples by itself, averaged.
    "average": E L(θ + δ) − L(θ) over δ = radius·c·u, u standard normal ("l2") or uniform on [-1, 1] ("linf"), from `steps` pairs ±u.
    c is |θ| where `adaptive`, else 1. In the loss's unit; not negative for "worst".

    Attributes:
        name: of the recorded column.
        case: "worst" or "average".
        norm: "l2" or "linf".
        radius: above 0.
        adaptive: change each weight in proportion to its size.
        normalised: measure that of `NormalisedLogits`.
        examples: training examples, the first; all where there are fewer.
        group: examples that share one perturbation, at most `examples`; a rest that fills no group is left out.
        steps: of the ascent, or pairs of perturbations.
    """

    name: str = eqx.field(static=True, default="sharpness")
    case: str = eqx.field(static=True, default="worst")
    norm: str = eqx.field(static=True, default="linf")
    radius: float | Array = 0.01
    adaptive: bool = eqx.field(static=True, default=True)
    normalised: bool = eqx.field(static=True, default=True)
    examples: int = eqx.field(static=True, default=1024)
    group: int = eqx.field(static=True, default=128)
    steps: int = eqx.field(static=True, default=20)

    def __check_init__(self) -> None:
        expect(
            self,
            case=(lambda c: c in ("worst", "average"), "'worst' or 'average'"),
            norm=(lambda n: n in ("l2", "linf"), "'l2' or 'linf'"),
            radius=(lambda r: r > 0, "a number above 0"),
            examples=(lambda n: n >= 1, "at least 1"),
            group=(lambda m: m >= 1, "at least 1"),
            steps=(lambda n: n >= 1, "at least 1"),
        )

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The rise of the loss, a mean over groups."""
        classes = isinstance(snapshot.cell.task.outputs, Classes)
        objective: Objective = getattr(snapshot.cell.method, "objective", None) or (CrossEntropy() if classes else SquaredError())
        network = NormalisedLogits(snapshot.network) if self.normalised and classes else snapshot.network
        train = snapshot.splits["train"]
        n = min(self.examples, len(train))
        group = min(self.group, n)
        flat, train = flattened(network, train.take(jnp.arange(n // group * group)))
        scale = jnp.abs(flat.theta) if self.adaptive else jnp.ones_like(flat.theta)
        x, y = jax.tree.map(lambda leaf: leaf.reshape(-1, group, *leaf.shape[1:]), (train.x, train.y))
        pieces = Piece(x, y, jnp.full((n // group, group), 1 / group, scale.dtype))

        def rise(piece: Piece, key: PRNGKeyArray) -> Array:
            def loss(u: Array) -> Array:
                return jnp.sum(piece.weight * objective.each(outputs(flat.network(flat.theta + scale * u), piece.x), piece.y))

            return (self._worst if self.case == "worst" else self._average)(loss, scale, key)

        keys = jax.random.split(snapshot.key, n // group)
        return {self.name: jnp.mean(jax.lax.map(lambda both: rise(*both), (pieces, keys)))}

    def _worst(self, loss: Callable[[Array], Array], like: Array, key: PRNGKeyArray) -> Array:
        base, _, best = ascent(loss, 1e-3 * jax.random.normal(key, like.shape, like.dtype), self.radius, self.norm, self.steps)
        return best - base

    def _average(self, loss: Callable[[Array], Array], like: Array, key: PRNGKeyArray) -> Array:
        def pair(key: PRNGKeyArray) -> Array:
            u = jax.random.normal(key, like.shape, like.dtype) if self.norm == "l2" else jax.random.uniform(key, like.shape, like.dtype, -1.0, 1.0)
            return 0.5 * (loss(self.radius * u) + loss(-self.radius * u))

        return jnp.mean(jax.lax.map(pair, jax.random.split(key, self.steps))) - loss(jnp.zeros_like(like))
