"""Two Gaussian clusters in high dimension, with flipped labels."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task


class NoisyClusters(Task):
    """x = ±μ + ξ with ξ ~ N(0, I_d), + for class 1; classes are equally likely, and training labels are flipped at a rate.

    The setting of benign overfitting in classification: Chatterji & Long (2021); Frei, Chatterji & Bartlett (2022). μ lies along the first axis (Gaussian
    noise has no preferred axes). No classifier has a lower error on clean labels than Φ(-‖μ‖). Test labels are clean. `info["corrupted"]` of `train` says
    whose label was flipped.

    Attributes:
        dimension: d.
        train_size: n.
        test_size: examples of the test split.
        norm: ‖μ‖: half the distance of the centres, in standard deviations.
        flip_rate: probability that a training label is flipped.

    >>> NoisyClusters(dimension=5, train_size=3).splits(jax.random.key(0))["train"].x.shape
    (3, 5)
    """

    dimension: int = eqx.field(static=True, default=1000)
    train_size: int = eqx.field(static=True, default=100)
    test_size: int = eqx.field(static=True, default=1000)
    norm: Any = 5.0
    flip_rate: Any = 0.1

    unseen: ClassVar[dict[str, str]] = {"test": "new draws from the same clusters, cleanly labelled"}

    def __check_init__(self) -> None:
        expect(
            self,
            dimension=(lambda d: d >= 1, "a dimension of at least 1"),
            train_size=(lambda n: n >= 1, "at least one training example"),
            test_size=(lambda n: n >= 1, "at least one test example"),
            norm=(lambda m: m >= 0, "a norm that is not negative"),
            flip_rate=(lambda r: 0 <= r <= 1, "a probability in [0, 1]"),
        )

    @property
    def inputs(self) -> Reals:
        """Vectors of `dimension`."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Classes:
        """Two classes."""
        return Classes(2)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` with flipped labels, `test` without."""
        train, test, flip = jax.random.split(key, 3)
        clean = self._draw(train, self.train_size)
        flipped = jax.random.bernoulli(flip, self.flip_rate, (self.train_size,))
        return {"train": Examples(clean.x, clean.y ^ flipped, {"corrupted": flipped}), "test": self._draw(test, self.test_size)}

    def _draw(self, key: PRNGKeyArray, n: int) -> Examples:
        which, noise = jax.random.split(key)
        y = jax.random.bernoulli(which, 0.5, (n,)).astype(jnp.int32)
        return Examples(jax.random.normal(noise, (n, self.dimension)).at[:, 0].add(self.norm * (2 * y - 1)), y)
