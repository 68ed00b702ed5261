"""A string in which no symbol stands twice, written once more."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Over, Problem, expect_numbers
from unseen.tasks.strings._alphabet import Alphabet


class UniqueCopy(Alphabet):
    """The symbols as they stand, all of them different, then an end, `alphabet`: Copy with unique tokens of Zhou et al. (2023); `CopyString` has repeats.

    The next symbol is what follows the only place where the last one written stands, so an induction head copies strings of any length; after the last
    symbol it finds ASK, which tells the end.

    Attributes:
        alphabet: how many symbols there are; at least as many as the longest string has.

    Raises:
        Problem: when a string needs more symbols than there are.

    >>> [part.tolist() for part in UniqueCopy().string(jax.random.key(0), jnp.array(3), 3)]
    [[0, 1, 19], [0, 1, 19, 32]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 16))
    beyond: tuple[int, int] = eqx.field(static=True, default=(17, 32))
    alphabet: int = eqx.field(static=True, default=32)

    level: ClassVar[str] = "context-sensitive"
    ends: ClassVar[bool] = True

    def __check_init__(self) -> None:
        expect_numbers(self)
        if not any(isinstance(value, Over) for value in (self.alphabet, self.beyond)) and self.alphabet < self.beyond[1]:
            raise Problem(
                f"{type(self).__name__}.alphabet: expected at least {self.beyond[1]} symbols, as many as the longest string has, got {self.alphabet}. "
                "Take more, or shorter strings."
            )

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " size"], Int[Array, " answers"]]:
        """Symbols of the alphabet in a uniform order, and the same."""
        symbols = jax.random.permutation(key, self.alphabet)[:size]
        return symbols, jnp.where(jnp.arange(size + 1) < length, jnp.pad(symbols, (0, 1)), self.alphabet)
