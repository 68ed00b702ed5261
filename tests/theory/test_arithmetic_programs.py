"""The language against a plain interpreter, primes against division, and the search against counting."""

import itertools
import math

import pytest

from unseen._problem import Problem
from unseen.theory.arithmetic_programs import PRIME, SYMBOLS, bits, decides, length, predicates, shortest

EXAMPLES = [
    PRIME,
    ("any", ("=", ("*", "i", "i"), "x")),
    ("any", ("not", ("any", ("and", ("<", "j", "i"), ("=", ("+", "i", ("*", "j", 2)), "x"))))),
    ("and", ("<", 2, "x"), ("not", ("=", "x", ("+", 2, ("*", 2, 2))))),
    ("any", ("any", ("=", ("+", "j", "j"), ("*", "i", "x")))),
]


def plain(program, names):
    """The language once more, one number at a time."""
    if not isinstance(program, tuple):
        return names.get(program, program)
    if program[0] == "any":
        name = "j" if "i" in names else "i"
        return any(plain(program[1], names | {name: value}) for value in range(2, names["x"]))
    parts = [plain(part, names) for part in program[1:]]
    return {
        "+": lambda a, b: a + b,
        "*": lambda a, b: a * b,
        "=": lambda a, b: a == b,
        "<": lambda a, b: a < b,
        "and": lambda p, q: p and q,
        "not": lambda p: not p,
    }[program[0]](*parts)


@pytest.mark.parametrize("program", EXAMPLES)
def test_programs_decide_what_a_plain_interpreter_says(program):
    assert decides(program, 25).tolist() == [plain(program, {"x": x}) for x in range(2, 26)]


def test_every_short_program_does_too():
    for program in itertools.chain(predicates(3), predicates(4), itertools.islice(predicates(5), 0, None, 7)):
        assert decides(program, 8).tolist() == [plain(program, {"x": x}) for x in range(2, 9)]


def test_primes_are_prime():
    assert decides(PRIME, 100).tolist() == [all(x % d for d in range(2, math.isqrt(x) + 1)) for x in range(2, 101)]


def test_lengths_are_those_of_a_prefix_code():
    programs = [program for size in range(1, 7) for program in predicates(size)]
    assert len(set(programs)) == len(programs)
    assert sum(2 ** -bits(program) for program in programs) < 1
    assert {length(program) for program in predicates(6)} == {6}
    assert bits(PRIME) == pytest.approx(8 * math.log2(len(SYMBOLS)))


def test_the_search_keeps_the_shortest_of_each_set():
    kept = shortest(5, 12)
    least = {}
    for size in range(1, 6):
        for program in predicates(size):
            least.setdefault(tuple(plain(program, {"x": x}) for x in range(2, 13)), size)
    assert {tuple(decided.tolist()): length(program) for program, decided in kept} == least
    assert [length(program) for program, _ in kept] == sorted(length(program) for program, _ in kept)


@pytest.mark.parametrize("program", [("=", "i", "x"), ("any", ("any", ("any", ("=", "x", 1)))), ("or", "x", 1), "y"])
def test_what_is_not_in_the_language_is_refused(program):
    with pytest.raises(Problem, match="expected"):
        decides(program, 5)
    with pytest.raises(Problem, match="expected"):
        decides(PRIME, 1)
