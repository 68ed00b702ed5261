"""Expressions against Python's own arithmetic, and reductions against its order of operations."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.expression import Expression


def examples(steps, digits=2, count=150):
    task, lengths = Expression(digits=digits, steps=steps), jnp.repeat(jnp.arange(1, 4), count)
    made = jax.jit(lambda key: task.examples(key, lengths, 3))(jax.random.key(0))
    for x, y, n in zip(np.asarray(made.x), np.asarray(made.y), lengths.tolist(), strict=True):
        places = task.spelled(n)
        assert (y[:places] == -1).all() and (y[places + task.answers(n) :] == -1).all()
        yield n, *(task.told(jnp.array(part)) for part in (x[:places], y[places : places + task.answers(n)]))


def value(text):
    return eval(re.sub(r"\b0+(?=\d)", "", text))


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_reductions(digits):
    seen = set()
    for n, question, answer in examples("written", digits):
        chain = [question, *answer.split("=")]
        assert len(chain) == n + 1
        assert {value(part) for part in chain} == {value(question)}
        before = ([], [])
        for k, part in enumerate(chain):
            numbers, signs = re.split(r"[-+*]", part), re.findall(r"[-+*]", part)
            assert len(signs) == n - k and all(len(number) == digits for number in numbers)
            if k:
                at = before[1].index("*") if "*" in before[1] else 0
                assert signs == before[1][:at] + before[1][at + 1 :]
                assert numbers[:at] + numbers[at + 1 :] == before[0][:at] + before[0][at + 2 :]
            before = (numbers, signs)
        seen.add(tuple(re.findall(r"[-+*]", question)))
    assert len(seen) > 25  # of 3 + 9 + 27


def test_blank_and_none():
    """The result of the same expressions, alone or after blanks."""
    for (n, question, answer), (_, also, result), (_, again, short) in zip(*map(examples, ("written", "blank", "none")), strict=True):
        assert question == also == again
        assert result == "_" * (len(answer) - 2) + answer[-2:]
        assert short == answer[-2:], n


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Expression.steps: expected one of 'written', 'blank', 'none', got 'some'"):
        Expression(steps="some")
    with pytest.raises(Problem, match=r"Expression.digits: expected 1 to 4 digits, got 5"):
        Expression(digits=5)
