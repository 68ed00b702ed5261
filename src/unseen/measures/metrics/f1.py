"""The F1 score of a set of decisions."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unseen._types import Snapshot
from unseen.engine.probe import Probe, forward


def f1(decision: Int[Array, " n"], y: Int[Array, " n"], classes: int) -> Float[Array, " classes"]:
    """For each class 2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall, in [0, 1]; 0 for a class that is never decided nor there.

    Its mean over classes is the macro-averaged F1.

    >>> f1(jnp.array([1, 1, 0, 0]), jnp.array([1, 0, 0, 1]), 2).tolist()
    [0.5, 0.5]
    """
    decided, there = jax.nn.one_hot(decision, classes), jax.nn.one_hot(y, classes)
    return 2 * jnp.sum(decided * there, axis=0) / jnp.maximum(jnp.sum(decided + there, axis=0), 1)


class F1(Probe):
    """`f1` on a split: `<split>_f1` of the class `positive`, or the mean over classes where that is None.

    Attributes:
        split: the split.
        positive: the class; None: macro-averaged.
        chunk: examples per forward pass.
    """

    split: str = eqx.field(static=True, default="test")
    positive: int | None = eqx.field(static=True, default=1)
    chunk: int = eqx.field(static=True, default=4096)

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The named value."""
        split = snapshot.splits[self.split]
        out = forward(snapshot.network, split, self.chunk)
        scores = f1(jnp.argmax(out, axis=1), split.y, out.shape[1])
        return {f"{self.split}_f1": jnp.mean(scores) if self.positive is None else scores[self.positive]}
