"""One step of a Turing machine: a tape, and the tape after it."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen.tasks.strings.turing_program import TuringProgram


class TuringStep(TuringProgram):
    """A Turing program of which only the last tape is in view: the string is a tape of it and a separator, the answer the next tape and a separator.

    The tape is the one after t steps of a random first tape, t uniform among 0 … length-1. A model that writes all steps of a program without a fault, reading
    one tape at a time, runs the machine. With `steps` False: the first tape, and the last one, all steps at once.

    >>> flip = TuringStep(states=1, rules=((1, 1, 0), (0, 1, 0)))  # turns each bit, going right
    >>> [part.tolist() for part in flip.string(jax.random.key(3), jnp.array(3), 3)]
    [[0, 3, 1, 4], [0, 0, 3, 4]]
    """

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Cells, cells under the head, and a separator."""
        return super().symbols + 1

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same."""
        return self.symbols

    def spelled(self, length: Any) -> Any:
        """A tape and a separator."""
        return length + 1

    def answers(self, length: Any) -> Any:
        """A tape and a separator."""
        return length + 1

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, " answers"]]:
        """A tape of a random program, and the next."""
        tapes = self.tapes(key, length, size)
        step = jax.random.randint(jax.random.fold_in(key, 0), (), 0, length)
        pair = jnp.stack([tapes[step], tapes[step + 1]] if self.steps else [tapes[0], tapes[length]])
        before, after = jnp.where(jnp.arange(size + 1) == length, self.symbols - 1, jnp.pad(pair, ((0, 0), (0, 1))))
        return before, after

    def coupled(self, place: Int[Array, "*n places"], length: Int[Array, "..."]) -> Int[Array, "*n places"]:
        """Both cells of one place on the tape stand at one place, 1 … n, as the digits of a sum do in `Addition`; the separator at n + 1, ASK at 0."""
        return jnp.where(place <= length, place + 1, place - length - 1)
