"""A string in which no symbol stands twice, in order; or one step of that."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen.tasks.strings.unique_copy import UniqueCopy


class UniqueSort(UniqueCopy):
    """The symbols from the smallest to the largest, all of them different, then an end, `alphabet`; `BucketSort` has repeats of few symbols.

    With `step`, the Successor of Awasthi & Gupta (2023), a hint for sorting: after the string one of its symbols stands once more, uniform among them, and the
    next larger one is asked; the end, if there is none.

    Attributes:
        step: whether one symbol is asked, the one that follows a given one, and not the whole order.

    >>> [part.tolist() for part in UniqueSort().string(jax.random.key(1), jnp.array(4), 4)]
    [[6, 30, 28, 1], [1, 6, 28, 30, 32]]
    >>> [part.tolist() for part in UniqueSort(step=True).string(jax.random.key(1), jnp.array(4), 4)]
    [[6, 30, 28, 1, 1], [6]]
    """

    step: bool = eqx.field(static=True, default=False)

    def spelled(self, length: Any) -> Any:
        """The string, and with `step` the symbol given."""
        return length + self.step

    def answers(self, length: Any) -> Any:
        """The string and the end, or one symbol."""
        return 1 + 0 * length if self.step else length + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """Symbols in a uniform order, and the same in their own; or a place in that order."""
        at_symbols, at_place = jax.random.split(key)
        symbols, _ = super().string(at_symbols, length, size)
        order = jnp.append(jnp.sort(jnp.where(jnp.arange(size) < length, symbols, self.alphabet)), self.alphabet)
        if not self.step:
            return symbols, order
        place = jax.random.randint(at_place, (), 0, length)
        given = jnp.where(jnp.arange(size + 1) == length, order[place], jnp.append(symbols, 0))
        return given, order[place + 1][None]
