"""Which of two points is nearer to a third: comparisons of distances among hidden points."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Problem, Tokens, expect
from unseen.tasks.task import Task


class Triplets(Task):
    """Tokens (a, b, c), all different, of class 0 where point b is nearer to point a than point c is, and of class 1 elsewhere.

    The points are drawn from a standard normal law in `dimension` dimensions, with Euclidean distances. There are n (n - 1)(n - 2)/2 comparisons of n points;
    each is asked once at most, with b and c in random order.

    Attributes:
        points: n, at least 3 and at most 100: all comparisons are listed.
        dimension: of the hidden points, at least 1.
        train_size: comparisons to learn from.
        test_size: others; together at most all.

    >>> splits = Triplets(points=5, train_size=10, test_size=20).splits(jax.random.key(0))
    >>> splits["train"].x.shape, splits["test"].y.shape
    ((10, 3), (20,))
    """

    unseen: ClassVar[dict[str, str]] = {"test": "comparisons that were not trained on, of the same points"}

    points: int = eqx.field(static=True, default=16)
    dimension: int = eqx.field(static=True, default=2)
    train_size: int = eqx.field(static=True, default=500)
    test_size: int = eqx.field(static=True, default=500)

    def __check_init__(self) -> None:
        expect(
            self,
            points=(lambda n: 3 <= n <= 100, "3 to 100 points"),
            dimension=(lambda d: d >= 1, "at least 1 dimension"),
            train_size=(lambda m: m >= 1, "at least 1 comparison"),
            test_size=(lambda m: m >= 1, "at least 1 comparison"),
        )
        if all(type(value) is int for value in (self.points, self.train_size, self.test_size)):
            every = self.points * (self.points - 1) * (self.points - 2) // 2
            if self.train_size + self.test_size > every:
                raise Problem(f"Triplets.train_size, test_size: expected at most the {every} comparisons of {self.points} points, got more.")

    @property
    def inputs(self) -> Tokens:
        """(a, b, c)."""
        return Tokens(3, self.points)

    @property
    def outputs(self) -> Classes:
        """Which of b (0) and c (1) is nearer to a."""
        return Classes(2)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`."""
        at_points, at_order, at_turn = jax.random.split(key, 3)
        hidden = jax.random.normal(at_points, (self.points, self.dimension))
        squares = jnp.sum((hidden[:, None] - hidden) ** 2, axis=-1)
        first, second = jnp.triu_indices(self.points - 1, 1)
        anchor = jnp.arange(self.points)[:, None]
        every = jnp.stack([jnp.broadcast_to(anchor, (self.points, len(first))), *((one + (one >= anchor)) for one in (first, second))], axis=-1).reshape(-1, 3)
        x = jax.random.permutation(at_order, every)[: self.train_size + self.test_size]
        turned = jax.random.bernoulli(at_turn, shape=(len(x), 1))
        x = jnp.where(turned, x[:, [0, 2, 1]], x)
        examples = Examples(x, (squares[x[:, 0], x[:, 1]] > squares[x[:, 0], x[:, 2]]).astype(jnp.int32))
        index = jnp.arange(len(x))
        return {"train": examples.take(index[: self.train_size]), "test": examples.take(index[self.train_size :])}
