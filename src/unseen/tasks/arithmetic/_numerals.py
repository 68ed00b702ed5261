"""Numbers of one form (whole, decimal, fraction), each in as many symbols as any other: drawn, joined by an operation, and spelt."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PRNGKeyArray

PLUS, MINUS, TIMES, EQUALS, BLANK, POINT, OVER, PERCENT, OPEN, CLOSE = range(10, 20)
Pairs = Int[Array, "numbers 2"]
PERCENTAGES = 4  # one of so many numbers is a percentage


class Numerals(NamedTuple):
    """How numbers are written. A number is a pair: numerator and denominator of a fraction; else value times 10^decimals, and whether it is a percentage."""

    digits: int
    decimals: int
    fractions: bool
    percentages: bool
    negative: bool

    @property
    def width(self) -> int:
        """Symbols of a number."""
        number = 2 * self.digits + 3 if self.fractions else self.digits + (self.decimals + 1) * (self.decimals > 0) + self.percentages
        return self.negative + number

    @property
    def bound(self) -> int:
        """What the size of a number, times 10^decimals, stays below."""
        return 10 ** (self.digits + self.decimals)

    def draw(self, at_digits: PRNGKeyArray, at_numbers: PRNGKeyArray, count: int) -> Pairs:
        """Random numbers."""

        def uniform(stage: int, least: int) -> Array:
            """Uniform among those with a number of digits that is uniform."""
            keys = (at_digits, at_numbers) if stage == 0 else (jax.random.fold_in(key, stage) for key in (at_digits, at_numbers))
            first, second = keys
            return jax.random.randint(second, (count,), least, 10 ** jax.random.randint(first, (count,), 1, self.digits + 1))

        numbers, other = uniform(0, 0), jnp.zeros(count, jnp.int32)
        if self.fractions:
            other = uniform(1, 1)
        elif self.decimals:
            places = jax.random.randint(jax.random.fold_in(at_digits, 2), (count,), 0, self.decimals + 1)
            rest = jax.random.randint(jax.random.fold_in(at_numbers, 2), (count,), 0, 10**places) * 10 ** (self.decimals - places)
            numbers = numbers * 10**self.decimals + rest
        if self.percentages:
            other = jax.random.randint(jax.random.fold_in(at_numbers, 3), (count,), 0, PERCENTAGES) // (PERCENTAGES - 1)
            numbers = jnp.where(other == 1, numbers // 100, numbers)
        if self.negative:
            numbers = numbers * jax.random.rademacher(jax.random.fold_in(at_numbers, 4), (count,), jnp.int32)
        return jnp.stack([numbers, other], axis=1)

    def whole(self, numbers: Int[Array, " numbers"]) -> Pairs:
        """Whole numbers in this form."""
        return jnp.stack([numbers * 10**self.decimals, jnp.full_like(numbers, int(self.fractions))], axis=1)

    def join(self, one: Int[Array, "2"], two: Int[Array, "2"], sign: Int[Array, ""]) -> tuple[Int[Array, "2"], Bool[Array, ""]]:
        """The result of an operation, and whether it is exact and can be written in this form. Fractions are reduced."""
        (a, p), (b, q) = one, two
        if self.fractions:
            above = jnp.select([sign == PLUS, sign == MINUS, sign == TIMES], [a * q + b * p, a * q - b * p, a * b], a * q * jnp.sign(b))
            below = jnp.where(sign == OVER, p * jnp.abs(b), p * q)
            shared = jnp.maximum(jnp.gcd(above, below), 1)
            found, other, exact = above // shared, below // shared, (below > 0) & (below // shared < self.bound)
        else:
            unit = 10**self.decimals
            exact, other = (sign != TIMES) | (a * b % unit == 0), jnp.zeros_like(p)
            found = jnp.select([sign == PLUS, sign == MINUS], [a + b, a - b], a * b // unit)
        fits = exact & (jnp.abs(found) < self.bound) & (self.negative | (found >= 0))
        return jnp.stack([found, other]), fits

    def spell(self, numbers: Pairs) -> Int[Array, "numbers width"]:
        """The symbols of each number: "-" or a blank, if numbers may be negative; its digits, zeros in front; "%" or a blank, if there are percentages."""
        value, other = numbers[:, 0], numbers[:, 1]
        digits = jnp.abs(jnp.where((other == 1) & self.percentages, 100 * value, value))

        def column(symbol: Array | int) -> Array:
            return jnp.broadcast_to(symbol, (len(numbers), 1))

        def row(number: Array, top: int, count: int) -> Array:
            return number[:, None] // 10 ** jnp.arange(top, top - count, -1) % 10

        parts = [column(jnp.where(value < 0, MINUS, BLANK)[:, None])] * self.negative
        if self.fractions:
            parts += [column(OPEN), row(digits, self.digits - 1, self.digits), column(OVER), row(other, self.digits - 1, self.digits), column(CLOSE)]
        else:
            parts.append(row(digits, self.digits + self.decimals - 1, self.digits))
            parts += [column(POINT), row(digits, self.decimals - 1, self.decimals)] * (self.decimals > 0)
            parts += [column(jnp.where(other == 1, PERCENT, BLANK)[:, None])] * self.percentages
        return jnp.concatenate(parts, axis=1)
