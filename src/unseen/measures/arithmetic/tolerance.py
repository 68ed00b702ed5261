"""How often several numbers are right together, up to a share of their size."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from unseen._types import Snapshot
from unseen.engine.probe import Probe, forward


def within(answers: Float[Array, "*n k"], truth: Float[Array, "*#n k"], tolerance: float = 0.05) -> Bool[Array, " *n"]:
    """Whether Σ|answer - truth| < tolerance · Σ|truth|, over the last axis: the criterion of Charton (2022), who has the tolerance 0.05. NaN is wrong.

    >>> within(jnp.array([[1.0, 2.1], [1.0, 2.2]]), jnp.array([1.0, 2.0])).tolist()
    [True, False]
    """
    return jnp.sum(jnp.abs(answers - truth), axis=-1) < tolerance * jnp.sum(jnp.abs(truth), axis=-1)


class Tolerance(Probe):
    """Share of examples that are `within` the tolerance, for a task whose outputs are vectors: `<split>_within`, and one for each value of a fact.

    Attributes:
        tolerance: share of the answer's size, above 0.
        by: a whole-numbered fact: for each split that has it the array `<split>_within_by_<fact>` at each of `values` (NaN where there is no example).
        values: the values of `by`.
        splits: names of the splits, all of them when None.
        chunk: examples per forward pass.
    """

    tolerance: float = eqx.field(static=True, default=0.05)
    by: str | None = eqx.field(static=True, default=None)
    values: tuple[int, ...] = eqx.field(static=True, default=())
    splits: tuple[str, ...] | None = eqx.field(static=True, default=None)
    chunk: int = eqx.field(static=True, default=1024)

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        recorded = {}
        for name in self.splits or snapshot.splits:
            split = snapshot.splits[name]
            right = within(forward(snapshot.network, split, self.chunk), split.y, self.tolerance).astype(float)
            recorded[f"{name}_within"] = jnp.mean(right)
            if self.by in split.info:
                there = (split.info[self.by][:, None] == jnp.array(self.values)).astype(right.dtype)
                recorded[f"{name}_within_by_{self.by}"] = right @ there / jnp.sum(there, axis=0)
        return recorded
