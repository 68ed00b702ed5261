"""A small language of predicates on whole numbers, and the shortest program of it for each set of numbers that short ones decide."""

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
from jaxtyping import Bool

from unseen._problem import Problem, whole

Program = tuple | str | int
"""Nested tuples in Polish notation. Numbers: "x", "i", "j", 1, 2, ("+", a, b), ("*", a, b). Predicates: ("=", a, b), ("<", a, b), ("not", p),
("and", p, q) and ("any", p): some i (within another `any`: some j) from 2 to x - 1 satisfies p."""

SYMBOLS = ("x", "i", "j", 1, 2, "+", "*", "=", "<", "not", "and", "any")
VARIABLES = ("i", "j")
PRIME = ("not", ("any", ("any", ("=", ("*", "i", "j"), "x"))))


def length(program: Program) -> int:
    """Symbols in a program. In Polish notation no predicate begins another, so that length × log₂ 12 bits is the length of a prefix code.

    >>> length(PRIME)
    8
    """
    return 1 + sum(length(part) for part in program[1:]) if isinstance(program, tuple) else 1


def bits(program: Program) -> float:
    """The code length of a program: `length` × log₂ 12, in bits.

    >>> round(bits(PRIME), 2)
    28.68
    """
    return length(program) * math.log2(len(SYMBOLS))


def decides(program: Program, largest: int) -> Bool[np.ndarray, " n"]:
    """Whether each of the numbers 2, 3, …, `largest` satisfies a predicate.

    Time and memory grow as `largest` to the power of 1 + the depth of its loops.

    Raises:
        Problem: a largest number below 2, a symbol that is not in the language, or a loop within two others.

    >>> decides(PRIME, 9).tolist()  # 2 to 9
    [True, True, False, True, False, True, False, False]
    """
    whole(largest=largest)
    if largest < 2:
        raise Problem(f"largest: expected a number of at least 2, got {largest!r}.")
    return np.broadcast_to(_value(program, largest, 0), (largest - 1, 1, 1))[:, 0, 0]


def _value(program: Program, largest: int, depth: int) -> np.ndarray:
    """The value for each x, i and j, with axes [x, i, j] of length 1 where it depends on none."""
    if isinstance(program, int):
        return np.full((1, 1, 1), program)
    if program == "x" or program in VARIABLES[:depth]:
        return np.arange(2, largest + 1).reshape([-1 if axis == ("x", *VARIABLES).index(program) else 1 for axis in range(3)])
    if not isinstance(program, tuple) or program[0] not in SYMBOLS or (program[0] == "any" and depth == len(VARIABLES)):
        raise Problem(f"program: expected nested symbols out of {SYMBOLS}, i and j within loops and loops at most two deep, got {program!r}.")
    if program[0] == "any":
        body = _value(program[1], largest, depth + 1)
        return np.any(body & (_value(VARIABLES[depth], largest, depth + 1) < _value("x", largest, 0)), axis=depth + 1, keepdims=True)
    parts = [_value(part, largest, depth) for part in program[1:]]
    operation = {"+": np.add, "*": np.multiply, "=": np.equal, "<": np.less, "and": np.logical_and, "not": np.logical_not}[program[0]]
    return operation(*parts)


@cache
def _numbers(size: int, depth: int) -> tuple[Program, ...]:
    if size == 1:
        return ("x", *VARIABLES[:depth], 1, 2)
    pairs = [(left, right) for a in range(1, size - 1) for left in _numbers(a, depth) for right in _numbers(size - 1 - a, depth)]
    return tuple((symbol, left, right) for symbol in ("+", "*") for left, right in pairs)


@cache
def _predicates(size: int, depth: int) -> tuple[Program, ...]:
    found: list[Program] = []
    for a in range(1, size - 1):
        found += [(symbol, left, right) for symbol in ("=", "<") for left in _numbers(a, depth) for right in _numbers(size - 1 - a, depth)]
        found += [("and", left, right) for left in _predicates(a, depth) for right in _predicates(size - 1 - a, depth)]
    if size > 1:
        found += [("not", part) for part in _predicates(size - 1, depth)]
        found += [("any", part) for part in _predicates(size - 1, depth + 1)] if depth < len(VARIABLES) else []
    return tuple(found)


def predicates(size: int) -> Iterator[Program]:
    """Every predicate of so many symbols, in a fixed order.

    >>> len(list(predicates(3))), len(list(predicates(4)))  # 2 · 3² comparisons; those denied, and loops over 2 · 4² comparisons
    (18, 50)
    """
    whole(size=size)
    return iter(_predicates(size, 0))


def shortest(limit: int, largest: int) -> list[tuple[Program, Bool[np.ndarray, " n"]]]:
    """For each set of numbers that predicates of at most `limit` symbols decide: the shortest of these, and the set on 2..`largest`; shortest first.

    Of equally short ones it is the first in the order of `predicates`. A minimum-description-length learner takes the first that agrees with its sample.

    >>> [program for program, _ in shortest(3, 20)][:2]
    [('=', 'x', 'x'), ('=', 'x', 1)]
    """
    whole(limit=limit, largest=largest)
    found: dict[bytes, tuple[Program, np.ndarray]] = {}
    for size in range(1, limit + 1):
        for program in predicates(size):
            decided = decides(program, largest)
            found.setdefault(decided.tobytes(), (program, decided))
    return list(found.values())
