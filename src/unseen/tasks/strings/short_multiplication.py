"""A number of many digits times one of one digit."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings._transduction import Transduction


class ShortMultiplication(Transduction):
    """d × a = c, all from the smallest digit up: the digit d ≥ 2, n uniform digits of a (the last may be zero), and the n + 1 digits of the product.

    n is the `length`. The product has a zero at its end where it is short, so that its length follows from n alone.

    Attributes:
        base: of the numerals, at least 3; its digits are the symbols 0 … base-1.

    >>> [part.tolist() for part in ShortMultiplication().string(jax.random.key(0), jnp.array(3), 3)]
    [[9, 2, 2, 6], [8, 9, 5, 5]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 8))
    beyond: tuple[int, int] = eqx.field(static=True, default=(9, 16))
    base: int = eqx.field(static=True, default=10)

    level: ClassVar[str] = "regular"

    def __check_init__(self) -> None:
        expect(self, base=(lambda b: b >= 3, "a whole number of at least 3"))

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The digits."""
        return self.base

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The digits."""
        return self.base

    def spelled(self, length: Any) -> Any:
        """One digit, and the number."""
        return length + 1

    def answers(self, length: Any) -> Any:
        """One digit more than the number has."""
        return length + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """Uniform digits and their product, by long multiplication."""
        at_digit, at_number = jax.random.split(key)
        digit = jax.random.randint(at_digit, (), 2, self.base)
        number = jax.random.randint(at_number, (size,), 0, self.base)
        number = jnp.where(jnp.arange(size) < length, number, 0)

        def step(carry: Array, one: Array) -> tuple[Array, Array]:
            total = digit * one + carry
            return total // self.base, total % self.base

        return jnp.append(digit, number), jax.lax.scan(step, jnp.zeros_like(digit), jnp.append(number, 0))[1]
