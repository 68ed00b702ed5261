"""Full batch: every step sees the whole training set."""

from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream
from unseen.methods.joints import Order
from unseen.methods.order._finite import finite


class FullBatch(Order):
    """Every step sees the whole training set, in its own order.

    >>> batch, _ = FullBatch().next(Examples(jnp.arange(3), jnp.arange(3)), None, jnp.array(0), jax.random.key(0))
    >>> batch.x.tolist()
    [0, 1, 2]
    """

    def next(self, train: Examples | Stream, state: PyTree, step: Int[Array, ""], key: PRNGKeyArray) -> tuple[Examples, PyTree]:
        """The training set."""
        return finite(self, train), state
