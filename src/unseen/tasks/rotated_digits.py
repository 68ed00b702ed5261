"""Upright digits to be learned from a few of them and any number of rotated ones."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Classes, Examples, Over, Problem, Reals, expect
from unseen.tasks.images import Digits
from unseen.tasks.task import Task

EACH = 174  # images that every digit has


def rotate(x: Float[Array, "n rows columns"], angle: float | Array) -> Float[Array, "n rows columns"]:
    """Images turned about their centre by `angle` degrees, counter-clockwise as they are seen (row 0 on top); linear interpolation, black outside.

    >>> rotate(jnp.array([[[1.0, 2.0], [3.0, 4.0]]]), 90.0).round(4)
    Array([[[2., 4.],
            [1., 3.]]], dtype=float32)
    """
    middle = (jnp.array(x.shape[1:]) - 1) / 2
    rows, columns = (grid - centre for grid, centre in zip(jnp.mgrid[: x.shape[1], : x.shape[2]], middle, strict=True))
    turn = jnp.deg2rad(jnp.asarray(angle, x.dtype))
    source = [jnp.cos(turn) * rows + jnp.sin(turn) * columns + middle[0], jnp.cos(turn) * columns - jnp.sin(turn) * rows + middle[1]]
    return jax.vmap(lambda image: map_coordinates(image, source, order=1))(x)


class RotatedDigits(Task):
    """Images of 8 × 8 pixels in [0, 1] bundled with scikit-learn, ten digits: `train` has a few upright ones and others that are rotated, `test` upright ones.

    After De Silva et al. (2023), arXiv 2208.10967, who take MNIST. One key gives the same upright training and test images for any `rotated_each` and
    `angle`, and the first rotated images of more. The fact `rotated` of `train` says which are.

    Attributes:
        each: upright training images of every digit.
        rotated_each: rotated training images of every digit; may be 0.
        angle: degrees, counter-clockwise.
        test_each: test images of every digit; with the others at most 174.

    >>> task = RotatedDigits(each=5, rotated_each=10)
    >>> {name: len(split) for name, split in task.splits(jax.random.key(0), task.load()).items()}
    {'train': 150, 'test': 640}
    """

    each: int = eqx.field(static=True, default=5)
    rotated_each: int = eqx.field(static=True, default=5)
    angle: float | Array = 30.0
    test_each: int = eqx.field(static=True, default=64)

    unseen: ClassVar[dict[str, str]] = {"test": "upright images never seen, though most of those trained on may be rotated"}

    def __check_init__(self) -> None:
        expect(
            self,
            each=(lambda n: n >= 1, "at least one image"),
            rotated_each=(lambda n: n >= 0, "0 images or more"),
            angle=(lambda a: abs(a) <= 360, "degrees from -360 to 360"),
            test_each=(lambda n: n >= 1, "at least one image"),
        )
        sizes = (self.each, self.rotated_each, self.test_each)
        if not any(isinstance(size, Over) for size in sizes) and sum(sizes) > EACH:
            raise Problem(f"RotatedDigits.each + rotated_each + test_each: expected at most {EACH}, got {sum(sizes)}. Take fewer.")

    @property
    def inputs(self) -> Reals:
        """8 × 8 pixels."""
        return Reals((8, 8))

    @property
    def outputs(self) -> Classes:
        """Ten digits."""
        return Classes(10)

    def load(self) -> Float[np.ndarray, "digits images rows columns"]:
        """The first images of each digit."""
        images, digit = Digits().load()
        return np.stack([images[digit == one][:EACH] for one in range(10)])

    def splits(self, key: PRNGKeyArray, data: Float[Array | np.ndarray, "digits images rows columns"] | None = None) -> dict[str, Examples]:
        """A random division of the images of each digit."""
        images = jnp.asarray(self.load() if data is None else data)
        images = jnp.stack([jax.random.permutation(k, one) for k, one in zip(jax.random.split(key, len(images)), images, strict=True)])

        def part(first: int, count: int) -> Examples:
            chosen = images[:, first : first + count]
            return Examples(chosen.reshape(-1, 8, 8), jnp.repeat(jnp.arange(10), count))

        upright, other = part(self.test_each, self.each), part(self.test_each + self.each, self.rotated_each)
        x = jnp.concatenate([upright.x, rotate(other.x, self.angle)])
        rotated = jnp.arange(len(x)) >= len(upright)
        return {"train": Examples(x, jnp.concatenate([upright.y, other.y]), {"rotated": rotated}), "test": part(0, self.test_each)}
