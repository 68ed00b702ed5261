"""Images under common corruptions: the same objects, seen through noise, blur, low contrast, or a little off."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Inputs, Outputs, Problem, Reals, Stream, expect
from unseen.tasks.images import Digits
from unseen.tasks.task import Task

KINDS = ("noise", "blur", "contrast", "shift")


def corrupt(kind: str, x: Float[Array, "n rows columns"], severity: float | Array, key: PRNGKeyArray) -> Float[Array, "n rows columns"]:
    """Images in [0, 1] under one of `KINDS`; severity 0 changes nothing, except that "shift" does not depend on it.

    "noise": plus N(0, (0.3·severity)²), clipped to [0, 1]; "blur": x moves by `severity` towards its mean over 3 × 3 pixels (black outside); "contrast":
    deviations from the image's mean are multiplied by 1 − 0.7·severity; "shift": by one pixel up, down, left or right, the new edge black.

    Raises:
        Problem: for a kind that is not known.

    >>> corrupt("shift", jnp.ones((1, 1, 1)), 1.0, jax.random.key(0))  # a single pixel leaves the image
    Array([[[0.]]], dtype=float32)
    """
    if kind == "noise":
        return jnp.clip(x + 0.3 * severity * jax.random.normal(key, x.shape, x.dtype), 0.0, 1.0)
    if kind == "contrast":
        mean = jnp.mean(x, axis=(1, 2), keepdims=True)
        return mean + (1.0 - 0.7 * severity) * (x - mean)
    framed = jnp.pad(x, ((0, 0), (1, 1), (1, 1)))
    windows = {at: framed[:, at[0] : at[0] + x.shape[1], at[1] : at[1] + x.shape[2]] for at in ((i, j) for i in range(3) for j in range(3))}
    if kind == "blur":
        return x + severity * (sum(windows.values()) / 9 - x)
    if kind == "shift":
        moved = jnp.stack([windows[at] for at in ((0, 1), (2, 1), (1, 0), (1, 2))])
        return moved[jax.random.randint(key, (len(x),), 0, 4), jnp.arange(len(x))]
    raise Problem(f"kind: expected one of {', '.join(map(repr, KINDS))}, got {kind!r}.")


class CommonCorruptions(Task):
    """A task of images with one split more, `corrupted`: every test image under every kind of corruption.

    The idea of Hendrycks & Dietterich (2019), "Benchmarking neural network robustness to common corruptions and perturbations"; their corruptions are more
    and finer, for larger images.

    Attributes:
        task: the task, its inputs images [rows, columns] in [0, 1], its splits `train` and `test` finite.
        kinds: some of `KINDS`; the fact `kind` of the split `corrupted` counts in this order.
        severity: in [0, 1], see `corrupt`.
        trained: whether each training image too is under a corruption, one of `kinds` or none, each equally likely.

    >>> task = CommonCorruptions(Digits(train_size=100, test_size=50))
    >>> {name: len(split) for name, split in task.splits(jax.random.key(0), task.load()).items()}
    {'train': 100, 'test': 50, 'corrupted': 200}
    """

    task: Task = Digits()
    kinds: tuple[str, ...] = eqx.field(static=True, default=KINDS)
    severity: float | Array = 1.0
    trained: bool = eqx.field(static=True, default=False)

    unseen: ClassVar[dict[str, str]] = {"test": "same sense as in the task: its test set", "corrupted": "images of the test set, corrupted"}

    def __check_init__(self) -> None:
        expect(
            self,
            task=(lambda t: isinstance(t, Task), "a task"),
            kinds=(lambda k: isinstance(k, tuple) and k and set(k) <= set(KINDS), "a tuple of some of " + ", ".join(map(repr, KINDS))),
            severity=(lambda s: 0 <= s <= 1, "a severity in [0, 1]"),
        )
        if isinstance(self.task, Task) and not (isinstance(self.task.inputs, Reals) and len(self.task.inputs.shape) == 2):
            raise Problem(f"CommonCorruptions.task: expected images of two dimensions, got {self.task.inputs!r}. Take Digits() or IdxImages().")
        if isinstance(self.task, Task) and not isinstance(self.task.outputs, Classes):
            raise Problem(f"CommonCorruptions.task: expected a task of classes, got {self.task.outputs!r}.")

    @property
    def inputs(self) -> Inputs:
        """Those of the task."""
        return self.task.inputs

    @property
    def outputs(self) -> Outputs:
        """Those of the task."""
        return self.task.outputs

    def load(self) -> PyTree[Any]:
        """What the task loads."""
        return self.task.load()

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """Those of the task, and `corrupted`."""
        at_task, at_test, at_train, at_kind = jax.random.split(key, 4)
        found: dict[str, Any] = self.task.splits(at_task, data)
        seen = [self._seen(found["test"], number, at_test) for number in range(len(self.kinds))]
        found["corrupted"] = jax.tree.map(lambda *parts: jnp.concatenate(parts), *seen)
        if self.trained:
            train = found["train"]
            versions = jnp.stack([train.x, *(self._seen(train, number, at_train).x for number in range(len(self.kinds)))])
            which = jax.random.randint(at_kind, (len(train),), 0, len(versions))
            found["train"] = Examples(versions[which, jnp.arange(len(train))], train.y, train.info)
        return found

    def _seen(self, split: Examples, number: int, key: PRNGKeyArray) -> Examples:
        x = corrupt(self.kinds[number], split.x, self.severity, jax.random.fold_in(key, number))
        return Examples(x, split.y, split.info | {"kind": jnp.full(len(split), number)})
