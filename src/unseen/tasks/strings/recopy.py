"""A string in which each symbol is written as often as it says."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings._alphabet import Alphabet


class ReCopy(Alphabet):
    """The symbols as they stand, each once or more often, then an end, `alphabet`: ReCopy of Ray Chowdhury & Caragea (2023).

    The alphabet falls into as many equal parts as there are `repeats`, each part with its own. So where the next symbol of the answer stands in the string
    follows neither from how much has been written nor from the symbols alone: of each, it must be known how often it has been written.

    Attributes:
        repeats: how often a symbol of each part is written, at least once; they never fall.

    >>> [part.tolist() for part in ReCopy(repeats=(1, 2)).string(jax.random.key(0), jnp.array(3), 3)]
    [[9, 0, 2], [9, 9, 0, 2, 10, -1, -1]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(5, 10))
    beyond: tuple[int, int] = eqx.field(static=True, default=(11, 20))
    repeats: tuple[int, ...] = eqx.field(static=True, default=(1, 3, 5))

    level: ClassVar[str] = "context-sensitive"
    ends: ClassVar[bool] = True

    def __check_init__(self) -> None:
        def rising(repeats: Any) -> bool:
            return len(repeats) >= 1 and repeats[0] >= 1 and list(repeats) == sorted(repeats)

        expect(self, repeats=(rising, "whole numbers from 1 on, none smaller than the one before, as (1, 3, 5)"))

    def answers(self, length: Any) -> Any:
        """Room for each symbol as often as any is written, and for the end."""
        return self.repeats[-1] * length + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " size"], Int[Array, " answers"]]:
        """Uniform symbols, and each as often as it says."""
        symbols, place = jax.random.randint(key, (size,), 0, self.alphabet), jnp.arange(self.answers(size))
        times = jnp.array(self.repeats)[symbols * len(self.repeats) // self.alphabet]
        ends = jnp.cumsum(jnp.where(jnp.arange(size) < length, times, 0))
        source = jnp.sum(place[:, None] >= ends, axis=1)  # how many symbols are finished before this place
        answer = jnp.where(place < ends[-1], symbols[jnp.minimum(source, size - 1)], jnp.where(place == ends[-1], self.alphabet, -1))
        return symbols, answer
