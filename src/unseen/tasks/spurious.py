"""A core feature, a spurious one that is larger, and noise by which examples can be told apart."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task


class Spurious(Task):
    """x = (s (1 + e), strength · a (1 + e'), noise · ε), s = ±1 the sign of the class (Bayat, Pezeshki et al. 2025, section 2).

    Classes are equally likely; e, e' ~ N(0, spread²), ε ~ N(0, 1)^dimensions. The first coordinate, the core feature, tells the class always. In the second
    a = s for a share `agreement` of the training examples (rounded), the majority, and a = −s for the others, the minority. The noise says nothing of the
    class, but with enough of it each example can be known by heart. `test` is as the training set; in `balanced` a says nothing of the class. Facts:
    `minority`, whether a ≠ s, and `group`, 2·class + minority, in 0..3.

    Attributes:
        agreement: in [0, 1].
        strength: the size of the spurious feature; that of the core feature is 1.
        spread: relative standard deviation of both features, at least 0.
        noise: standard deviation of the noise, at least 0.
        dimensions: coordinates of noise.
        train_size: training examples.
        test_size: examples of each other split.

    >>> train = Spurious(dimensions=8, train_size=20, test_size=20).splits(jax.random.key(0))["train"]
    >>> train.x.shape, int(train.info["minority"].sum())
    ((20, 10), 2)
    """

    agreement: float | Array = 0.9
    strength: float | Array = 5.0
    spread: float | Array = 0.12
    noise: float | Array = 0.5
    dimensions: int = eqx.field(static=True, default=1798)
    train_size: int = eqx.field(static=True, default=1000)
    test_size: int = eqx.field(static=True, default=1000)

    unseen: ClassVar[dict[str, str]] = {"test": "fresh draws", "balanced": "fresh draws, the spurious feature independent of the class"}

    def __check_init__(self) -> None:
        expect(
            self,
            agreement=(lambda share: 0 <= share <= 1, "a share in [0, 1]"),
            spread=(lambda s: s >= 0, "a standard deviation of at least 0"),
            noise=(lambda s: s >= 0, "a standard deviation of at least 0"),
            dimensions=(lambda n: n >= 0, "a whole number of at least 0"),
            train_size=(lambda n: n >= 1, "at least one example"),
            test_size=(lambda n: n >= 1, "at least one example"),
        )

    @property
    def inputs(self) -> Reals:
        """Core, spurious, noise."""
        return Reals((2 + self.dimensions,))

    @property
    def outputs(self) -> Classes:
        """Two."""
        return Classes(2)

    def examples(self, key: PRNGKeyArray, n: int, agreement: float | Array) -> Examples:
        """`n` examples with that agreement."""
        at_class, at_minority, at_features, at_noise = jax.random.split(key, 4)
        y = jax.random.bernoulli(at_class, 0.5, (n,)).astype(int)
        minority = jax.random.permutation(at_minority, n) < jnp.round((1 - agreement) * n)
        sign = 2 * y - 1
        sizes = 1 + self.spread * jax.random.normal(at_features, (2, n))
        features = jnp.stack([sign * sizes[0], self.strength * jnp.where(minority, -sign, sign) * sizes[1]], axis=1)
        x = jnp.concatenate([features, self.noise * jax.random.normal(at_noise, (n, self.dimensions))], axis=1)
        return Examples(x, y, {"minority": minority, "group": 2 * y + minority})

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test` and `balanced`."""
        at_train, at_test, at_balanced = jax.random.split(key, 3)
        return {
            "train": self.examples(at_train, self.train_size, self.agreement),
            "test": self.examples(at_test, self.test_size, self.agreement),
            "balanced": self.examples(at_balanced, self.test_size, 0.5),
        }
