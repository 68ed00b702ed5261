"""The trace against the sum worked out by hand in plain Python."""

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Problem
from unseen.tasks.strings.addition import Addition
from unseen.tasks.strings.traced_addition import TracedAddition

SPANS = {"lengths": (1, 4), "beyond": (5, 6), "base": 3}


def by_hand(a, b, base):
    """(operands, digit, carry) of each digit, from the smallest up."""
    carry, rows = 0, []
    for x, y in zip([*reversed(a), 0], [*reversed(b), 0], strict=True):
        carry, digit = divmod(x + y + carry, base)
        rows.append(((x, y), digit, carry))
    return rows


@pytest.mark.parametrize(("fetch", "carries"), [(True, True), (False, True), (True, False), (False, False)])
def test_trace(fetch, carries):
    task = TracedAddition(fetch=fetch, carries=carries, **SPANS)
    lengths = jnp.repeat(jnp.arange(1, 5), 20)
    examples = jax.jit(lambda key: task.examples(key, lengths, 4))(jax.random.key(0))
    carried = 0
    for x, y, n in zip(examples.x.tolist(), examples.y.tolist(), lengths.tolist(), strict=True):
        assert x[n] == 3
        rows = by_hand(x[:n], x[n + 1 : 2 * n + 1], 3)
        carried += sum(carry for *_, carry in rows)
        expected = [one for operands, digit, carry in rows for one in (*(operands * fetch), digit, *([carry] * carries))]
        assert [one for one in y if one >= 0] == [*expected, 3]
    assert carried > 30


def test_without_a_trace_it_is_addition():
    keys, n = jax.random.split(jax.random.key(1), 10), jnp.array(3)
    tasks = Addition(**SPANS), TracedAddition(fetch=False, carries=False, **SPANS)
    plain, traced = (jax.vmap(lambda k, task=task: task.string(k, n, 4))(keys) for task in tasks)
    for one, other in zip(plain, traced, strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize(("fetch", "carries"), [(True, True), (False, True), (True, False)])
def test_what_is_written_of_a_digit_stands_at_its_place(fetch, carries):
    task = TracedAddition(fetch=fetch, carries=carries, **SPANS)
    place = task.coupled(jnp.arange(7 + 4 * task.group + 1), jnp.array(3)).tolist()
    # a, the sign, b, ASK, then the places of digits of worth 0, 1, 2 and of the highest one of the sum.
    assert place[:8] == [1, 2, 3, 4, 1, 2, 3, 4]
    assert place[8:] == [place for place in (3, 2, 1, 0) for _ in range(task.group)]


@pytest.mark.parametrize("wrong", [{"reverse": False}, {"hints": 20}, {"fetch": 2}, {"carries": None}])
def test_wrong_fields(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        TracedAddition(**wrong)
