"""Strings of grammars against brute force: all strings of a length, and recognisers written by hand."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import comb

from unseen._types import Problem
from unseen.tasks.strings._grammar import ambiguous, grammar, log_derivations
from unseen.tasks.strings.context_free_language import ContextFreeLanguage


def balanced(text):
    depth = 0
    for symbol in text:
        depth += 1 if symbol == "(" else -1
        if depth < 0:
            return False
    return depth == 0


def mirrored(text):
    left, mark, right = text.partition("#")
    return mark == "#" and "#" not in right and left == right[::-1]


def equal_halves(text):
    half = len(text) // 2
    return len(text) % 2 == 0 and text == "a" * half + "b" * half


def expression(text):
    """Sums of products of x and brackets."""
    try:
        rest = _sum(text)
    except IndexError:
        return False
    return rest == ""


def _sum(text):
    rest = _product(text)
    return _sum(rest[1:]) if rest.startswith("+") else rest


def _product(text):
    if text[0] == "[":
        rest = _sum(text[1:])
        if rest[0] != "]":
            raise IndexError
        rest = rest[1:]
    elif text[0] == "x":
        rest = text[1:]
    else:
        raise IndexError
    return _product(rest[1:]) if rest.startswith("*") else rest


LANGUAGES = {
    "Dyck": (("S -> ( S ) S |",), balanced),
    "palindromes": (("S -> a S a | b S b | #",), mirrored),
    "equal halves": (("S -> aSb | ε",), equal_halves),
    "expressions": (("S -> P + S | P", "P -> F * P | F", "F -> x | [ S ]"), expression),
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_against_every_string(name):
    rules, recognise = LANGUAGES[name]
    task = ContextFreeLanguage(rules=rules)
    form = grammar(rules)
    longest = 8 if task.symbols == 2 else 6
    accepts = jax.jit(jax.vmap(lambda string, length: task.accepts(string, length), (0, None)))
    counts = np.exp(log_derivations(form, longest)[0]).round()
    for length in range(1, longest + 1):
        every = np.array(list(itertools.product(range(task.symbols), repeat=length)))
        told = ["".join(task.terminals[i] for i in row) for row in every]
        padded = np.pad(every, ((0, 0), (0, longest - length)), constant_values=1)  # what stands beyond is ignored
        wanted = np.array([recognise(text) for text in told])
        np.testing.assert_array_equal(np.asarray(accepts(padded, length)), wanted)
        assert counts[length] == wanted.sum()


def test_drawn_strings_are_uniform_and_answers_are_right():
    rules, recognise = LANGUAGES["expressions"]
    task = ContextFreeLanguage(rules=rules, lengths=(1, 40), beyond=(41, 70))
    keys = jax.random.split(jax.random.key(0), 6000)
    strings, answers = jax.jit(jax.vmap(lambda key: task.string(key, jnp.array(5), 7)))(keys)
    told = ["".join(task.terminals[i] for i in row[:5]) for row in np.asarray(strings)]
    assert np.asarray(answers)[:, 0].tolist() == [recognise(text) for text in told]
    assert 0.45 < np.mean(answers) < 0.65
    drawn, possible = jax.jit(jax.vmap(lambda key: task.derived(key, jnp.array(5), 7)))(keys)
    assert possible.all()
    kinds, counts = np.unique(np.asarray(drawn)[:, :5], axis=0, return_counts=True)
    wanted = round(float(np.exp(log_derivations(grammar(rules), 5)[0, 5])))
    assert len(kinds) == wanted
    expected = 6000 / wanted
    assert np.sum((counts - expected) ** 2 / expected) < wanted - 1 + 5 * np.sqrt(2 * (wanted - 1))
    _, never = task.derived(keys[0], jnp.array(1), 7)
    assert never
    assert not ContextFreeLanguage().derived(keys[0], jnp.array(3), 7)[1]  # brackets come in pairs


def test_long_strings_across_words():
    task = ContextFreeLanguage(lengths=(2, 70), beyond=(71, 100))
    keys = jax.random.split(jax.random.key(1), 40)
    strings, answers = jax.jit(jax.vmap(lambda key: task.string(key, jnp.array(98), 98)))(keys)
    told = ["".join(task.terminals[i] for i in row) for row in np.asarray(strings)]
    assert np.asarray(answers)[:, 0].tolist() == [balanced(text) for text in told]
    assert 8 < int(answers.sum()) < 35


def test_derivations_are_counted_to_great_lengths():
    found = log_derivations(grammar(LANGUAGES["Dyck"][0]), 400)[0]
    n = 200
    assert found[2 * n] == pytest.approx(np.log(float(comb(2 * n, n, exact=True) // (n + 1))), rel=1e-12)
    assert np.isneginf(found[399])


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (("S -> S S | a | b",), "expected one derivation of each string, got several of '...'"),
        (("S -> a S | S b",), "expected derivations that end, got none from 'S'"),
        (("S -> a T | b",), "expected a rule for every capital letter, got none for 'T', which 'S' leads to"),
        (("S = a",), "expected a capital letter, ->, and its right sides with | between, got 'S = a'"),
        ((), "expected at least one rule, got none"),
        (("S -> a S | a",), "expected at least two symbols besides capital letters, got 'a'"),
        ("S -> a", "expected a tuple of texts"),
    ],
)
def test_wrong_grammars(rules, message):
    with pytest.raises(Problem, match=message):
        ContextFreeLanguage(rules=rules)


def test_ambiguity_is_that_of_derivations():
    assert ambiguous(grammar(("S -> S S | a | b",))) in {"".join(three) for three in itertools.product("ab", repeat=3)}
    assert ambiguous(grammar(("S -> a S | T", "T -> T b | c"))) is None
    assert ambiguous(grammar(("S -> S + S | x",))) == "x+x+x"
