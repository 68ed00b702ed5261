"""The sum of two numbers with the trace of a machine that works it out digit by digit, and with parts of that trace left out."""

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings.addition import Addition


class TracedAddition(Addition):
    """Addition, written as what a Turing machine reads, writes and keeps at each digit, after Hua et al. (2025), "TAIL".

    For each digit of the sum stand in the answer: its index hint; both operands, fetched again from the string; the digit; the carry into the next one, which
    is the state of the machine. After all of them the end. A part that is left out is written as a blank, so that all traces of a length are equally long.
    Each part has symbols of its own, as it has a name in the traces of the paper: with B = `base`, digits of the first number are 0 … B-1, the sign and the
    place of a blank B, digits of the second number from B + 1 on, of the sum from 2B + 1 on, carries from 3B + 1 on, the end 3B + 3, hints from 3B + 4 on.

    Attributes:
        hints: how many indices there are, one more than the longest number has digits at least.
        fetch: whether operands are written.
        carries: whether carries are.
        upward: the steps go from the smallest digit up, as carries do; else from the highest down, where each carry has to be foreseen.

    >>> [part.tolist() for part in TracedAddition().string(jax.random.key(0), jnp.array(1), 1)]  # 9 + 0: digit 9, carry 0; then digit 0, carry 0
    [[49, 9, 10, 49, 11], [49, 9, 11, 30, 31, 50, 0, 11, 21, 31, 33]]
    """

    hints: int = eqx.field(static=True, default=17)  # pyright: ignore[reportIncompatibleVariableOverride]
    fetch: bool = True
    carries: bool = True
    upward: bool = True

    bare: ClassVar[bool] = False

    def __check_init__(self) -> None:
        def flag(value: Any) -> bool:
            return value in (False, True)

        expect(
            self,
            reverse=(lambda r: r is True, "True. Take upward=False for steps from the highest digit down"),
            **dict.fromkeys(("fetch", "carries", "upward"), (flag, "False or True")),
        )

    @property
    def symbols(self) -> int:
        """Digits of three kinds, the sign, carries, the end, and the hints."""
        return 3 * self.base + 4 + self.hints

    @property
    def classes(self) -> int:
        """The same."""
        return self.symbols

    def answers(self, length: Any) -> Any:
        """Five symbols for each digit of the sum, and the end."""
        return 5 * (length + 1) + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """Uniform digits with their hints, and the trace of their sum."""
        base, (string, answer) = self.base, super().string(key, length, size)
        step, place = jnp.arange(size + 1), jnp.arange(len(string))
        worth = jnp.where(self.upward, step, length - step)
        a, b = (jnp.where(worth < length, string[jnp.clip(first + 2 * (length - 1 - worth) + 1, 0)], 0) for first in (0, 2 * length + 1))
        hint, digit = answer[:-1].reshape(-1, 2)[worth].T
        carry = (a + b + (digit - a - b) % base) // base
        fetched = [jnp.where(self.fetch, part, base) for part in (a, b + base + 1)]
        kept = jnp.where(self.carries, carry + 3 * base + 1, base)
        trace = jnp.stack([hint + 2 * base + 3, *fetched, digit + 2 * base + 1, kept], axis=1).reshape(-1)
        string = string + jnp.where(string > base, 2 * base + 3, jnp.where(place > 2 * length, base + 1, 0))
        return string, jnp.where(jnp.arange(len(trace) + 1) < 5 * (length + 1), jnp.append(trace, 0), 3 * base + 3)
