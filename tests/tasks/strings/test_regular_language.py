"""Strings of automata against enumeration and against regular expressions."""

import itertools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.strings.regular_language import RegularLanguage

# Tomita's languages 1, 2, 4 and 7 (Tomita 1982), as automata and as expressions.
TOMITA = {
    "1*": (((1, 0), (1, 1)), (0,)),
    "(10)*": (((2, 1), (0, 2), (2, 2)), (0,)),
    "(?!.*000)[01]*": (((1, 0), (2, 0), (3, 0), (3, 3)), (0, 1, 2)),
    "0*1*0*1*": (((0, 1), (2, 1), (2, 3), (4, 3), (4, 4)), (0, 1, 2, 3)),
}


def automaton(expression, **fields):
    transitions, accepting = TOMITA[expression]
    return RegularLanguage(transitions=transitions, accepting=accepting, **fields)


def drawn(task, length, n):
    strings, answers = jax.jit(jax.vmap(lambda key: task.string(key, jnp.array(length), 9)))(jax.random.split(jax.random.key(0), n))
    return np.asarray(strings)[:, :length], np.asarray(answers)[:, 0]


@pytest.mark.parametrize("expression", TOMITA)
def test_against_regular_expressions(expression):
    task = automaton(expression)
    for length in (1, 4, 9):
        strings, answers = drawn(task, length, 300)
        told = ["".join(map(str, row)) for row in strings.tolist()]
        assert answers.tolist() == [re.fullmatch(expression, text) is not None for text in told]
        every = ["".join(bits) for bits in itertools.product("01", repeat=length)]
        inside = {text for text in every if re.fullmatch(expression, text)}
        assert set(told) <= set(every)
        if inside and len(inside) < len(every):
            assert 100 < answers.sum() < 200  # a fair coin: five deviations of a binomial are 43
        else:
            assert (answers == bool(inside)).all()


def test_uniform_within_each_answer():
    """Chi-square over all strings of a length, within five deviations."""
    expression = "(?!.*000)[01]*"
    strings, answers = drawn(automaton(expression), 6, 20_000)
    codes = strings @ 2 ** np.arange(6)
    for answer in (0, 1):
        mine = codes[answers == answer]
        kinds = [
            sum(2**i * int(bit) for i, bit in enumerate(bits))
            for bits in itertools.product("01", repeat=6)
            if (re.fullmatch(expression, "".join(bits)) is not None) == bool(answer)
        ]
        counts = np.bincount(mine, minlength=64)[kinds]
        assert counts.sum() == len(mine)
        expected, freedom = len(mine) / len(kinds), len(kinds) - 1
        assert ((counts - expected) ** 2 / expected).sum() < freedom + 5 * np.sqrt(2 * freedom)


def test_long_strings_that_are_rare():
    """One string of 300 symbols among 2^300 is found, and so are the others."""
    task = automaton("1*", lengths=(1, 300), beyond=(301, 302))
    strings, answers = jax.jit(jax.vmap(lambda key: task.string(key, jnp.array(300), 300)))(jax.random.split(jax.random.key(0), 50))
    assert 5 < int(answers.sum()) < 45
    np.testing.assert_array_equal(strings.all(axis=1), answers[:, 0])


def test_wrong_automata():
    with pytest.raises(Problem, match=r"got nothing from state 1 by symbol 1. Add it"):
        RegularLanguage(transitions=((0, 1), (1,)))
    with pytest.raises(Problem, match=r"expected a next state, a whole number below 2, .* got 2 from state 0 by symbol 1"):
        RegularLanguage(transitions=((0, 2), (1, 0)))
    with pytest.raises(Problem, match=r"whole number below 2, .* got 0.0 from state 0 by symbol 0"):
        RegularLanguage(transitions=((0.0, 1.0), (1.0, 0.0)))  # pyright: ignore[reportArgumentType]
    with pytest.raises(Problem, match=r"RegularLanguage.accepting: expected states, whole numbers from 0 to 1, got \(1.0,\)"):
        RegularLanguage(accepting=(1.0,))  # pyright: ignore[reportArgumentType]
    with pytest.raises(Problem, match=r"RegularLanguage.accepting: expected states, whole numbers from 0 to 1, got \(2,\)"):
        RegularLanguage(accepting=(2,))
    with pytest.raises(Problem, match=r"RegularLanguage.transitions: expected a tuple of a tuple for each state"):
        RegularLanguage(transitions=(0, 1))
