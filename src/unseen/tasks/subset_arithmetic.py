"""Sums of two subsets of a vector, added, subtracted or multiplied."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, Reals, Stream, Values, expect
from unseen.tasks.task import Task

OPERATIONS = {"add": jnp.add, "subtract": jnp.subtract, "multiply": jnp.multiply}


class SubsetArithmetic(Task):
    """y = (Σ_{i in A} x_i) ∘ (Σ_{i in B} x_i) for two hidden runs A and B of neighbouring coordinates; x is uniform, its numbers larger when tested.

    The "simple function task" of Trask et al. (2018) with the choices of Madsen & Johansen (2020): A and B have ⌊subset·size⌋ coordinates each, share
    ⌊overlap·⌊subset·size⌋⌋ of them, and stand at a place drawn from the key. Training examples are endless.

    A network that is right knows A and B exactly, so its errors are compared with those of a solution that is off by little: the fact `tolerance` of
    each test example is the squared error of x ↦ (x·u) ∘ (x·v) with 1 - epsilon in the places of ones and epsilon in those of zeros.
    A network solves a split when its mean squared error is below the mean of `tolerance`.

    Attributes:
        operation: "add", "subtract" or "multiply".
        size: coordinates of x.
        subset: length of A and of B as a share of size.
        overlap: what they share, as a share of their length.
        interval: (low, high) of training numbers.
        larger: (low, high) of the numbers of `larger`, above all training numbers in magnitude; `negative` has their negatives, `mixed` random signs.
        epsilon: how far the near miss is off in each weight.
        test_size: examples of each test split.

    >>> SubsetArithmetic(size=8).splits(jax.random.key(0))["train"].draw(jax.random.key(1), 3).y.shape
    (3, 1)
    """

    operation: str = eqx.field(static=True, default="multiply")
    size: int = eqx.field(static=True, default=100)
    subset: float = eqx.field(static=True, default=0.25)
    overlap: float = eqx.field(static=True, default=0.5)
    interval: tuple[Any, Any] = (1.0, 2.0)
    larger: tuple[Any, Any] = (2.0, 6.0)
    epsilon: Any = 1e-5
    test_size: int = eqx.field(static=True, default=10_000)

    unseen: ClassVar[dict[str, str]] = {
        "test": "same distribution, fresh draws",
        "larger": "numbers above all seen",
        "negative": "numbers above all seen in magnitude, all negative",
        "mixed": "numbers above all seen in magnitude, of both signs",
    }

    def __check_init__(self) -> None:
        def pair(value: Any) -> bool:
            return len(value) == 2 and value[0] < value[1]

        expect(
            self,
            operation=(lambda o: o in OPERATIONS, " or ".join(map(repr, OPERATIONS))),
            size=(lambda n: n >= 1, "at least one coordinate"),
            subset=(lambda s: 0 < s <= 1, "a share in (0, 1]"),
            overlap=(lambda s: 0 <= s <= 1, "a share in [0, 1]"),
            interval=(pair, "(low, high)"),
            larger=(pair, "(low, high)"),
            epsilon=(lambda e: e > 0, "a number above 0"),
            test_size=(lambda n: n >= 1, "at least one test example"),
        )
        if all(isinstance(value, kind) for value, kind in ((self.size, int), (self.subset, float), (self.overlap, float))):
            length, _, used = self._lengths()
            if length < 1 or used > self.size:
                raise Problem(f"SubsetArithmetic.subset: expected two subsets of at least one of {self.size} coordinates that fit, got {length} in each.")
        numbers = [*self.interval, *self.larger] if all(isinstance(value, tuple) for value in (self.interval, self.larger)) else [None]
        if all(isinstance(value, float | int) for value in numbers) and self.larger[0] < max(map(abs, self.interval)):
            raise Problem(f"SubsetArithmetic.larger: expected numbers above those of interval={self.interval!r} in magnitude, got {self.larger!r}.")

    @property
    def inputs(self) -> Reals:
        """Vectors of length `size`."""
        return Reals((self.size,))

    @property
    def outputs(self) -> Values:
        """One number."""
        return Values((1,))

    def _lengths(self) -> tuple[int, int, int]:
        """(of a subset, of what they share, of their union)."""
        length = math.floor(self.subset * self.size)
        shared = math.floor(self.overlap * length)
        return length, shared, 2 * length - shared

    def selection(self, key: PRNGKeyArray) -> Float[Array, "size 2"]:
        """The indicators of A and B of `splits(key)`, as columns."""
        length, shared, used = self._lengths()
        first = jax.random.randint(jax.random.fold_in(key, 0), (), 0, self.size - used + 1)
        starts = jnp.stack([first, first + length - shared])
        place = jnp.arange(self.size)[:, None]
        return ((place >= starts) & (place < starts + length)).astype(float)

    def examples(self, x: Float[Array, "n size"], selection: Float[Array, "size 2"]) -> Examples:
        """The examples with these inputs."""
        apply = OPERATIONS[self.operation]
        y, near = (apply(*jnp.split(x @ chosen, 2, axis=1)) for chosen in (selection, selection + self.epsilon * (1.0 - 2.0 * selection)))
        return Examples(x, y, {"tolerance": jnp.square(near - y)[:, 0]})

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """`train` (endless), `test`, `larger`, `negative` and `mixed`."""
        selection, shape = self.selection(key), (self.test_size, self.size)
        at_test, at_larger, at_negative, at_mixed, at_sign = (jax.random.fold_in(key, i) for i in range(1, 6))
        sign = jax.random.rademacher(at_sign, shape, float)
        x = {
            "test": between(at_test, shape, self.interval),
            "larger": between(at_larger, shape, self.larger),
            "negative": -between(at_negative, shape, self.larger),
            "mixed": sign * between(at_mixed, shape, self.larger),
        }
        return {"train": _Uniform(self, selection), **{name: self.examples(inputs, selection) for name, inputs in x.items()}}


def between(key: PRNGKeyArray, shape: tuple[int, ...], limits: tuple[Any, Any]) -> Float[Array, "*shape"]:
    """Independent numbers, uniform between the limits.

    >>> drawn = between(jax.random.key(0), (1000,), (2.0, 6.0))
    >>> bool((2 <= drawn.min()) & (drawn.max() < 6))
    True
    """
    low, high = limits
    return low + (high - low) * jax.random.uniform(key, shape)


class _Uniform(Stream):
    task: SubsetArithmetic
    selection: Float[Array, "size 2"]

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` fresh examples."""
        return self.task.examples(between(key, (n, self.task.size), self.task.interval), self.selection)
