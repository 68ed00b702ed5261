"""Only so many examples of the training set: how what is learned depends on their number."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream, expect
from unseen.methods.joints import Order
from unseen.methods.order._finite import finite


class Part(Order):
    """Each minibatch is drawn, uniformly with replacement, from the first `size` examples of the training set; the others are never seen.

    Runs that differ in `size` share one compiled program, which training sets of different sizes do not. Tasks whose training set is drawn at random give
    a random part; where the set is sorted, the part is its beginning.

    Attributes:
        size: how many examples are used, at least 1; all of them where the set has fewer.
        batch: examples in a minibatch.

    >>> batch, _ = Part(size=2, batch=8).next(Examples(jnp.arange(9), jnp.arange(9)), None, jnp.array(0), jax.random.key(0))
    >>> sorted({*batch.x.tolist()})
    [0, 1]
    """

    size: int | Array = 1000
    batch: int = eqx.field(static=True, default=128)

    def __check_init__(self) -> None:
        expect(self, size=(lambda n: type(n) is int and n >= 1, "a number of examples"), batch=(lambda b: b >= 1, "at least 1"))

    def next(self, train: Examples | Stream, state: PyTree, step: Int[Array, ""], key: PRNGKeyArray) -> tuple[Examples, PyTree]:
        """`batch` examples of the part."""
        examples = finite(self, train)
        limit = jnp.minimum(self.size, len(examples))
        return examples.take(jax.random.randint(jax.random.fold_in(key, step), (self.batch,), 0, limit)), state
