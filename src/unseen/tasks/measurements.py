"""Small real tables of measurements bundled with scikit-learn: tumours and wines."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Over, Problem, Reals, expect
from unseen.tasks.task import Task

TABLES = {"tumours": ("load_breast_cancer", 569, 30, 2), "wines": ("load_wine", 178, 13, 3)}
"""By name scikit-learn's loader, and the numbers of examples, measurements and classes."""

Table = tuple[Float[Array | np.ndarray, "n measurements"], Int[Array | np.ndarray, " n"]]


class Measurements(Task):
    """Real measurements to be classified, divided at random; each measurement has mean 0 and deviation 1 over the training examples.

    Attributes:
        table: "tumours": 569 of the breast, 30 measurements of cell nuclei, malignant or benign (Wisconsin); "wines": 178, 13 chemical ones, three growers.
        train_size: training examples.
        test_size: test examples.

    >>> task = Measurements(train_size=100)
    >>> task.splits(jax.random.key(0), task.load())["train"].x.shape
    (100, 30)
    """

    table: str = eqx.field(static=True, default="tumours")
    train_size: int = eqx.field(static=True, default=89)
    test_size: int = eqx.field(static=True, default=89)

    unseen: ClassVar[dict[str, str]] = {"test": "examples never seen"}

    def __check_init__(self) -> None:
        expect(
            self,
            table=(lambda t: t in TABLES, "one of " + ", ".join(map(repr, TABLES))),
            train_size=(lambda n: n >= 2, "at least two examples"),
            test_size=(lambda n: n >= 1, "at least one example"),
        )
        if not any(isinstance(value, Over) for value in (self.table, self.train_size, self.test_size)):
            asked, there = self.train_size + self.test_size, TABLES[self.table][1]
            if asked > there:
                raise Problem(f"Measurements.train_size + test_size: expected at most the {there} {self.table}, got {asked}. Take fewer.")

    @property
    def inputs(self) -> Reals:
        """The measurements."""
        return Reals((TABLES[self.table][2],))

    @property
    def outputs(self) -> Classes:
        """The classes."""
        return Classes(TABLES[self.table][3])

    def load(self) -> Table:
        """All measurements and classes."""
        from sklearn import datasets

        x, y = getattr(datasets, TABLES[self.table][0])(return_X_y=True)
        return x.astype(np.float32), y.astype(np.int32)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """A random division of `load()`, standardised."""
        x, y = (jnp.asarray(part) for part in (self.load() if data is None else data))
        order = jax.random.permutation(key, len(y))[: self.train_size + self.test_size]
        train, test = order[: self.train_size], order[self.train_size :]
        mean, spread = jnp.mean(x[train], axis=0), jnp.maximum(jnp.std(x[train], axis=0), 1e-6)
        return {name: Examples((x[part] - mean) / spread, y[part]) for name, part in {"train": train, "test": test}.items()}
