"""Looks at a run once it has fitted its training set, so that runs are compared at equal training loss."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from unseen._types import Snapshot, expect
from unseen.engine.probe import Probe, forward


class WhenFitted(Probe):
    """Records what other probes say where the mean training loss is below a level, and NaN before: in the exact mode they cost nothing until then.

    With `Stop("train_loss", below=level)` every run ends at its first recorded step below the level, and its last record is the one with the values.

    Attributes:
        probes: what is recorded then; floating-point numbers, or arrays of them.
        below: the level of the mean of the method's objective over `split`, without its penalty.
        split: the split.
        chunk: examples per forward pass.
    """

    probes: tuple[Probe, ...] = ()
    below: Any = 0.05
    split: str = eqx.field(static=True, default="train")
    chunk: int = eqx.field(static=True, default=1024)

    def __check_init__(self) -> None:
        expect(self, probes=(lambda probes: all(isinstance(probe, Probe) for probe in probes), "a tuple of probes"))

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        split = snapshot.splits[self.split]
        loss = jnp.mean(snapshot.cell.method.objective.each(forward(snapshot.network, split, self.chunk), split.y))

        def look() -> dict[str, Array]:
            return {name: jnp.asarray(value, float) for probe in self.probes for name, value in probe(snapshot).items()}

        shapes = jax.eval_shape(look)
        return jax.lax.cond(loss < self.below, look, lambda: jax.tree.map(lambda shape: jnp.full(shape.shape, jnp.nan, shape.dtype), shapes))
