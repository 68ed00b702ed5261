"""Overlapping normal classes of very different sizes."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from scipy.stats import norm

from unseen._types import Classes, Examples, Reals, Stream, expect
from unseen.tasks.task import Task


class _Draws(Stream):
    shares: tuple[float, ...] = eqx.field(static=True)
    dimension: int = eqx.field(static=True)
    shift: Float[Array, ""]

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        which, noise = jax.random.split(key)
        y = jax.random.categorical(which, jnp.log(jnp.array(self.shares)), shape=(n,))
        means = self.shift * jnp.eye(len(self.shares), self.dimension + 1)[:, 1:]
        return Examples(means[y] + jax.random.normal(noise, (n, self.dimension)), y)


class ImbalancedNormals(Task):
    """Class 0 is N(0, I), class c ≥ 1 is N(shift · e_c, I); class c has the share `shares[c]` of the examples.

    Where the classes overlap, decisions that are best for accuracy neglect the rare ones, and decisions that are best for F1 do not. `train` is a stream.

    Attributes:
        shares: of the classes, adding up to 1; at most one class more than dimensions.
        shift: distance of each rare class from class 0, in standard deviations.
        dimension: coordinates.
        test_size: test examples.

    >>> ImbalancedNormals().splits(jax.random.key(0))["train"].draw(jax.random.key(1), 4).x.shape
    (4, 5)
    """

    shares: tuple[float, ...] = eqx.field(static=True, default=(0.9, 0.1))
    shift: Any = 1.5
    dimension: int = eqx.field(static=True, default=5)
    test_size: int = eqx.field(static=True, default=10_000)

    unseen: ClassVar[dict[str, str]] = {"test": "new draws from the same classes"}

    def __check_init__(self) -> None:
        expect(
            self,
            shares=(lambda s: isinstance(s, tuple) and len(s) >= 2 and min(s) > 0 and abs(sum(s) - 1) < 1e-6, "at least two shares that add up to 1"),
            shift=(lambda s: s >= 0, "a distance of at least 0"),
            dimension=(lambda d: d >= len(self.shares) - 1, "a dimension for each class but the first"),
            test_size=(lambda n: n >= 1, "at least one test example"),
        )

    @property
    def inputs(self) -> Reals:
        """Vectors of `dimension`."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Classes:
        """The classes."""
        return Classes(len(self.shares))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """`train`, a stream, and `test`."""
        draws = _Draws(self.shares, self.dimension, jnp.asarray(self.shift, float))
        return {"train": draws, "test": draws.draw(key, self.test_size)}


def threshold_f1(share: float, shift: float, threshold: Any) -> Any:
    """F1 of "positive where x_1 > threshold" when N(shift, 1) has `share` of the examples and N(0, 1) the rest: 2 π q / (π + π q + (1 - π) f), in [0, 1].

    q and f are the shares of positives and of negatives above the threshold. Of two classes of `ImbalancedNormals`, no decision has a higher F1 than the
    best threshold, as the likelihood ratio grows with x_1; the threshold of the fewest errors is shift/2 + log(1/π - 1)/shift.

    >>> round(float(threshold_f1(0.5, 0.0, -np.inf)), 4)  # everything is positive
    0.6667
    """
    found, false = share * norm.sf(np.asarray(threshold) - shift), (1 - share) * norm.sf(threshold)
    return 2 * found / (share + found + false)
