"""What a Turing machine leaves on its tape, written step by step or at once."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings._transduction import Transduction

Rule = tuple[int, int, int]


class TuringProgram(Transduction):
    """Turing Programs (Hou, Brandfonbrener, Kakade, Jelassi & Malach 2024): the answer is the tape after each step, copied but for the cells at the head.

    A tape of `length` cells, uniform symbols, the head on the first in state 0; the machine takes as many steps as there are cells, and stays where a move
    would leave the tape. Symbols 0 … alphabet-1 are cells; alphabet (1 + state) + symbol is the cell under the head. After each tape stands a separator, the
    last class. Without `steps` the answer is the last tape alone, which asks for all steps at once.

    Attributes:
        alphabet: symbols of the tape, at least 2.
        states: of the machine, at least 1; none of them halts.
        rules: of each state in turn, and in it of each symbol: (symbol written, move -1 or 1, next state); None for uniform ones, drawn by `law`.
        law: number of the random rules.
        steps: whether the tape is written after each step.

    >>> flip = TuringProgram(states=1, rules=((1, 1, 0), (0, 1, 0)))  # turns each bit, going right
    >>> [part.tolist() for part in flip.string(jax.random.key(0), jnp.array(3), 3)]
    [[3, 0, 0], [0, 2, 0, 4, 0, 1, 2, 4, 0, 1, 3, 4]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(2, 8))
    beyond: tuple[int, int] = eqx.field(static=True, default=(9, 16))
    alphabet: int = eqx.field(static=True, default=2)
    states: int = eqx.field(static=True, default=2)
    rules: tuple[Rule, ...] | None = eqx.field(static=True, default=None)
    law: int = eqx.field(static=True, default=0)
    steps: bool = eqx.field(static=True, default=True)

    level: ClassVar[str] = "context-sensitive"

    def __check_init__(self) -> None:
        def complete(rules: Any) -> bool:
            return rules is None or (
                len(rules) == self.states * self.alphabet
                and all(0 <= write < self.alphabet and move in (-1, 1) and 0 <= then < self.states for write, move, then in rules)
            )

        expect(self, alphabet=(lambda k: k >= 2, "at least 2 symbols"), states=(lambda s: s >= 1, "at least 1"))
        if isinstance(self.alphabet, int) and isinstance(self.states, int):
            expect(self, rules=(complete, f"None, or {self.states * self.alphabet} rules (symbol, -1 or 1, state), one for each state and symbol"))

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Cells, and cells under the head."""
        return self.alphabet * (1 + self.states)

    @property
    def classes(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same and a separator."""
        return self.symbols + 1

    def answers(self, length: Any) -> Any:
        """A tape and a separator for each step, or for the last one."""
        return (length + 1) * (length if self.steps else 1)

    def program(self) -> Int[Array, "rules 3"]:
        """The rules: symbol written, move, next state."""
        if self.rules is not None:
            return jnp.array(self.rules)
        keys, n = jax.random.split(jax.random.key(self.law), 3), self.states * self.alphabet
        write, then = (jax.random.randint(k, (n,), 0, top) for k, top in ((keys[0], self.alphabet), (keys[2], self.states)))
        return jnp.stack([write, 2 * jax.random.randint(keys[1], (n,), 0, 2) - 1, then], axis=1)

    def tapes(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> Int[Array, "tapes size"]:
        """The first tape, and the one after each of `size` steps."""
        program, cells = self.program(), jnp.arange(size)

        def shown(tape: Array, head: Array, state: Array) -> Array:
            return jnp.where(cells == head, self.alphabet * (1 + state) + tape, tape)

        def step(machine: tuple[Array, Array, Array], _: None) -> tuple[tuple[Array, Array, Array], Array]:
            tape, head, state = machine
            write, move, then = program[state * self.alphabet + tape[head]]
            machine = jnp.where(cells == head, write, tape), jnp.clip(head + move, 0, length - 1), then
            return machine, shown(*machine)

        start = jax.random.randint(key, (size,), 0, self.alphabet), jnp.array(0), jnp.array(0)
        return jnp.concatenate([shown(*start)[None], jax.lax.scan(step, start, None, length=size)[1]])

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " size"], Int[Array, " answers"]]:
        """The first tape, and what the machine makes of it."""
        tapes, place = self.tapes(key, length, size), jnp.arange(self.answers(size))
        row, cell = place // (length + 1), place % (length + 1)
        row = row + 1 if self.steps else length + 0 * row
        written = tapes[jnp.minimum(row, size), jnp.minimum(cell, size - 1)]
        return tapes[0], jnp.where(cell == length, self.symbols, written)
