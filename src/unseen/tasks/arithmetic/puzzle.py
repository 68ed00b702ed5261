"""Puzzles: reach a number from given ones, each used once, and write how."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings._transduction import Transduction

OPERATIONS = ("+", "-", "*", "/")


class Puzzle(Transduction):
    """Given numbers in ascending order and a target; the answer is steps a ∘ b = c, each number used once, the last c the target (Li et al. 2024).

    `length` is how many numbers are given, uniform in 1 … `most`. A step takes two of the numbers at hand, given or found, and puts its result in their place.
    Puzzles are made by random steps: two numbers at hand, uniformly, and one of the operations whose result is whole and within ±`bound`, uniformly. The answer
    has the four symbols a, ∘, b, c of each of the length - 1 steps; any other way to the target is as good (`solves`). The symbol of the number v is
    v + `bound`; the operations are the last four symbols.

    Attributes:
        most: the largest given number, at least 1.
        bound: size of the largest number that is written, at least `most`.

    >>> task = Puzzle(most=9, bound=50)
    >>> given, steps = task.string(jax.random.key(3), jnp.array(3), 3)
    >>> (given - 50).tolist(), task.told(steps)
    ([2, 5, 8, 11], ['5 - 2 = 3', '3 + 8 = 11'])
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(2, 3))
    beyond: tuple[int, int] = eqx.field(static=True, default=(4, 4))
    most: int = eqx.field(static=True, default=15)
    bound: int = eqx.field(static=True, default=60)

    level: ClassVar[str] = "context-sensitive"
    shortest: ClassVar[int] = 2

    def __check_init__(self) -> None:
        expect(self, most=(lambda m: m >= 1, "a number of at least 1"), bound=(lambda b: b >= self.most, f"a number of at least most={self.most!r}"))

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The numbers and the operations."""
        return 2 * self.bound + 1 + len(OPERATIONS)

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same."""
        return self.symbols

    def spelled(self, length: Any) -> Any:
        """The numbers and the target."""
        return length + 1

    def answers(self, length: Any) -> Any:
        """Four symbols a step."""
        return 4 * (length - 1)

    def results(self, a: Int[Array, "*n"], b: Int[Array, "*n"]) -> tuple[Int[Array, "*n 4"], Bool[Array, "*n 4"]]:
        """What each operation gives, and whether it is allowed: whole and within the bound."""
        divisor = jnp.where(b == 0, 1, b)
        found = jnp.stack([a + b, a - b, a * b, a // divisor], axis=-1)
        whole = jnp.stack([b == b] * 3 + [(b != 0) & (a % divisor == 0)], axis=-1)
        return found, whole & (jnp.abs(found) <= self.bound)

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """A puzzle and the steps that it was made by."""
        at_numbers, at_steps = jax.random.split(key)
        return self.solution(at_numbers, at_steps, length, size)

    def solution(
        self, at_numbers: PRNGKeyArray, at_steps: PRNGKeyArray, length: Int[Array, ""], size: int
    ) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """Numbers and target, and steps to it, as in `string`: with one key for the numbers and one for the steps."""
        place = jnp.arange(size)
        given = jnp.sort(jnp.where(place < length, jax.random.randint(at_numbers, (size,), 1, self.most + 1), self.bound))

        def step(hand: tuple[Array, Array], key: PRNGKeyArray) -> tuple[tuple[Array, Array], Array]:
            numbers, there = hand
            at_pair, at_operation = jax.random.split(key)
            # Two of those at hand in a random order; once one is left, what follows is not asked.
            first, second = jnp.argsort(jnp.where(there, jax.random.uniform(at_pair, (size,)), 2.0))[:2]
            found, allowed = self.results(numbers[first], numbers[second])
            operation = jnp.argmax(jnp.where(allowed, jax.random.uniform(at_operation, allowed.shape), -1.0))
            written = jnp.stack([numbers[first] + self.bound, self._sign(operation), numbers[second] + self.bound, found[operation] + self.bound])
            return (numbers.at[first].set(found[operation]), there.at[second].set(False)), written

        _, steps = jax.lax.scan(step, (given, place < length), jax.random.split(at_steps, size - 1))
        target = steps[length - 2, 3]
        return jnp.where(jnp.arange(size + 1) == length, target, jnp.pad(given + self.bound, (0, 1))), steps.reshape(-1)

    def _sign(self, operation: Int[Array, ""]) -> Int[Array, ""]:
        return operation + 2 * self.bound + 1

    def solves(self, given: Int[Array, " spelled"], steps: Int[Array, " answers"]) -> Bool[Array, ""]:
        """Whether the steps are right: numbers at hand, an allowed operation and its result, each number used once, and the target at the end.

        Args:
            given: the symbols of the n numbers and the target.
            steps: the 4 (n - 1) symbols of an answer.
        """

        def taken(hand: Array, number: Array) -> tuple[Array, Array]:
            match = hand == number
            return jnp.where(jnp.arange(len(hand)) == jnp.argmax(match), -1, hand), jnp.any(match)  # no symbol is -1

        hand, fine = given[:-1], jnp.array(True)
        for first, sign, second, result in steps.reshape(-1, 4):
            hand, has_first = taken(hand, first)
            hand, has_second = taken(hand, second)
            found, allowed = self.results(first - self.bound, second - self.bound)
            operation = sign - 2 * self.bound - 1
            at = jnp.clip(operation, 0, len(OPERATIONS) - 1)
            fine &= has_first & has_second & (operation == at) & allowed[at] & (found[at] == result - self.bound)
            hand = hand.at[jnp.argmin(hand)].set(result)
        return fine & (steps[-1] == given[-1])

    def told(self, steps: Int[Array, " answers"]) -> list[str]:
        """The steps as a person would write them; "?" for a symbol out of place."""

        def number(symbol: int) -> str:
            return str(symbol - self.bound) if symbol <= 2 * self.bound else "?"

        def sign(symbol: int) -> str:
            return OPERATIONS[symbol - 2 * self.bound - 1] if symbol > 2 * self.bound else "?"

        return [f"{number(a)} {sign(o)} {number(b)} = {number(c)}" for a, o, b, c in steps.reshape(-1, 4).tolist()]
