"""Strings of grammars against brute force: all strings of a length, and recognisers written by hand."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import comb

from unseen._types import Problem
from unseen.tasks.strings._derivations import choices, derived
from unseen.tasks.strings._grammar import ambiguous, grammar, log_derivations
from unseen.tasks.strings._parsing import accepted
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


def told(task, strings, lengths):
    return ["".join(task.terminals[i] for i in row[:length]) for row, length in zip(np.asarray(strings), np.asarray(lengths), strict=True)]


@pytest.mark.parametrize("name", LANGUAGES)
def test_against_every_string(name):
    """All strings of all lengths at once, in parts as many are parsed."""
    rules, recognise = LANGUAGES[name]
    task = ContextFreeLanguage(rules=rules)
    longest = 8 if task.symbols == 2 else 6
    every = [row for length in range(1, longest + 1) for row in itertools.product(range(task.symbols), repeat=length)]
    lengths = np.array([len(row) for row in every])
    padded = np.array([[*row, *[1] * (longest - len(row))] for row in every])  # what stands beyond is ignored
    wanted = np.array([recognise(text) for text in told(task, padded, lengths)])
    np.testing.assert_array_equal(jax.jit(lambda *them: accepted(task.form, *them))(padded, lengths), wanted)
    counts = np.exp(log_derivations(grammar(rules), longest)[0]).round()
    assert counts[1:].tolist() == [wanted[lengths == length].sum() for length in range(1, longest + 1)]


def test_drawn_strings_are_uniform_and_answers_are_right():
    """Strings of several lengths at once; chi-square of each within five deviations."""
    rules, recognise = LANGUAGES["expressions"]
    task = ContextFreeLanguage(rules=rules, lengths=(1, 40), beyond=(41, 70))
    found = jax.jit(lambda key: task.examples(key, jnp.full(6000, 5), 7))(jax.random.key(0))
    answers = np.asarray(found.y)[:, 5]
    assert answers.tolist() == [recognise(text) for text in told(task, found.x, found.info["length"])]
    assert 0.45 < np.mean(answers) < 0.65
    assert (np.asarray(found.x)[:, 5:] == [task.symbols, *[task.symbols + 1] * 2]).all() and (found.y[:, 6:] == -1).all()
    lengths = jnp.tile(jnp.array([1, 3, 4, 5, 7]), 4000)
    drawn, possible = jax.jit(lambda key: derived(rules, key, lengths, 7))(jax.random.key(1))
    texts, counts = np.array(told(task, drawn, lengths)), np.exp(log_derivations(grammar(rules), 7)[0]).round()
    for length in (1, 3, 4, 5, 7):
        assert (np.asarray(possible)[lengths == length] == (length != 4)).all()  # no expression has an even length
        if length != 4:
            kinds, times = np.unique(texts[lengths == length], return_counts=True)
            assert all(map(recognise, kinds)) and len(kinds) == counts[length]
            expected = 4000 / len(kinds)
            assert np.sum((times - expected) ** 2 / expected) <= len(kinds) - 1 + 5 * np.sqrt(2 * (len(kinds) - 1))


@pytest.mark.parametrize("name", LANGUAGES)
def test_chances_are_shares_of_derivations(name):
    """What the cells say of each choice, to the last digits: so every string of a length is exactly as likely as any other."""
    rules, size = LANGUAGES[name][0], 9
    form, table = grammar(rules), choices(rules, size)
    ways = np.exp(log_derivations(form, size)).round()
    for label, n in np.argwhere(ways > 0):
        chances, cells = np.zeros((len(form.pairs), size)), table.first[label, n] + np.arange(table.count[label, n])
        for cell in cells:
            chances[divmod(table.own[cell], size)] += table.share[cell] / len(cells)
            chances[divmod(table.other[cell], size)] += (1 - table.share[cell]) / len(cells)
        for pair, (head, left, right) in enumerate(form.pairs):
            for cut in range(size):
                wanted = ways[left, cut] * ways[right, n - cut] / ways[label, n] if head == label and 0 < cut < n else 0.0
                assert chances[pair, cut] == pytest.approx(wanted, abs=1e-12)


def test_long_strings_across_words():
    task = ContextFreeLanguage(lengths=(2, 70), beyond=(71, 100))
    lengths = jnp.array([98, 64, 66, 32, 34, 2, 97] * 20)  # two parts of strings; odd lengths have none
    found = jax.jit(lambda key: task.examples(key, lengths, 98))(jax.random.key(1))
    answers = np.asarray(found.y).max(axis=1)
    assert answers.tolist() == [balanced(text) for text in told(task, found.x, lengths)]
    assert 40 < answers.sum() < 90
    assert not answers[6::7].any()
    one, answer = jax.jit(lambda key: task.string(key, jnp.array(40), 98))(jax.random.key(2))
    assert int(answer[0]) == balanced(told(task, one[None], [40])[0])


def test_derivations_are_counted_to_great_lengths():
    found = log_derivations(grammar(LANGUAGES["Dyck"][0]), 400)[0]
    n = 200
    assert found[2 * n] == pytest.approx(np.log(float(comb(2 * n, n, exact=True) // (n + 1))), rel=1e-12)
    assert np.isneginf(found[399])


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (("S -> S S | a | b",), "expected one derivation of each string, got several of '...'"),
        (("S -> A | B", "A -> a b", "B -> a b"), "got several of 'ab'"),
        (("S -> A A b", "A -> a |"), "got several of 'ab'"),
        (("S -> S | a b",), "got several of 'ab'"),  # and derivations without end
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


def test_names_that_are_made_up_are_none_of_the_symbols():
    found = grammar(("S -> x < a > | y",))
    assert np.exp(log_derivations(found, 6)[0]).round().tolist() == [0, 1, 0, 0, 1, 0, 0]


def test_ambiguity_is_that_of_derivations():
    assert ambiguous(grammar(("S -> a | a | b",))) is None  # a rule that stands twice is one rule
    assert ambiguous(grammar(("S -> A A", "A -> a | b b |"))) == "a"
    assert ambiguous(grammar(("S -> S S | a | b",))) in {"".join(three) for three in itertools.product("ab", repeat=3)}
    assert ambiguous(grammar(("S -> a S | T", "T -> T b | c"))) is None
    assert ambiguous(grammar(("S -> S + S | x",))) == "x+x+x"
