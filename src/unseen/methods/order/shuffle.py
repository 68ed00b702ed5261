"""Epochs without replacement: the usual minibatches."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Examples, Stream, expect
from unseen.methods.joints import Order
from unseen.methods.order._finite import finite


class Shuffle(Order):
    """Epochs of ⌊n/batch⌋ disjoint minibatches of a fresh permutation; the remainder of each epoch is dropped.

    The permutation of an epoch depends on the key and the epoch alone.

    Attributes:
        batch: examples in a minibatch; the whole set where it has fewer.

    >>> train, order, key, seen = Examples(jnp.arange(4), jnp.arange(4)), Shuffle(batch=2), jax.random.key(0), []
    >>> state = order.init(train, key)
    >>> for step in (0, 1):  # an epoch
    ...     batch, state = order.next(train, state, jnp.array(step), key)
    ...     seen += batch.x.tolist()
    >>> sorted(seen)
    [0, 1, 2, 3]
    """

    batch: int = eqx.field(static=True, default=512)

    def __check_init__(self) -> None:
        expect(self, batch=(lambda b: b >= 1, "at least 1"))

    def init(self, train: Examples | Stream, key: PRNGKeyArray) -> Int[Array, " n"]:
        """Any permutation: step 0 begins an epoch and draws its own."""
        return jnp.arange(len(finite(self, train)))

    def next(self, train: Examples | Stream, state: Int[Array, " n"], step: Int[Array, ""], key: PRNGKeyArray) -> tuple[Examples, Int[Array, " n"]]:
        """The minibatch of this step and the epoch's permutation."""
        examples = finite(self, train)
        n = len(examples)
        batch = min(self.batch, n)
        epoch, position = jnp.divmod(step, n // batch)
        order = jax.lax.cond(position == 0, lambda: jax.random.permutation(jax.random.fold_in(key, epoch), n), lambda: state)
        return examples.take(jax.lax.dynamic_slice(order, (position * batch,), (batch,))), order
