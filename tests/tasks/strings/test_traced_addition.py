"""The trace against the sum worked out by hand in plain Python."""

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Problem
from unseen.tasks.strings.addition import Addition
from unseen.tasks.strings.traced_addition import TracedAddition

BASE = 3
SPANS = {"lengths": (1, 4), "beyond": (5, 6), "base": BASE, "hints": 9}
A, B, DIGIT, CARRY, END, HINT = 0, BASE + 1, 2 * BASE + 1, 3 * BASE + 1, 3 * BASE + 3, 3 * BASE + 4
BLANK = BASE


def by_hand(a, b, base):
    """(operands, digit, carry) of each digit, from the smallest up."""
    carry, rows = 0, []
    for x, y in zip([*reversed(a), 0], [*reversed(b), 0], strict=True):
        carry, digit = divmod(x + y + carry, base)
        rows.append(((x, y), digit, carry))
    return rows


@pytest.mark.parametrize("fetch", [True, False])
@pytest.mark.parametrize("carries", [True, False])
@pytest.mark.parametrize("upward", [True, False])
def test_trace(fetch, carries, upward):
    task = TracedAddition(fetch=fetch, carries=carries, upward=upward, **SPANS)
    lengths = jnp.repeat(jnp.arange(1, 5), 20)
    examples = traced(task, lengths)
    carried, firsts = 0, set()
    for x, y, n in zip(examples.x.tolist(), examples.y.tolist(), lengths.tolist(), strict=True):
        hints, first = [one - HINT for one in x[: 2 * n : 2]], x[2 * n - 2] - HINT
        firsts.add(first)
        assert hints == [one - HINT for one in x[2 * n + 1 : 4 * n + 1 : 2]] == list(range(first + n - 1, first - 1, -1))
        assert x[2 * n] == BASE
        rows = by_hand([one - A for one in x[1 : 2 * n : 2]], [one - B for one in x[2 * n + 2 : 4 * n + 1 : 2]], BASE)
        carried += sum(carry for *_, carry in rows)
        steps = [
            [
                HINT + first + worth,
                *([A + operands[0], B + operands[1]] if fetch else [BLANK] * 2),
                DIGIT + digit,
                CARRY + carry if carries else BLANK,
            ]
            for worth, (operands, digit, carry) in enumerate(rows)
        ]
        written = [one for one in y if one >= 0]
        assert written == [*(one for step in (steps if upward else steps[::-1]) for one in step), END]
        assert len(written) == task.answers(n)
    assert carried > 30
    assert firsts == set(range(8))  # any index that leaves room for the rest of the sum may be the first: 0 … hints - length - 1


@jax.jit
def traced(task, lengths):
    return task.examples(jax.random.key(0), lengths, 4)


def test_the_sums_are_those_of_addition():
    keys, n = jax.random.split(jax.random.key(1), 10), jnp.array(3)
    tasks = Addition(**SPANS), TracedAddition(**SPANS)
    (_, plain), (_, trace) = (jax.vmap(lambda k, task=task: task.string(k, n, 3))(keys) for task in tasks)
    assert plain[:, 1:8:2].tolist() == (trace[:, 3:20:5] - DIGIT).tolist()


def test_every_symbol_has_a_use_of_its_own():
    task = TracedAddition(**SPANS)
    examples = traced(task, jnp.repeat(jnp.arange(1, 5), 20))
    used = [*examples.x[examples.x < task.symbols].tolist(), *examples.y[examples.y >= 0].tolist()]
    assert set(used) == set(range(task.symbols))


@pytest.mark.parametrize("wrong", [{"reverse": False}, {"hints": None}, {"hints": 16}, {"fetch": 2}, {"carries": None}, {"upward": "yes"}])
def test_wrong_fields(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        TracedAddition(**wrong)


def test_too_few_hints_do_not_offer_what_is_refused():
    with pytest.raises(Problem, match=r"TracedAddition.hints: expected a hint for each digit of the longest sum, at least 17, got 16"):
        TracedAddition(hints=16)
    with pytest.raises(Problem, match=r"TracedAddition.hints: expected a whole number, got None"):
        TracedAddition(hints=None)
