"""A number of many digits times one of one digit, written as people write numbers, or as transformers learn better."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen.tasks.strings.short_multiplication import ShortMultiplication


class PaddedMultiplication(ShortMultiplication):
    """d × a = c as in `ShortMultiplication`, but a from its highest digit down, and two choices of format (Shen et al. 2023, section on multiplication).

    Attributes:
        padded: a has zeros in front up to the longest length that there is, beyond[1], and c as many digits and one more: each digit of the same worth
            always stands at the same place.
        reverse: c is asked from its smallest digit up; else from its highest down.

    >>> import jax
    >>> task = PaddedMultiplication(lengths=(1, 3), beyond=(4, 4))
    >>> [part.tolist() for part in task.string(jax.random.key(0), jnp.array(2), 4)]  # 9 × 22 = 198
    [[9, 0, 0, 2, 2], [8, 9, 1, 0, 0]]
    """

    padded: bool = eqx.field(static=True, default=True)
    reverse: bool = eqx.field(static=True, default=True)

    def spelled(self, length: Any) -> Any:
        """One digit, and the number with its zeros."""
        return 1 + (self.beyond[1] + 0 * length if self.padded else length)

    def answers(self, length: Any) -> Any:
        """One digit more than the number has."""
        return self.spelled(length)

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """Uniform digits and their product in this format."""
        string, product = super().string(key, length, size)
        width = self.spelled(size)
        place, shown = jnp.arange(width), self.spelled(length) - 1
        number, product = (jnp.pad(digits, (0, width - len(digits))) for digits in (string[1:], product))
        number = jnp.where(place < shown, number[jnp.clip(shown - 1 - place, 0)], 0)
        return jnp.append(string[0], number[:-1]), product if self.reverse else product[jnp.clip(shown - place, 0)]
