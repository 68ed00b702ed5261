"""Patterns on the vertices of an icosahedron, with a rule that its rotations leave unchanged."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task

GOLDEN = (1 + 5**0.5) / 2
VERTICES = np.array([np.roll([0.0, i, j * GOLDEN], k) for k in range(3) for i in (-1, 1) for j in (-1, 1)])
WEIGHTS, THRESHOLD = (23, 1, -5, -8), 99


class Icosahedron(Task):
    """x in {0, 1}^12 says which vertices of an icosahedron are there; class 1 where 23 v + a - 5 b - 8 c ≥ 99, so of 51.7 % of the 4096 patterns.

    v counts the vertices that are there, a their pairs at an angle of 63.4° (edges), b those at 116.6°, c opposite ones: all that rotations leave unchanged of
    vertices and pairs. This is the "12-bit" task of Shwartz-Ziv & Tishby (2017), "Opening the Black Box of Deep Neural Networks via Information": twelve
    points spread evenly over a sphere and a spherically symmetric rule, whose labels hold 0.999 bit. The whole numbers were found by search: they give all
    4096 labels of the authors' file `var_u.mat`, up to the order of its bits.

    Attributes:
        train_size: training patterns, from 1 to 4095; all others are `test`. The paper takes four fifths.

    >>> splits = Icosahedron().splits(jax.random.key(0))
    >>> splits["train"].x.shape, splits["test"].x.shape
    ((3277, 12), (819, 12))
    """

    train_size: int = eqx.field(static=True, default=3277)

    unseen: ClassVar[dict[str, str]] = {"test": "patterns never seen"}

    def __check_init__(self) -> None:
        expect(self, train_size=(lambda n: 1 <= n < 4096, "from 1 to 4095 patterns"))

    @property
    def inputs(self) -> Reals:
        """Twelve numbers 0 or 1."""
        return Reals((12,))

    @property
    def outputs(self) -> Classes:
        """Below the threshold (0), and at or above it (1)."""
        return Classes(2)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`: a random partition of all patterns."""
        order = jax.random.permutation(key, 4096)
        x = ((order[:, None] >> jnp.arange(12)) & 1).astype(float)
        every = Examples(x, label(x))
        return {"train": every.take(jnp.arange(self.train_size)), "test": every.take(jnp.arange(self.train_size, 4096))}


def label(x: Float[Array, "n 12"]) -> Int[Array, " n"]:
    """The class of each pattern.

    >>> label(jnp.stack([jnp.zeros(12), jnp.ones(12)])).tolist()
    [0, 1]
    """
    cosine = np.round(VERTICES @ VERTICES.T / (1 + GOLDEN**2) * 5**0.5)  # 1, -1 and -2 for pairs at 63.4°, at 116.6° and opposite
    pairs = np.select([cosine == near for near in (1, -1, -2)], WEIGHTS[1:]) / 2
    score = WEIGHTS[0] * jnp.sum(x, axis=1) + jnp.sum((x @ pairs) * x, axis=1)
    return (score > THRESHOLD - 0.5).astype(jnp.int32)
