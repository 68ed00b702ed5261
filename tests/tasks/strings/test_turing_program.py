"""Tapes against a machine that is run in plain Python; machines whose result is known."""

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Problem
from unseen.tasks.strings.turing_program import TuringProgram


def run(rules, alphabet, tape):
    """Every tape after the first, the cell under the head as (symbol, state)."""
    tape, head, state, seen = list(tape), 0, 0, []
    for _ in range(len(tape)):
        write, move, then = rules[state * alphabet + tape[head]]
        tape[head], state = write, then
        head = min(max(head + move, 0), len(tape) - 1)
        seen.append([alphabet * (1 + state) + s if i == head else s for i, s in enumerate(tape)])
    return seen


@pytest.mark.parametrize(("alphabet", "states", "law"), [(2, 1, 0), (2, 3, 1), (4, 2, 2)])
@pytest.mark.parametrize("steps", [True, False])
def test_against_a_machine_in_plain_python(alphabet, states, law, steps):
    task = TuringProgram(alphabet=alphabet, states=states, law=law, steps=steps)
    rules, lengths = task.program().tolist(), jnp.repeat(jnp.arange(1, 7), 10)
    batch = task.examples(jax.random.key(3), lengths, 6)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        assert alphabet <= x[0] < 2 * alphabet
        tapes = run(rules, alphabet, [x[0] - alphabet, *x[1:n]])
        wanted = [s for tape in (tapes if steps else tapes[-1:]) for s in [*tape, task.symbols]]
        assert y[n : n + len(wanted)] == wanted and set(y[n + len(wanted) :]) <= {-1}


def test_a_machine_that_counts_up():
    """Adds one to a number, smallest bit first: state 0 carries, state 1 only walks on."""
    task = TuringProgram(states=2, rules=((1, 1, 1), (0, 1, 0), (0, 1, 1), (1, 1, 1)), steps=False)
    batch = task.examples(jax.random.key(0), jnp.full(30, 5), 5)
    for x, y in zip(batch.x.tolist(), batch.y.tolist(), strict=True):
        before = sum((s % 2) << i for i, s in enumerate(x[:5]))
        assert sum((s % 2) << i for i, s in enumerate(y[5:10])) == (before + 1) % 32


def test_laws_differ():
    assert len({str(TuringProgram(states=3, law=law).program().tolist()) for law in range(5)}) == 5


def test_wrong_fields():
    with pytest.raises(Problem, match=r"TuringProgram.rules: expected None, or 4 rules"):
        TuringProgram(rules=((0, 1, 0),))
    with pytest.raises(Problem, match=r"TuringProgram.rules"):
        TuringProgram(states=1, rules=((0, 0, 0), (0, 1, 0)))
