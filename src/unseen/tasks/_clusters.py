"""What tasks of Gaussian clusters with flipped training labels share."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task


class FlippedClusters(Task):
    """Two classes of clusters whose centres lie along the first `axes` axes; training labels are flipped at a rate, `info["corrupted"]` says whose.

    A subclass gives `axes`, the defaults, and `_draw`: n cleanly labelled examples.
    """

    dimension: int = eqx.field(static=True, default=1000)
    train_size: int = eqx.field(static=True, default=100)
    test_size: int = eqx.field(static=True, default=1000)
    norm: Any = 5.0
    flip_rate: Any = 0.1

    unseen: ClassVar[dict[str, str]] = {"test": "new draws from the same clusters, cleanly labelled"}
    axes: ClassVar[int]

    def __check_init__(self) -> None:
        expect(
            self,
            dimension=(lambda d: d >= self.axes, f"a dimension of at least {self.axes}"),
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
        noisy = Examples(clean.x, jnp.where(flipped, 1 - clean.y, clean.y), clean.info | {"corrupted": flipped})
        return {"train": noisy, "test": self._draw(test, self.test_size)}

    def _draw(self, key: PRNGKeyArray, n: int) -> Examples:
        raise NotImplementedError
