"""Two moons with a gap between them."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task


class Moons(Task):
    """Two moons, and a gap of 2 gap between them along the first coordinate (Pezeshki et al. 2021, figure 1).

    Each class is half a unit circle at equally spaced angles t, with noise e, e' ~ N(0, noise²): across the moons (first coordinate)
    −s (|sin t + 0.05 + e| + gap), along them (second coordinate) s (1/2 − cos t) + e', s = ±1 for class 1 or 0. For gap > 0 the sign of the first
    coordinate tells the class, by a small margin; their curve tells it too, by a large one. With gap = −0.3 they are scikit-learn's `make_moons`, turned
    and centred, but for points that noise takes beyond 0.05. The split `closed` is `test` with `other` in the place of gap: moons that reach into each
    other, where the first coordinate alone errs.

    Attributes:
        gap: half the gap; negative for an overlap.
        other: the same in `closed`.
        noise: standard deviation in both coordinates, above 0.
        train_size: training examples, half of them (rounded down) of class 1.
        test_size: test examples, likewise.

    >>> splits = Moons(gap=0.1).splits(jax.random.key(0))
    >>> bool(((splits["train"].x[:, 0] < 0) == (splits["train"].y == 1)).all())
    True
    """

    gap: float | Array = 0.1
    other: float | Array = -0.3
    noise: float | Array = 0.1
    train_size: int = eqx.field(static=True, default=300)
    test_size: int = eqx.field(static=True, default=2000)

    unseen: ClassVar[dict[str, str]] = {"test": "fresh draws", "closed": "fresh draws, the gap replaced"}

    def __check_init__(self) -> None:
        expect(
            self,
            noise=(lambda s: s > 0, "a standard deviation above 0"),
            train_size=(lambda n: n >= 2, "at least two examples"),
            test_size=(lambda n: n >= 2, "at least two examples"),
        )

    @property
    def inputs(self) -> Reals:
        """Points in the plane."""
        return Reals((2,))

    @property
    def outputs(self) -> Classes:
        """Two."""
        return Classes(2)

    def examples(self, key: PRNGKeyArray, n: int, gap: float | Array) -> Examples:
        """`n` examples with that gap."""
        half = n - n // 2
        angles = jnp.concatenate([jnp.linspace(0, jnp.pi, half), jnp.linspace(0, jnp.pi, n // 2)])
        y = (jnp.arange(n) >= half).astype(int)
        along, across = self.noise * jax.random.normal(key, (2, n))
        sign = 2 * y - 1
        side = jnp.abs(jnp.sin(angles) + 0.05 + across) + gap
        return Examples(jnp.stack([-sign * side, sign * (0.5 - jnp.cos(angles)) + along], axis=1), y)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test`, and `test` with the other gap."""
        at_train, at_test = jax.random.split(key)
        test = self.examples(at_test, self.test_size, self.gap)
        return {"train": self.examples(at_train, self.train_size, self.gap), "test": test, "closed": self.examples(at_test, self.test_size, self.other)}
