"""Each answer against a machine run in plain Python: the tape after one step, or after all; and which cells stand together."""

import jax
import jax.numpy as jnp
import pytest

from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.turing_step import TuringStep

TASK = TuringStep(states=3, law=7, lengths=(2, 4), beyond=(5, 6))


def stepped(rules, tape):
    """The tape after one step; the cell under the head is 2 (1 + state) + symbol."""
    head = next(i for i, cell in enumerate(tape) if cell >= 2)
    state, symbol = tape[head] // 2 - 1, tape[head] % 2
    write, move, then = rules[state * 2 + symbol]
    tape = [*tape[:head], write, *tape[head + 1 :]]
    head = min(max(head + move, 0), len(tape) - 1)
    tape[head] += 2 * (1 + then)
    return tape


@pytest.mark.parametrize("steps", [True, False])
def test_the_answer_is_the_next_tape_or_the_last(steps):
    task = TuringStep(states=3, law=7, lengths=(2, 4), beyond=(5, 6), steps=steps)
    lengths, rules, end, heads = jnp.repeat(jnp.arange(2, 7), 20), task.program().tolist(), task.symbols - 1, set()
    batch = task.examples(jax.random.key(1), lengths, 6)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        tape = x[:n]
        heads.add(tape[0] >= 2)
        for _ in range(1 if steps else n):
            tape = stepped(rules, tape)
        assert x[n] == end and x[n + 1 : 2 * n + 2] == [end + 1] * (n + 1)
        assert y == [-1] * (n + 1) + [*tape, end] + [-1] * (len(y) - 2 * n - 2)
    assert heads == ({True, False} if steps else {True}), "steps begin anywhere in a program, programs at the first cell"


def test_cells_of_one_place_stand_together():
    assert TASK.coupled(jnp.arange(9), jnp.array(4)).tolist() == [1, 2, 3, 4, 5, 0, 1, 2, 3]
    placed = Autoregressive(TASK, places="coupled").splits(jax.random.key(0))["longer"].x
    assert (placed[:, 0, 1] == placed[:, 7, 1]).sum() >= TASK.samples, "the first cells of both tapes of 5 cells"
