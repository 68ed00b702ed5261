"""Expressions against Python's own arithmetic, and reductions against its order of operations."""

import itertools
import re
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic._numerals import OVER, PLUS
from unseen.tasks.arithmetic.expression import Expression, Left


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


KINDS = {
    "brackets": ({"brackets": True}, r"\d\d"),
    "decimals": ({"decimals": 1}, r"\d\d\.\d"),
    "percentages": ({"decimals": 2, "percentages": True, "negative": True, "brackets": True}, r"\d\d\.\d\d%?"),
    "fractions": ({"fractions": True, "negative": True, "brackets": True}, r"\(\d\d/\d\d\)"),
}
GROUP = r"\(-?n([-+*/]-?n)+\)"


def exact(text):
    """The value by Python's fractions and its own order of operations."""
    number = re.compile(r"\((\d+/\d+)\)|(\d+\.?\d*)(%?)")
    return eval(number.sub(lambda found: f"(Fraction('{found[1] or found[2]}')/{100 if found[3] else 1})", text))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_number_against_exact_fractions(kind):
    """Each step keeps the value and works out one operation, in brackets as long as there are any; every number has its form."""
    (options, number), chains = KINDS[kind], []
    task, lengths = Expression(digits=2, **options), jnp.repeat(jnp.arange(1, 5), 40)
    made = jax.jit(lambda key: task.examples(key, lengths, 4))(jax.random.key(0))
    for x, y, n in zip(np.asarray(made.x), np.asarray(made.y), lengths.tolist(), strict=True):
        places, end = task.spelled(n), task.spelled(n) + task.answers(n)
        question, answer = (task.told(jnp.array(part)) for part in (x[:places], y[places:end]))
        parts = [question, *answer.split("=")]
        assert [*map(len, parts)] == [task.spelled(k) for k in range(n, -1, -1)]
        chain, left = [part.replace("_", "") for part in parts], []
        for part in chain:
            assert exact(part) == exact(chain[0])
            bare = re.sub(number, "n", part)
            assert re.fullmatch(rf"({GROUP}|-?n)([-+*/]({GROUP}|-?n))*", bare), part
            left.append((bare.count("n") - 1, re.sub(GROUP, "n", bare).count("n") - 1))  # signs, and those outside of brackets
        assert [signs for signs, _ in left] == list(range(n, -1, -1))
        assert all(later == outside for (signs, outside), (_, later) in itertools.pairwise(left) if signs > outside)
        chains.append(chain)
    assert len({chain[0] for chain in chains}) > 0.9 * len(chains), "few are what is taken when all else fails"
    marks = {"brackets": "(", "decimals": ".5", "percentages": "%", "fractions": ")/"}
    assert sum(marks[kind] in chain[0] for chain in chains) > 10
    assert sum(bool(re.search(GROUP, re.sub(number, "n", chain[0]))) for chain in chains) >= 50 * task.brackets
    assert sum(chain[-1].startswith("-") for chain in chains) >= 30 * task.negative


def test_fractions_by_hand():
    """A line of the test set of MathGLM's authors, (4/72)+(95/72), and quotients, of which one is by zero."""
    task = Expression(fractions=True, negative=True)
    for a, sign, b, found in (
        ((4, 72), PLUS, (95, 72), (11, 8)),
        ((26, 18), OVER, (-4, 69), None),
        ((1, 2), OVER, (-3, 4), (-2, 3)),
        ((1, 2), OVER, (0, 4), None),
    ):
        left, fine = task.reduced(Left(jnp.array([a, b]), jnp.array([sign]), jnp.array([False])), jnp.array(1))
        assert fine == (found is not None)
        if found:
            assert tuple(left.numbers[0, 0].tolist()) == found
            assert Fraction(*a) + Fraction(*b) == Fraction(*found) or Fraction(*a) / Fraction(*b) == Fraction(*found)


def test_wrong_fields():
    for wrong, message in (
        ({"decimals": 3}, r"decimals: expected 0 to 2, as 2 digits stand before the point, got 3"),
        ({"decimals": 1, "fractions": True}, r"fractions: expected False with decimals"),
        ({"decimals": 1, "percentages": True}, r"percentages: expected False, or decimals of at least 2"),
        ({"brackets": "round"}, r"brackets: expected False or True, got 'round'"),
    ):
        with pytest.raises(Problem, match=message):
            Expression(**wrong)
    with pytest.raises(Problem, match=r"Expression.steps: expected one of 'written', 'blank', 'none', got 'some'"):
        Expression(steps="some")
    with pytest.raises(Problem, match=r"Expression.digits: expected 1 to 4 digits, got 5"):
        Expression(digits=5)
