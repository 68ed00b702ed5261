"""What is recorded while a run trains."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from unseen._types import Classes, Examples, Snapshot, Stream, Strings, outputs, share_correct
from unseen.methods.joints import Objective
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError


class Probe(eqx.Module):
    """Looks at a run at the recorded steps. Pure and jit-able; scalars become columns of the history, arrays are kept per step."""

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """Named values."""
        raise NotImplementedError


class Score(Probe):
    """Loss and, for classes, accuracy on each split: `<split>_loss`, `<split>_accuracy`, from one forward pass.

    For strings the accuracy of an example is the share of its asked places that are right, and `<split>_exact` counts the examples with all right.

    Attributes:
        splits: names of the splits, all of them when None.
        where: names of boolean facts (`Examples.info`) by which each split that has them is divided: `<split>_<fact>_accuracy` on the
            examples where the fact holds and `<split>_not_<fact>_accuracy` on the others (NaN where there are none).
        by: a whole-numbered fact (`length`): for each split that has it the array `<split>_accuracy_by_<fact>` of accuracies at each of `values`
            (NaN where there is no such example).
        values: the values of `by`.
        samples: examples drawn from a split that is an endless stream (the same at every recorded step).
        chunk: examples per forward pass, so that memory does not grow with the split.
    """

    splits: tuple[str, ...] | None = eqx.field(static=True, default=None)
    where: tuple[str, ...] = eqx.field(static=True, default=())
    by: str | None = eqx.field(static=True, default=None)
    values: tuple[int, ...] = eqx.field(static=True, default=())
    samples: int = eqx.field(static=True, default=1024)
    chunk: int = eqx.field(static=True, default=1024)

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        classes = isinstance(snapshot.cell.task.outputs, Classes | Strings)
        objective: Objective = getattr(snapshot.cell.method, "objective", None) or (CrossEntropy() if classes else SquaredError())
        recorded = {}
        for name in self.splits or snapshot.splits:
            split = snapshot.splits[name]
            if isinstance(split, Stream):
                split = split.draw(jax.random.key(0), self.samples)
            out = forward(snapshot.network, split, self.chunk)
            recorded |= _summary(name, "loss", objective.each(out, split.y), split, self.where)
            if classes:
                share = share_correct(out, split.y)
                recorded |= _summary(name, "accuracy", share, split, self.where)
                if isinstance(snapshot.cell.task.outputs, Strings):
                    recorded |= _summary(name, "exact", (share == 1).astype(float), split, self.where)
                if self.by in split.info:
                    there = (split.info[self.by][:, None] == jnp.array(self.values)).astype(share.dtype)
                    recorded[f"{name}_accuracy_by_{self.by}"] = share @ there / jnp.sum(there, axis=0)
        return recorded


def forward(network: Callable, split: Examples, chunk: int) -> PyTree[Array]:
    """The network's outputs on a whole split, `chunk` examples at a time."""
    if len(split) <= chunk:
        return outputs(network, split.x)
    pieces = -(-len(split) // chunk)
    size = -(-len(split) // pieces)
    padded = jax.tree.map(lambda leaf: jnp.concatenate([leaf, leaf[: pieces * size - len(split)]]).reshape(pieces, size, *leaf.shape[1:]), split.x)
    out = jax.lax.map(lambda part: outputs(network, part), padded)
    return jax.tree.map(lambda leaf: leaf.reshape(pieces * size, *leaf.shape[2:])[: len(split)], out)


def _summary(split: str, metric: str, values: Float[Array, " n"], examples: Examples, where: tuple[str, ...]) -> dict[str, Array]:
    recorded = {f"{split}_{metric}": jnp.mean(values)}
    for fact in where:
        if fact in examples.info:
            holds = examples.info[fact]
            recorded[f"{split}_{fact}_{metric}"] = jnp.sum(values * holds) / jnp.sum(holds)
            recorded[f"{split}_not_{fact}_{metric}"] = jnp.sum(values * ~holds) / jnp.sum(~holds)
    return recorded
