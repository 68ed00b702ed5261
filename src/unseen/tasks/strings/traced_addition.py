"""The sum of two numbers with the trace of a machine that works it out digit by digit, and with parts of that trace left out."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings.addition import Addition


class TracedAddition(Addition):
    """Addition, written with what a Turing machine reads and keeps at each digit, after Hua et al. (2025), "TAIL".

    For each digit, from the smallest up, stand in the answer: both operands, fetched again from the string; the digit of the sum; the carry into the next
    one, which is the state of the machine. After all of them the end. A symbol of the answer stands at the place of its digit where places are coupled.

    Attributes:
        reverse: True: a trace goes from the smallest digit up.
        fetch: whether operands are written.
        carries: whether carries are. With neither this is `Addition`.

    >>> TracedAddition().answers(2)  # three digits of two operands, digit and carry, then the end
    13
    """

    fetch: bool = eqx.field(static=True, default=True)
    carries: bool = eqx.field(static=True, default=True)

    def __check_init__(self) -> None:
        expect(
            self,
            reverse=(lambda r: r is True, "True, as a trace goes from the smallest digit up. Take Addition(reverse=False) for sums at once"),
            hints=(lambda h: h is None, "None: a trace has no hints"),
            fetch=(lambda f: f in (False, True), "False or True"),
            carries=(lambda c: c in (False, True), "False or True"),
        )

    @property
    def group(self) -> int:
        """Symbols for each digit."""
        return 1 + 2 * self.fetch + self.carries

    def answers(self, length: Any) -> Any:
        """One digit more than each number has, and the end."""
        return self.group * (length + 1) + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """Uniform digits and the trace of their sum."""
        string, total = super().string(key, length, size)
        worth, digit = jnp.arange(size + 1), total[:-1]
        a, b = (jnp.where(worth < length, string[jnp.clip(first + length - 1 - worth, 0)], 0) for first in (0, length + 1))
        carried = (a + b + (digit - a - b) % self.base) // self.base
        trace = jnp.stack([*[a, b] * self.fetch, digit, *[carried] * self.carries], axis=1).reshape(-1)
        return string, jnp.where(jnp.arange(len(trace) + 1) < self.group * (length + 1), jnp.append(trace, self.base), self.base)

    def coupled(self, place: Int[Array, "*n places"], length: Int[Array, "..."]) -> Int[Array, "*n places"]:
        """As in `Addition`, all that is written of a digit at the place of that digit."""
        asked = 2 * length + 1
        return super().coupled(jnp.where(place > asked, asked + 1 + (place - asked - 1) // self.group, place), length)
