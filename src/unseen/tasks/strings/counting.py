"""The numbers from one to another."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Over, Problem, expect_numbers
from unseen.tasks.strings._transduction import Transduction


class Counting(Transduction):
    """a, b → a, a + 1, …, b, then an end, `numbers`: Count of Zhou et al. (2023). Each number is one symbol.

    The `length` is how many numbers are counted, b - a + 1; a is uniform among those that leave room for them. So a longer count than any seen has no
    number, and no step from one to the next, that training had not: what is unseen is only how long it goes on.

    Attributes:
        numbers: there are 0 … numbers-1; at least as many as the longest count has.

    Raises:
        Problem: when a count needs more numbers than there are.

    >>> [part.tolist() for part in Counting().string(jax.random.key(0), jnp.array(3), 4)]
    [[11, 13], [11, 12, 13, 40, 40]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 16))
    beyond: tuple[int, int] = eqx.field(static=True, default=(17, 32))
    numbers: int = eqx.field(static=True, default=40)

    level: ClassVar[str] = "context-sensitive"

    def __check_init__(self) -> None:
        expect_numbers(self)
        if not any(isinstance(value, Over) for value in (self.numbers, self.beyond)) and self.numbers < self.beyond[1]:
            raise Problem(f"Counting.numbers: expected at least {self.beyond[1]} for counts of that length, got {self.numbers}. Take more, or count less far.")

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The numbers."""
        return self.numbers

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The numbers and the end."""
        return self.numbers + 1

    def spelled(self, length: Any) -> Any:
        """The first number and the last."""
        return 2 + 0 * length

    def answers(self, length: Any) -> Any:
        """All numbers between, those two included, and the end."""
        return length + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, "2"], Int[Array, " answers"]]:
        """A uniform first number, the last one, and the count."""
        first, place = jax.random.randint(key, (), 0, self.numbers - length + 1), jnp.arange(size + 1)
        return jnp.stack([first, first + length - 1]), jnp.where(place < length, first + place, self.numbers)
