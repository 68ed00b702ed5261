"""All strings of a length over an alphabet, one after the other."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Over, Problem, expect, expect_numbers
from unseen.tasks.strings._transduction import Transduction


class AllStrings(Transduction):
    """An alphabet of `alphabet` of the `letters`, in a random order, and m marks; the answer is all alphabet^m strings of m letters, in its order, and an end.

    The task L(m, A) of Xu, Jain & Kankanhalli (2024), whose answer grows exponentially with what is asked; `length` is m. Mark and end are `letters`.

    Attributes:
        alphabet: how many letters the strings are made of, at least 2 and at most `letters`.
        letters: how many there are to choose from.

    >>> question, answer = AllStrings().string(jax.random.key(2), jnp.array(2), 2)
    >>> question.tolist(), answer.tolist()
    ([2, 4, 8, 8], [2, 2, 2, 4, 4, 2, 4, 4, 8])
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 3))
    beyond: tuple[int, int] = eqx.field(static=True, default=(4, 4))
    alphabet: int = eqx.field(static=True, default=2)
    letters: int = eqx.field(static=True, default=8)

    level: ClassVar[str] = "context-sensitive"

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(self, alphabet=(lambda a: a >= 2, "at least 2 letters"))
        if not any(isinstance(value, Over) for value in (self.alphabet, self.letters)) and self.letters < self.alphabet:
            raise Problem(f"AllStrings.letters: expected at least as many as the alphabet has, {self.alphabet}, got {self.letters}.")

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The letters and the mark."""
        return self.letters + 1

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The letters and the end."""
        return self.letters + 1

    def spelled(self, length: Any) -> Any:
        """The alphabet and the marks."""
        return self.alphabet + length

    def answers(self, length: Any) -> Any:
        """All strings and the end."""
        return length * self.alphabet**length + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """An alphabet with its marks; its strings, counted up with the last letter fastest."""
        alphabet = jax.random.permutation(key, self.letters)[: self.alphabet]
        place = jnp.arange(self.answers(size))
        digit = place // length // self.alphabet ** (length - 1 - place % length) % self.alphabet
        answer = jnp.where(place < self.answers(length) - 1, alphabet[digit], self.letters)
        return jnp.concatenate([alphabet, jnp.full(size, self.letters)]), answer
