"""Expressions of several operations, worked out one after the other or at once."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings._transduction import Transduction

PLUS, MINUS, TIMES, EQUALS, BLANK = range(10, 15)
TRIES = 16  # random expressions of which the first is taken that stays within the digits
STEPS = ("written", "blank", "none")


class Expression(Transduction):
    """Numbers with +, - or × between them; the answer is what is left after each operation, down to one number, as MathGLM is trained (Yang et al. 2023).

    `length` is how many operations there are. All numbers, given or found, are whole and not negative, and written with `digits` digits, zeros in front; given
    ones are uniform among those with a number of digits that is uniform. The next operation is the first ×, or the first of all where there is none. The answer
    is the expression that is left, "=", the next, … the result. With steps "blank" a blank stands in the place of every symbol but the result's, so
    that there is as much to write, and with "none" the result is all. Symbols: the digits, +, -, ×, =, blank.

    Expressions whose numbers would leave the range are drawn anew; after 16 that do, what is taken is a sum of ones and zeros.

    Attributes:
        digits: of each number, 1 to 4.
        steps: "written", "blank" or "none".

    >>> task = Expression()
    >>> string, answer = task.string(jax.random.key(4), jnp.array(2), 2)
    >>> task.told(string), task.told(answer)
    ('01+07*04', '01+28=29')
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 2))
    beyond: tuple[int, int] = eqx.field(static=True, default=(3, 3))
    digits: int = eqx.field(static=True, default=2)
    steps: str = eqx.field(static=True, default="written")

    level: ClassVar[str] = "context-sensitive"
    symbols: ClassVar[int] = 15
    classes: ClassVar[int] = 15

    def __check_init__(self) -> None:
        expect(self, digits=(lambda d: d in range(1, 5), "1 to 4 digits"), steps=(lambda s: s in STEPS, "one of " + ", ".join(map(repr, STEPS))))

    def spelled(self, length: Any) -> Any:
        """A number more than operations."""
        return (self.digits + 1) * length + self.digits

    def answers(self, length: Any) -> Any:
        """What is left after each operation, and the signs between, or one number."""
        return self.digits + 0 * length if self.steps == "none" else (self.digits + 1) * length * (length + 1) // 2 - 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """An expression and its reduction."""
        numbers, signs = jax.vmap(lambda k: self._drawn(k, length, size))(jax.random.split(key, TRIES))
        left, fine = jax.vmap(lambda n, s: self.reduced(n, s, length))(numbers, signs)
        first = jnp.argmax(fine)
        ones = (jnp.arange(size + 1) % 2, jnp.full(size, PLUS))
        numbers, signs = (jnp.where(jnp.any(fine), drawn[first], safe) for drawn, safe in zip((numbers, signs), ones, strict=True))
        left = jax.tree.map(lambda drawn, safe: jnp.where(jnp.any(fine), drawn[first], safe), left, self.reduced(*ones, length)[0])
        rows = jax.vmap(self._spelt)(*left)  # row j: what is left after j + 1 operations, then "="
        ends = jnp.cumsum((self.digits + 1) * (length - jnp.arange(size)))
        place = jnp.arange(self.answers(size)) if self.steps != "none" else ends[length - 1] - self.digits - 1 + jnp.arange(self.digits)
        row = jnp.sum(place[:, None] >= ends[: size - 1], axis=1) if size > 1 else 0 * place
        row = jnp.minimum(row, length - 1)
        within = place - jnp.where(row > 0, ends[row - 1], 0)
        answer = jnp.where(within == (self.digits + 1) * (length - row) - 1, EQUALS, rows[row, jnp.minimum(within, rows.shape[1] - 1)])
        hidden = (self.steps == "blank") & (place < ends[length - 1] - self.digits - 1)
        return self._spelt(numbers, signs), jnp.where(hidden, BLANK, answer)

    def _drawn(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " numbers"], Int[Array, " signs"]]:
        at_digits, at_numbers, at_signs = jax.random.split(key, 3)
        below = 10 ** jax.random.randint(at_digits, (size + 1,), 1, self.digits + 1)
        return jax.random.randint(at_numbers, (size + 1,), 0, below), jax.random.randint(at_signs, (size,), PLUS, TIMES + 1)

    def reduced(
        self, numbers: Int[Array, " numbers"], signs: Int[Array, " signs"], length: Int[Array, ""]
    ) -> tuple[tuple[Int[Array, "signs numbers"], Int[Array, "signs signs"]], Bool[Array, ""]]:
        """Numbers and signs that are left after each operation (beyond `length` of them: anything), and whether all stay within the digits."""
        place = jnp.arange(len(signs))

        def step(left: tuple[Array, Array], count: Array) -> tuple[tuple[Array, Array], tuple[tuple[Array, Array], Array]]:
            numbers, signs = left
            there = place < count
            times = there & (signs == TIMES)
            at = jnp.where(jnp.any(times), jnp.argmax(times), 0)
            a, b = numbers[at], numbers[at + 1]
            found = jnp.where(signs[at] == PLUS, a + b, jnp.where(signs[at] == MINUS, a - b, a * b))
            fine = (count < 1) | ((found >= 0) & (found < 10**self.digits))
            shifted = jnp.where(jnp.arange(len(numbers)) > at, jnp.roll(numbers, -1), numbers).at[at].set(jnp.where(fine, found, 0))
            left = shifted, jnp.where(place >= at, jnp.roll(signs, -1), signs)
            return left, (left, fine)

        _, (left, fine) = jax.lax.scan(step, (numbers, signs), length - place)
        return left, jnp.all(fine)

    def _spelt(self, numbers: Int[Array, " numbers"], signs: Int[Array, " signs"]) -> Int[Array, " spelled"]:
        """The digits of each number and the sign after it."""
        digits = numbers[:, None] // 10 ** jnp.arange(self.digits - 1, -1, -1) % 10
        return jnp.concatenate([digits, jnp.pad(signs, (0, 1))[:, None]], axis=1).reshape(-1)[:-1]

    def told(self, symbols: Int[Array, " symbols"]) -> str:
        """The symbols as a person would write them; "_" is a blank."""
        return "".join("0123456789+-*=_"[symbol] for symbol in symbols.tolist())
