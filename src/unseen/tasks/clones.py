"""A task beside Gaussian clones of its data, whose classes have the same means, or the same means and covariances."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Inputs, Outputs, Problem, Reals, Stream, expect
from unseen.tasks.images import Digits
from unseen.tasks.task import Task

DISTRIBUTIONS = ("means", "covariances", "data")


class Clones(Task):
    """The clones of Refinetti, Ingrosso & Goldt (2023), "Neural networks trained with SGD learn distributions of increasing complexity", of a task of classes.

    For each class c with training mean μ_c and covariance Σ_c (unbiased) of the d entries of an input, a clone draws an input from a Gaussian of mean μ_c:
    "means" with the covariance (tr Σ_c / d) I; "covariances" with Σ_c + ridge I. The three distributions are of increasing complexity: "means",
    "covariances", and the data. A clone of a split has as many examples as the split, with its labels, and both clones have the same noise.

    Splits: `train` follows the distribution named by `train`; `test` is the original; `means` and `covariances` are clones of `test`.

    Attributes:
        task: the task, its inputs real, its outputs classes, its splits finite.
        train: what the training set is: "means", "covariances" or "data".
        original: "data", or "means" or "covariances": the task's own data are first replaced by that clone, so that nothing is left to know beyond it.
        ridge: added to the variances of "covariances", above 0, in squared units of the inputs.

    >>> task = Clones(Digits(train_size=100), train="means")
    >>> sorted(task.splits(jax.random.key(0), task.load()))
    ['covariances', 'means', 'test', 'train']
    """

    task: Task = Digits()
    train: str = eqx.field(static=True, default="data")
    original: str = eqx.field(static=True, default="data")
    ridge: float | Array = 1e-3

    unseen: ClassVar[dict[str, str]] = {
        "test": "same sense as in the task: its test set",
        "means": "fresh draws that know the class by its mean alone",
        "covariances": "fresh draws that know the class by its mean and covariance",
    }

    def __check_init__(self) -> None:
        expect(
            self,
            task=(lambda t: isinstance(t, Task), "a task"),
            train=(lambda name: name in DISTRIBUTIONS, "one of " + ", ".join(map(repr, DISTRIBUTIONS))),
            original=(lambda name: name in DISTRIBUTIONS, "one of " + ", ".join(map(repr, DISTRIBUTIONS))),
            ridge=(lambda r: r > 0, "a variance above 0"),
        )
        if isinstance(self.task, Task) and not (isinstance(self.task.outputs, Classes) and isinstance(self.task.inputs, Reals)):
            raise Problem(f"Clones.task: expected real inputs and classes, got {self.task.inputs!r} and {self.task.outputs!r}.")

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

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """The original's training set or a clone of it, its test set, and clones of that."""
        at_task, at_original, at_train, at_test = jax.random.split(key, 4)
        found = self.task.splits(at_task, data)
        train, test = (_finite(self, found, name) for name in ("train", "test"))
        if self.original != "data":
            gaussians = self.gaussians(train)
            train, test = (gaussians.draw(part, self.original, jax.random.fold_in(at_original, i)) for i, part in enumerate((train, test)))
        gaussians = self.gaussians(train)
        clones = {name: gaussians.draw(test, name, at_test) for name in ("means", "covariances")}
        return {"train": train if self.train == "data" else gaussians.draw(train, self.train, at_train), "test": test} | clones

    def gaussians(self, examples: Examples) -> "Gaussians":
        """Those of the classes of some examples."""
        mean, covariance = moments(examples.x, examples.y, self.outputs.count)  # pyright: ignore[reportAttributeAccessIssue]
        eye = jnp.eye(mean.shape[1])
        variance = jnp.trace(covariance, axis1=1, axis2=2) / mean.shape[1]
        return Gaussians(mean, {"means": jnp.sqrt(variance)[:, None, None] * eye, "covariances": jnp.linalg.cholesky(covariance + self.ridge * eye)})


class Gaussians(eqx.Module):
    """One Gaussian for each class: its mean, and for each kind of clone a factor L of the covariance L L^T."""

    mean: Float[Array, "classes d"]
    factor: dict[str, Float[Array, "classes d d"]]

    def draw(self, examples: Examples, kind: str, key: PRNGKeyArray) -> Examples:
        """A clone of the examples: their labels, and for each a fresh input."""
        noise = jax.random.normal(key, (len(examples), self.mean.shape[1]))
        drawn = self.mean[examples.y] + jnp.einsum("nde,ne->nd", self.factor[kind][examples.y], noise)
        return Examples(drawn.reshape(examples.x.shape), examples.y)


def moments(x: Float[Array, "n *shape"], y: Int[Array, " n"], classes: int) -> tuple[Float[Array, "classes d"], Float[Array, "classes d d"]]:
    """(means, unbiased covariances) of the flat inputs of each class; 0 where a class has no example, or one.

    >>> mean, covariance = moments(jnp.array([[1.0], [3.0], [9.0]]), jnp.array([0, 0, 1]), 2)
    >>> mean.tolist(), covariance.ravel().tolist()
    ([[2.0], [9.0]], [2.0, 0.0])
    """
    flat = x.reshape(len(x), -1)
    member = jax.nn.one_hot(y, classes)
    count = member.sum(axis=0)
    mean = (member.T @ flat) / jnp.maximum(count, 1)[:, None]
    centred = flat - mean[y]
    squares = jax.lax.map(lambda belongs: (centred * belongs[:, None]).T @ centred, member.T)
    return mean, squares / jnp.maximum(count - 1, 1)[:, None, None]


def _finite(owner: Clones, splits: dict[str, Any], name: str) -> Examples:
    if isinstance(splits[name], Stream):
        raise Problem(f"Clones.task: expected finite splits, got {type(owner.task).__name__}, whose {name!r} is a stream. Take a task with a fixed set.")
    return splits[name]
