"""A function of the angle of a point on the unit circle."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Over, Problem, Reals, Values, expect, expect_numbers
from unseen.tasks.task import Task


class Circle(Task):
    """y = Σ_k c_k sin(k γ) at x = (cos γ, sin γ); the default is y = x_1 x_2 (Jacot, Gabriel & Hongler 2018).

    Training angles are equally spaced from a random first one, and one test angle lies half way between each two: a kernel that is invariant under
    rotations is a circulant matrix on them, whose eigenvectors are the frequencies k = 0 … train_size/2, two of each in between.

    Attributes:
        train_size: training points, and test points.
        coefficients: c_1, c_2, …; frequencies from train_size/2 on could not be told from lower ones.

    >>> Circle(train_size=8).splits(jax.random.key(0))["train"].x.shape
    (8, 2)
    """

    train_size: int = eqx.field(static=True, default=16)
    coefficients: tuple[Any, ...] = (0.0, 0.5)

    unseen: ClassVar[dict[str, str]] = {"test": "angles half way between those of the training set"}

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(self, train_size=(lambda n: n >= 2, "at least two points"))
        if isinstance(self.coefficients, Over) or isinstance(self.train_size, Over):
            return
        if not 1 <= len(self.coefficients) < self.train_size / 2:
            least = f"more than {2 * len(self.coefficients)} points" if self.coefficients else "at least one coefficient"
            raise Problem(f"Circle.coefficients: expected 1 to (train_size - 1)/2 of them, got {self.coefficients!r} and {self.train_size}. Take {least}.")

    @property
    def inputs(self) -> Reals:
        """Points of the plane."""
        return Reals((2,))

    @property
    def outputs(self) -> Values:
        """One number."""
        return Values((1,))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, and `test` half a step further round."""
        step = 2 * math.pi / self.train_size
        first = step * (jnp.arange(self.train_size) + jax.random.uniform(key))
        return {"train": self._at(first), "test": self._at(first + step / 2)}

    def _at(self, angle: Float[Array, " n"]) -> Examples:
        y = sum((c * jnp.sin((k + 1) * angle) for k, c in enumerate(self.coefficients)), start=jnp.zeros_like(angle))
        return Examples(jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1), y[:, None])
