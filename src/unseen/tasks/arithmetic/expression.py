"""Expressions of several operations, worked out one after the other or at once."""

from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.arithmetic._numerals import BLANK, CLOSE, EQUALS, OPEN, OVER, PLUS, TIMES, Numerals, Pairs
from unseen.tasks.strings._transduction import Transduction

TRIES, FRACTION_TRIES = 16, 64  # random expressions of which the first is taken that stays within the digits
STEPS = ("written", "blank", "none")
SIGNS = "0123456789+-*=_./%()"


class Left(NamedTuple):
    """What is left of an expression: n + 1 numbers, the n signs between them, and which of the signs stand in brackets."""

    numbers: Pairs
    signs: Int[Array, " signs"]
    inside: Bool[Array, " signs"]


class Expression(Transduction):
    """Numbers with +, - or × between them; the answer is what is left after each operation, down to one number, as MathGLM is trained (Yang et al. 2023).

    `length` is how many operations there are. All numbers, given or found, are whole and not negative, and written with `digits` digits, zeros in front; given
    ones are uniform among those with a number of digits that is uniform. The next operation is the first ×, or the first of all where there is none. The answer
    is the expression that is left, "=", the next, … the result. With steps "blank" a blank stands in the place of every symbol but the result's, so
    that there is as much to write, and with "none" the result is all. Symbols: the digits, +, -, ×, =, blank; with any of the options below, also . / % ( ).

    Expressions whose numbers would leave the range are drawn anew; after 16 that do (64 of fractions), what is taken is a sum of ones and
    zeros.

    The other kinds of numbers of MathGLM's data are options. Every number, given or found, takes as many places; where a sign, a "%" or a bracket could
    stand and does not, stands a blank. All steps are exact: what `decimals` cannot write is drawn anew.

    Departs from the test set that is published with MathGLM's code (their steps are not): no brackets in brackets, no division but of fractions, at most
    four digits.

    Attributes:
        digits: of each number, or of those before the point, or of numerator and denominator; 1 to 4.
        steps: "written", "blank" or "none".
        decimals: digits after the point; 0 for no point. `digits` + `decimals` is at most 4. Of a given number a uniform number of them are not 0 at the end.
        fractions: all numbers are fractions, "(04/72)", given ones not always reduced, results always; ÷, written "/", is a fourth operation, with × in rank.
        percentages: one given number of four is a percentage, "45.00%" for 0.45: a whole one with two decimals. Needs `decimals` of at least 2.
        negative: each given number is negative with probability 1/2, and results may be, as in "07--12".
        brackets: each sign is in brackets with probability 1/2, neighbours in the same: "(03+04)*05". What is in brackets is worked out first, from the left;
            a number alone loses them, and the whole expression has none.

    >>> task = Expression()
    >>> string, answer = task.string(jax.random.key(4), jnp.array(2), 2)
    >>> task.told(string), task.told(answer)
    ('01+07*04', '01+28=29')
    >>> task = Expression(decimals=2, percentages=True, negative=True, brackets=True)
    >>> string, answer = task.string(jax.random.key(9), jnp.array(2), 2)
    >>> [task.told(part).replace("_", "") for part in (string, answer)]
    ['(26.00*36.00%)+-06.90', '09.36+-06.90=02.46']
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 2))
    beyond: tuple[int, int] = eqx.field(static=True, default=(3, 3))
    digits: int = eqx.field(static=True, default=2)
    steps: str = eqx.field(static=True, default="written")
    decimals: int = eqx.field(static=True, default=0)
    fractions: bool = eqx.field(static=True, default=False)
    percentages: bool = eqx.field(static=True, default=False)
    negative: bool = eqx.field(static=True, default=False)
    brackets: bool = eqx.field(static=True, default=False)

    level: ClassVar[str] = "context-sensitive"

    def __check_init__(self) -> None:
        flags = ("fractions", "percentages", "negative", "brackets")
        expect(
            self,
            digits=(lambda d: d in range(1, 5), "1 to 4 digits"),
            steps=(lambda s: s in STEPS, "one of " + ", ".join(map(repr, STEPS))),
            **dict.fromkeys(flags, (lambda flag: flag in (False, True), "False or True")),
        )
        if isinstance(self.digits, int):
            expect(self, decimals=(lambda d: 0 <= d <= 4 - self.digits, f"0 to {4 - self.digits}, as {self.digits} digits stand before the point"))
        if isinstance(self.decimals, int):
            expect(
                self,
                fractions=(lambda f: not (f and self.decimals), "False with decimals: numbers are of one kind"),
                percentages=(lambda p: not p or self.decimals >= 2, "False, or decimals of at least 2 for what a percentage is"),
            )

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """15, or 20 where numbers are not whole and bare."""
        return 20 if self.decimals or self.fractions or self.negative or self.brackets else 15

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same."""
        return self.symbols

    @property
    def numerals(self) -> Numerals:
        """How numbers are written."""
        return Numerals(self.digits, self.decimals, self.fractions, self.percentages, self.negative)

    @property
    def width(self) -> int:
        """Symbols of a number, and of a bracket at either end of it."""
        return self.numerals.width + 2 * self.brackets

    def spelled(self, length: Any) -> Any:
        """A number more than operations."""
        return (self.width + 1) * length + self.width

    def answers(self, length: Any) -> Any:
        """What is left after each operation, and the signs between, or one number."""
        return self.width + 0 * length if self.steps == "none" else (self.width + 1) * length * (length + 1) // 2 - 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """An expression and its reduction."""
        given = jax.vmap(lambda k: self._drawn(k, length, size))(jax.random.split(key, FRACTION_TRIES if self.fractions else TRIES))
        left, fine = jax.vmap(lambda one: self.reduced(one, length))(given)
        first = jnp.argmax(fine)
        ones = Left(self.numerals.whole(jnp.arange(size + 1) % 2), jnp.full(size, PLUS), jnp.zeros(size, bool))
        both = (given, left), (ones, self.reduced(ones, length)[0])
        given, left = jax.tree.map(lambda drawn, safe: jnp.where(jnp.any(fine), drawn[first], safe), *both)
        rows = jax.vmap(self._spelt)(left)  # row j: what is left after j + 1 operations, then "="
        ends = jnp.cumsum((self.width + 1) * (length - jnp.arange(size)))
        place = jnp.arange(self.answers(size)) if self.steps != "none" else ends[length - 1] - self.width - 1 + jnp.arange(self.width)
        row = jnp.sum(place[:, None] >= ends[: size - 1], axis=1) if size > 1 else 0 * place
        row = jnp.minimum(row, length - 1)
        within = place - jnp.where(row > 0, ends[row - 1], 0)
        answer = jnp.where(within == (self.width + 1) * (length - row) - 1, EQUALS, rows[row, jnp.minimum(within, rows.shape[1] - 1)])
        hidden = (self.steps == "blank") & (place < ends[length - 1] - self.width - 1)
        return self._spelt(given), jnp.where(hidden, BLANK, answer)

    def _drawn(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> Left:
        at_digits, at_numbers, at_signs = jax.random.split(key, 3)
        numbers = self.numerals.draw(at_digits, at_numbers, size + 1)
        signs = jax.random.randint(at_signs, (size,), PLUS, TIMES + 1 + self.fractions)
        there, inside = jnp.arange(size) < length, jnp.zeros(size, bool)
        if self.brackets:
            inside = jax.random.bernoulli(jax.random.fold_in(at_signs, 1), 0.5, (size,)) & there
            inside &= jnp.any(there & ~inside)
        return Left(numbers, jnp.where(signs > TIMES, OVER, signs), inside)

    def reduced(self, given: Left, length: Int[Array, ""]) -> tuple[Left, Bool[Array, ""]]:
        """What is left after each operation (beyond `length` of them: anything), and whether all numbers can be written."""
        place = jnp.arange(len(given.signs))

        def step(left: Left, count: Array) -> tuple[Left, tuple[Left, Array]]:
            there = place < count
            begin = jnp.argmax(there & left.inside)  # of the first brackets, if there are any
            end = jnp.min(jnp.where((place > begin) & ~left.inside, place, len(place)))
            candidates = jnp.where(jnp.any(there & left.inside), (place >= begin) & (place < end), True) & there
            products = candidates & ((left.signs == TIMES) | (left.signs == OVER))
            at = jnp.argmax(jnp.where(jnp.any(products), products, candidates))
            found, fine = self.numerals.join(left.numbers[at], left.numbers[at + 1], left.signs[at])
            fine |= count < 1
            after = jnp.arange(len(left.numbers))[:, None] > at
            found = jnp.where(fine, found, self.numerals.whole(jnp.zeros(1, jnp.int32))[0])
            numbers = jnp.where(after, jnp.roll(left.numbers, -1, axis=0), left.numbers).at[at].set(found)
            signs, inside = (jnp.where(place >= at, jnp.roll(part, -1), part) for part in (left.signs, left.inside))
            left = Left(numbers, signs, inside & (place < count - 1))
            return left, (left, fine)

        _, (left, fine) = jax.lax.scan(step, given, length - place)
        return left, jnp.all(fine)

    def _spelt(self, left: Left) -> Int[Array, " spelled"]:
        """Each number, with its brackets, and the sign after it."""
        numbers, sign = self.numerals.spell(left.numbers), jnp.pad(left.signs, (0, 1))[:, None]
        before, after = jnp.pad(left.inside, (1, 0))[:, None], jnp.pad(left.inside, (0, 1))[:, None]
        parts = [numbers, sign]
        if self.brackets:
            parts = [jnp.where(after & ~before, OPEN, BLANK), numbers, jnp.where(before & ~after, CLOSE, BLANK), sign]
        return jnp.concatenate(parts, axis=1).reshape(-1)[:-1]

    def told(self, symbols: Int[Array, " symbols"]) -> str:
        """The symbols as a person would write them; "_" is a blank."""
        return "".join(SIGNS[symbol] for symbol in symbols.tolist())
