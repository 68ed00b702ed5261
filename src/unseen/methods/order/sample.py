"""Independent draws with replacement; for a stream, fresh examples (one-pass training)."""

import equinox as eqx
import jax
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream, expect
from unseen.methods.joints import Order


class Sample(Order):
    """Each minibatch is drawn independently: uniformly with replacement from a finite set, fresh examples from a stream.

    Attributes:
        batch: examples in a minibatch.

    >>> batch, _ = Sample(batch=4).next(Examples(jnp.arange(3), jnp.arange(3)), None, jnp.array(0), jax.random.key(0))
    >>> len(batch)
    4
    """

    batch: int = eqx.field(static=True, default=128)

    def __check_init__(self) -> None:
        expect(self, batch=(lambda b: b >= 1, "at least 1"))

    def next(self, train: Examples | Stream, state: PyTree, step: Int[Array, ""], key: PRNGKeyArray) -> tuple[Examples, PyTree]:
        """`batch` examples of this step."""
        return train.draw(jax.random.fold_in(key, step), self.batch), state
