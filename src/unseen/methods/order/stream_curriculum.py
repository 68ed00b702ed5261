"""Easy batches first, from a stream."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream, expect, unknown
from unseen.methods.joints import Order

MOST_DRAWS = 200


class StreamCurriculum(Order):
    """Fresh batches, each drawn again until none of its examples is harder than allowed: a length curriculum with `by="length"`.

    At step t allowed is start + (end − start)·min(1, t/growth), so that from step `growth` on batches come as the stream gives them, if none is harder than
    `end`. After `MOST_DRAWS` draws the last is taken as it is. Batches of strings have one length each, so that a limit of the k-th of n lengths takes n/k
    draws on average. Source: length curricula as in Bengio et al. (2009), "Curriculum learning", and Zaremba & Sutskever (2014), "Learning to execute".

    Attributes:
        by: the field of `info` that says how hard an example is (larger is harder).
        batch: examples in a minibatch.
        start: the hardest allowed at step 0.
        end: the hardest allowed from step `growth` on.
        growth: steps until then, above 0.

    >>> class Lengths(Stream):
    ...     def draw(self, key, n):
    ...         length = jnp.full(n, jax.random.randint(key, (), 1, 9))  # 1 to 8
    ...         return Examples(length, length, {"length": length})
    >>> order = StreamCurriculum(by="length", batch=2, start=3.0, end=8.0, growth=10.0)
    >>> drawn = jax.vmap(lambda step, key: order.next(Lengths(), None, step, key)[0].x[0], (None, 0))
    >>> [int(jnp.max(drawn(jnp.array(step), jax.random.split(jax.random.key(0), 50)))) for step in (0, 4, 10)]
    [3, 5, 8]
    """

    by: str = eqx.field(static=True, default="difficulty")
    batch: int = eqx.field(static=True, default=128)
    start: float | Array = 1.0
    end: float | Array = 40.0
    growth: float | Array = 1000.0

    def __check_init__(self) -> None:
        expect(self, batch=(lambda b: b >= 1, "at least 1"), growth=(lambda g: g > 0, "a number above 0"))

    def next(self, train: Examples | Stream, state: PyTree, step: Int[Array, ""], key: PRNGKeyArray) -> tuple[Examples, PyTree]:
        """A batch within the limit of this step."""
        limit = self.start + (self.end - self.start) * jnp.minimum(1.0, step / self.growth)
        at_step = jax.random.fold_in(key, step)

        def drawn(count: Array) -> Examples:
            found = train.draw(jax.random.fold_in(at_step, count), self.batch)
            if self.by not in found.info:
                raise unknown("field of info", self.by, found.info)
            return found

        def harder(now: tuple[Array, Any]) -> Array:
            count, found = now
            return (jnp.max(found.info[self.by]) > limit) & (count < MOST_DRAWS)

        first = jnp.array(0)
        _, found = jax.lax.while_loop(harder, lambda now: (now[0] + 1, drawn(now[0] + 1)), (first, drawn(first)))
        return found, state
