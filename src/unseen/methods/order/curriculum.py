"""Easy examples first."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Examples, Stream, expect, unknown
from unseen.methods.joints import Order
from unseen.methods.order._finite import finite


class Curriculum(Order):
    """Minibatches are drawn, uniformly with replacement, from a growing prefix of the training set sorted from easy to hard (Bengio et al. 2009).

    At step t the prefix is the fraction start + (1 − start)·min(1, t/growth) of the set, at least one example.

    Attributes:
        by: the field of `info` that says how hard an example is (larger is harder).
        batch: examples in a minibatch.
        start: first fraction, in [0, 1]; 1 is no curriculum.
        growth: steps until the whole set is in use, above 0.

    >>> train = Examples(jnp.arange(4), jnp.arange(4), {"difficulty": jnp.array([3, 0, 2, 1])})
    >>> order = Curriculum(batch=8, start=0.5, growth=10.0)
    >>> easy_first = order.init(train, jax.random.key(0))
    >>> for step in (0, 10):  # the easier half, then all
    ...     batch, _ = order.next(train, easy_first, jnp.array(step), jax.random.key(0))
    ...     print(sorted({*batch.info["difficulty"].tolist()}))
    [0, 1]
    [0, 1, 2, 3]
    """

    by: str = eqx.field(static=True, default="difficulty")
    batch: int = eqx.field(static=True, default=128)
    start: float | Array = 0.1
    growth: float | Array = 1000.0

    def __check_init__(self) -> None:
        expect(
            self,
            batch=(lambda b: b >= 1, "at least 1"),
            start=(lambda s: 0 <= s <= 1, "a number in [0, 1]"),
            growth=(lambda g: g > 0, "a number above 0"),
        )

    def init(self, train: Examples | Stream, key: PRNGKeyArray) -> Int[Array, " n"]:
        """The indices from easy to hard."""
        info = finite(self, train).info
        if self.by not in info:
            raise unknown("field of info", self.by, info)
        return jnp.argsort(info[self.by])

    def next(self, train: Examples | Stream, state: Int[Array, " n"], step: Int[Array, ""], key: PRNGKeyArray) -> tuple[Examples, Int[Array, " n"]]:
        """A minibatch of the prefix."""
        examples = finite(self, train)
        fraction = self.start + (1.0 - self.start) * jnp.minimum(1.0, step / self.growth)
        limit = jnp.clip(jnp.ceil(fraction * len(examples)).astype(int), 1, len(examples))
        return examples.take(state[jax.random.randint(jax.random.fold_in(key, step), (self.batch,), 0, limit)]), state
