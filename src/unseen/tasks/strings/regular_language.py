"""Whether a string is in the language of a finite automaton."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Over, Problem, expect
from unseen.tasks.strings._transduction import Transduction


class RegularLanguage(Transduction):
    """1 where the automaton accepts the string, else 0: any regular language. A fair coin says which; the string is uniform among those of its length.

    Where all strings of a length are accepted, or none is, the coin has no say. Strings are drawn symbol by symbol, in proportion to the number of ways
    to go on, so rare ones cost no more than others.

    Attributes:
        transitions: for each state the next state by symbol, as ((0, 1), (1, 0)) for the parity of ones: state 0 stays at symbol 0, moves to 1 at symbol 1.
        accepting: the states in which a string of the language ends. The first state is 0.

    >>> task = RegularLanguage(transitions=((0, 1), (2, 0), (2, 2)), accepting=(0,))  # no 1 without a 1 right behind it
    >>> [part.tolist() for part in task.string(jax.random.key(3), jnp.array(6), 6)]
    [[1, 1, 1, 1, 0, 0], [1]]
    """

    transitions: tuple[tuple[int, ...], ...] = eqx.field(static=True, default=((0, 1), (1, 0)))
    accepting: tuple[int, ...] = eqx.field(static=True, default=(1,))

    level: ClassVar[str] = "regular"
    classes: ClassVar[int] = 2  # no and yes

    def __check_init__(self) -> None:
        rows = self.transitions
        table = (lambda t: len(t) >= 1 and all(isinstance(row, tuple) and len(row) >= 1 for row in t), "a tuple of a tuple for each state, as ((0, 1), (1, 0))")
        expect(self, transitions=table)
        if isinstance(rows, Over):
            return
        symbols = max(len(row) for row in rows)
        for state, row in enumerate(rows):
            for symbol in range(symbols):
                if symbol >= len(row) or not self._state(row[symbol]):
                    got = "nothing" if symbol >= len(row) else repr(row[symbol])
                    raise Problem(
                        f"RegularLanguage.transitions: expected a next state, a whole number below {len(rows)}, from every state by every symbol, got {got} "
                        f"from state {state} by symbol {symbol}. Add it; a state that leads only to itself and does not accept ends a string that cannot be "
                        "mended."
                    )
        expect(self, accepting=(lambda a: all(map(self._state, a)), f"states, whole numbers from 0 to {len(rows) - 1}"))

    def _state(self, value: object) -> bool:
        return isinstance(value, int) and value in range(len(self.transitions))

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The symbols of the automaton."""
        return len(self.transitions[0])

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " size"], Int[Array, "1"]]:
        """A uniform string that is accepted, or one that is not."""
        at_label, at_symbols = jax.random.split(key)
        moves, ways = jnp.array(self.transitions), jnp.asarray(self.ways(size))
        possible = ways[:, length, 0] > 0
        accepted = jnp.where(possible[0] & possible[1], jax.random.bernoulli(at_label), possible[1]).astype(jnp.int32)

        def step(state: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
            place, key = now
            left = jnp.maximum(length - place - 1, 0)
            symbol = jax.random.categorical(key, jnp.log(ways[accepted, left, moves[state]]))
            return moves[state, symbol], symbol

        symbols = jax.lax.scan(step, jnp.array(0), (jnp.arange(size), jax.random.split(at_symbols, size)))[1]
        return symbols, accepted[None]

    def ways(self, size: int) -> Float[np.ndarray, "2 lengths states"]:
        """How many strings of each length up to `size` lead from each state to one that does not accept (first), or accepts; up to a factor for each length.

        A number below 10⁻³⁰ of the largest of its length is raised to that, so that what is possible stays so.
        """
        ends = np.isin(np.arange(len(self.transitions)), self.accepting)
        now = np.stack([~ends, ends]).astype(float)
        found = [now]
        for _ in range(size):
            now = now[:, np.array(self.transitions)].sum(axis=2)
            now = now / np.maximum(now.max(axis=1, keepdims=True), 1e-300)
            now = np.where(now > 0, np.maximum(now, 1e-30), 0.0)
            found.append(now)
        return np.stack(found, axis=1).astype(np.float32)
