"""Two of the ten digits to be told apart: 45 tasks of one size."""

import itertools
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task

PAIRS = tuple(itertools.combinations(range(10), 2))
EACH = 174  # images that every digit has


class DigitPairs(Task):
    """Images of 8 × 8 pixels in [0, 1] of two digits, bundled with scikit-learn; class 1 is the larger digit. As many of either, divided at random.

    Attributes:
        pair: place in `PAIRS`: 0 is (0, 1), 1 is (0, 2), …, 44 is (8, 9). It may be swept without compiling again.
        train_each: training images of either digit; the rest of its first 174 are `test`.

    >>> task = DigitPairs(pair=44)
    >>> task.splits(jax.random.key(0), task.load())["test"].x.shape
    (116, 64)
    """

    pair: Any = 0
    train_each: int = eqx.field(static=True, default=116)

    unseen: ClassVar[dict[str, str]] = {"test": "images never seen"}

    def __check_init__(self) -> None:
        expect(
            self,
            pair=(lambda p: p in range(len(PAIRS)), f"a whole number from 0 to {len(PAIRS) - 1}"),
            train_each=(lambda n: 1 <= n < EACH, f"1 to {EACH - 1} images"),
        )

    @property
    def inputs(self) -> Reals:
        """64 pixels."""
        return Reals((64,))

    @property
    def outputs(self) -> Classes:
        """The smaller digit or the larger."""
        return Classes(2)

    def load(self) -> Float[np.ndarray, "digits images pixels"]:
        """The first images of each digit."""
        from sklearn.datasets import load_digits

        pixels, digit = load_digits(return_X_y=True)
        return np.stack([pixels[digit == one][:EACH] for one in range(10)]).astype(np.float32) / 16

    def splits(self, key: PRNGKeyArray, data: Float[Array | np.ndarray, "digits images pixels"] | None = None) -> dict[str, Examples]:
        """A random division of the images of the two digits."""
        images = jnp.asarray(self.load() if data is None else data)[jnp.array(PAIRS)[self.pair]]
        images = jnp.stack([jax.random.permutation(k, one) for k, one in zip(jax.random.split(key), images, strict=True)])

        def part(where: slice) -> Examples:
            chosen = images[:, where]
            return Examples(chosen.reshape(-1, 64), jnp.repeat(jnp.arange(2), chosen.shape[1]))

        return {"train": part(slice(self.train_each)), "test": part(slice(self.train_each, None))}
