"""How far things that play the same role share one representation."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unseen._types import Snapshot
from unseen.engine.probe import Probe


def feature_collapse(features: Float[Array, "n d"], role: Int[Array, " n"], roles: int) -> Float[Array, ""]:
    """Spread within roles over the whole spread: Σ_i ‖h_i − h̄_{r(i)}‖² / Σ_i ‖h_i − h̄‖².

    In [0, 1], without units: 0 when all things of a role have the same features (feature collapse, Laurent, von Brecht & Bresson 2023), 1 when the means of
    the roles coincide; NaN when all features are equal. Each thing counts once, however frequent. Unchanged by shifts, rotations and one scale for all.

    Args:
        features: of n things.
        role: of each, in [0, roles).
        roles: how many there are.

    >>> feature_collapse(jnp.array([[0.0, 1.0], [0.0, 1.0], [2.0, 0.0]]), jnp.array([0, 0, 1]), 2).item()
    0.0
    """
    member = (role[:, None] == jnp.arange(roles)).astype(features.dtype)
    mean = (member.T @ features) / jnp.maximum(member.sum(axis=0), 1)[:, None]
    return jnp.sum((features - mean[role]) ** 2) / jnp.sum((features - features.mean(axis=0)) ** 2)


class FeatureCollapse(Probe):
    """`feature_collapse` of the words of a task that has `concept` (of each word) and `concepts`, in a network that has `features(words)`.

    And `direction_collapse`: the same of the features divided by their norms.
    """

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        task = snapshot.cell.task
        found = snapshot.network.features(jnp.arange(len(task.concept)))
        unit = found / jnp.linalg.norm(found, axis=1, keepdims=True)
        return {name: feature_collapse(h, task.concept, task.concepts) for name, h in (("feature_collapse", found), ("direction_collapse", unit))}
