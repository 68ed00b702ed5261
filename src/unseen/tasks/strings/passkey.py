"""A short key hidden in a long text that says nothing, to be told at its end."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Problem, expect, expect_numbers
from unseen.tasks.strings._transduction import Transduction


class Passkey(Transduction):
    """Fillers; somewhere, uniformly, the mark and then a key of `digits` uniform digits; the answer is the key (Mohtashami & Jaggi 2023).

    Symbols 0 to 9 are digits, 10 is the mark, the others are `fillers`, each drawn uniformly.

    Attributes:
        digits: of the key, at least 1; strings have at least one symbol more.
        fillers: how many symbols the text has, at least 1.

    >>> [part.tolist() for part in Passkey(digits=2, fillers=1).string(jax.random.key(0), jnp.array(6), 6)]
    [[11, 11, 10, 9, 4, 11], [9, 4]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(8, 64))
    beyond: tuple[int, int] = eqx.field(static=True, default=(65, 256))
    digits: int = eqx.field(static=True, default=5)
    fillers: int = eqx.field(static=True, default=4)

    level: ClassVar[str] = "regular"
    classes: ClassVar[int] = 10

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(self, digits=(lambda d: d >= 1, "at least 1"), fillers=(lambda f: f >= 1, "at least 1"))
        if isinstance(self.digits, int) and isinstance(self.lengths, tuple) and self.lengths[0] <= self.digits:
            raise Problem(f"Passkey.lengths: expected strings of at least {self.digits + 1} symbols, a mark and the key, got {self.lengths!r}.")

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Digits, the mark and the fillers."""
        return 11 + self.fillers

    def answers(self, length: Any) -> Any:
        """The key."""
        return self.digits + 0 * length

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " size"], Int[Array, " digits"]]:
        """A text with a key, and the key."""
        at_text, at_place, at_key = jax.random.split(key, 3)
        text, place = jax.random.randint(at_text, (size,), 11, self.symbols), jnp.arange(size)
        mark = jax.random.randint(at_place, (), 0, length - self.digits)
        secret = jax.random.randint(at_key, (self.digits,), 0, 10)
        after = place - mark - 1
        text = jnp.where((after >= 0) & (after < self.digits), secret[jnp.clip(after, 0, self.digits - 1)], text)
        return jnp.where(place == mark, 10, text), secret
