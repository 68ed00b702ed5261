"""The sum of two numbers of many digits."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import expect, expect_numbers
from unseen.tasks.strings._transduction import Transduction


class Addition(Transduction):
    """a + b = c, digit by digit: two numbers of n uniform digits each (the first ones may be zero), and the n + 1 digits of their sum, then an end.

    n is the `length`. The string is a, highest digit first, the sign `base`, then b; the equals sign is the first ASK symbol. The sum has zeros in
    front where it is short, so that its length follows from n alone; after it the end, `base`, is asked.

    Attributes:
        base: of the numerals, at least 2; its digits are the symbols 0 … base-1.
        reverse: the sum is asked from its smallest digit up, as it is worked out by hand; else from its highest down.
        hints: None, or how many symbols `base` + 1 … `base` + hints there are, one more than the longest number has digits at least. One stands before each
            digit, asked in the sum too: the same before digits of the same worth, and the next before the next higher (Zhou et al. 2024, index hints).
            The first is drawn for each sum.

    >>> [part.tolist() for part in Addition().string(jax.random.key(0), jnp.array(3), 3)]
    [[9, 0, 2, 10, 3, 1, 7], [9, 1, 2, 1, 10]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 8))
    beyond: tuple[int, int] = eqx.field(static=True, default=(9, 16))
    base: int = eqx.field(static=True, default=10)
    reverse: bool = eqx.field(static=True, default=True)
    hints: int | None = eqx.field(static=True, default=None)

    level: ClassVar[str] = "context-sensitive"
    bare: ClassVar[bool] = True  # whether there are sums without hints

    def __check_init__(self) -> None:
        expect_numbers(self)
        enough = self.beyond[1] + 1 if isinstance(self.beyond, tuple) else 2
        expect(
            self,
            base=(lambda b: b >= 2, "a whole number of at least 2"),
            hints=(lambda h: h is None or h >= enough, f"{'None or ' * self.bare}a hint for each digit of the longest sum, at least {enough}"),
        )

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The digits, the sign and the hints."""
        return self.base + 1 + (self.hints or 0)

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The digits, the end and the hints."""
        return self.base + 1 + (self.hints or 0)

    def spelled(self, length: Any) -> Any:
        """Two numbers and the sign."""
        return 2 * self._pieces * length + 1

    def answers(self, length: Any) -> Any:
        """One digit more than each number has, and the end."""
        return self._pieces * (length + 1) + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """Uniform digits and their sum."""
        string, answer = self._plain(key, length, size)
        if self.hints is None:
            return string, answer
        # From here on a digit is told by its worth, and every digit has two places: its hint's and its own.
        first = jax.random.randint(jax.random.fold_in(key, 0), (), 0, self.hints - length) + self.base + 1
        place = jnp.arange(4 * size + 1)
        sign, digit = place == 2 * length, jnp.where(place < 2 * length, place, place + 1) // 2
        worth = length - 1 - digit % (length + 1)
        hinted = jnp.where((place + (place > 2 * length)) % 2 == 0, first + worth, string[jnp.minimum(digit, 2 * size)])
        asked = jnp.arange(2 * size + 3)
        worth = asked // 2 if self.reverse else length - asked // 2
        written = jnp.where(asked % 2 == 0, first + worth, answer[jnp.minimum(asked // 2, size + 1)])
        return jnp.where(sign, self.base, hinted), jnp.where(asked >= 2 * (length + 1), self.base, written)

    @property
    def _pieces(self) -> int:
        return 1 if self.hints is None else 2

    def _plain(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " places"], Int[Array, " written"]]:
        numbers = jax.random.randint(key, (2, size), 0, self.base)
        place = jnp.arange(2 * size + 1)
        digits = jnp.concatenate([numbers[0], numbers[1]])[jnp.where(place < length, place, jnp.minimum(size + place - length - 1, 2 * size - 1))]
        return jnp.where(place == length, self.base, digits), self.total(numbers, length)

    def total(self, numbers: Int[Array, "2 size"], length: Int[Array, ""]) -> Int[Array, " size+2"]:
        """The digits of the sum in the order in which they are asked, and the end."""
        place = jnp.arange(numbers.shape[1] + 2)
        smallest_first = jnp.where(place < length, jnp.sum(numbers, axis=0)[jnp.clip(length - 1 - place, 0)], 0)
        # The carry out of a place is decided by the last place whose digits do not add up to base - 1: those that do hand it on.
        last = jnp.where(smallest_first == self.base - 1, 0, 2 * place + (smallest_first >= self.base))
        carries = jnp.pad(jax.lax.cummax(last) & 1, (1, 0))[:-1]
        digits = (smallest_first + carries) % self.base
        digits = digits if self.reverse else digits[jnp.clip(length - place, 0)]
        return jnp.where(place > length, self.base, digits)

    def coupled(self, place: Int[Array, "*n places"], length: Int[Array, "..."]) -> Int[Array, "*n places"]:
        """Digits of the same worth stand at one place, and so do both signs (Cho et al. 2024): 1 … n, the sign n + 1, again 1 … n, n + 1, then the sum.

        The highest digit of the sum stands at 0.
        """
        if self.hints is not None:
            return super().coupled(place, length)
        written = place - 2 * length - 2  # digit of the sum, in the order in which it is written
        return jnp.where(written >= 0, jnp.where(self.reverse, length - written, written), 1 + place % (length + 1))
