"""Puzzles and the verifier against plain Python."""

import itertools
from collections import Counter
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.puzzle import OPERATIONS, Puzzle

TASK = Puzzle(most=9, bound=40)
RUN = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: Fraction(a, b) if b else None}


def solved(numbers, target, lines, bound):
    """Whether written steps are a solution, in plain Python."""
    hand, last = Counter(numbers), None
    for line in lines:
        if "?" in line:
            return False
        a, sign, b, _, c = line.split()
        a, b, c = int(a), int(b), int(c)
        for number in (a, b):
            if hand[number] < 1:
                return False
            hand[number] -= 1
        if RUN[sign](a, b) != c or abs(c) > bound:
            return False
        hand[c] += 1
        last = c
    return last == target and sum(hand.values()) == 1


@pytest.fixture(scope="module")
def puzzles():
    lengths = jnp.repeat(jnp.arange(2, 5), 200)
    made = jax.jit(lambda key: TASK.examples(key, lengths, 4))(jax.random.key(0))
    return [(x[: n + 1], y[n + 1 : n + 1 + 4 * (n - 1)]) for x, y, n in zip(np.asarray(made.x), np.asarray(made.y), lengths.tolist(), strict=True)]


def test_puzzles_are_solved_by_their_steps(puzzles):
    for given, steps in puzzles:
        *numbers, target = (given - TASK.bound).tolist()
        assert numbers == sorted(numbers) and numbers[0] >= 1 and numbers[-1] <= 9
        assert solved(numbers, target, TASK.told(jnp.array(steps)), TASK.bound)
    assert {line.split()[1] for _, steps in puzzles for line in TASK.told(jnp.array(steps))} == set(OPERATIONS)


def test_verifier_against_plain_python(puzzles):
    """On right steps with symbols exchanged at random, many of them wrong, some another solution."""
    rng, verify = np.random.default_rng(0), jax.jit(jax.vmap(TASK.solves))
    for n in (3, 4):
        given, steps = (np.stack(part) for part in zip(*[pair for pair in puzzles if len(pair[0]) == n + 1], strict=True))
        changed = steps.copy()
        for row in changed[50:]:
            row[rng.integers(len(row))] = rng.choice([*row, rng.integers(TASK.symbols)])
        wanted = [solved((g[:-1] - 40).tolist(), g[-1] - 40, TASK.told(jnp.array(s)), 40) for g, s in zip(given, changed, strict=True)]
        assert verify(jnp.array(given), jnp.array(changed)).tolist() == wanted
        assert 50 < sum(wanted) < 200


def test_all_solutions_of_a_puzzle():
    """2, 3, 4 → 10: the verifier accepts exactly the written steps that a search finds, among all steps of two of the numbers and then the third."""
    given, right = jnp.array([2, 3, 4, 10]) + TASK.bound, []
    tried = []
    for order in itertools.permutations((2, 3, 4)):
        for signs in itertools.product(OPERATIONS, OPERATIONS):
            for swap in (False, True):
                c = RUN[signs[0]](order[0], order[1])
                a, b = (order[2], c) if swap else (c, order[2])
                if c is None or c != int(c) or RUN[signs[1]](a, b) is None:
                    continue
                d = RUN[signs[1]](int(a), int(b))
                if d == int(d) and abs(d) <= TASK.bound:
                    lines = [(order[0], signs[0], order[1], c), (a, signs[1], b, d)]
                    tried.append([v for a, o, b, c in lines for v in (int(a) + 40, OPERATIONS.index(o) + 81, int(b) + 40, int(c) + 40)])
                    right.append(d == 10)
    assert jax.vmap(lambda steps: TASK.solves(given, steps))(jnp.array(tried)).tolist() == right
    assert sum(right) >= 4  # 2 * 3 + 4, 3 * 2 + 4, and 4 + either


@pytest.mark.parametrize(
    ("steps", "right"),
    [
        ("3 + 5 = 8; 8 * 1 = 8", True),
        ("3 + 5 = 8; 1 * 8 = 8", True),
        ("3 * 1 = 3; 3 + 5 = 8", True),
        ("3 + 5 = 8; 3 + 5 = 8", False),  # 3 and 5 twice, 1 never
        ("3 * 1 = 3; 5 + 5 = 10", False),
        ("5 * 1 = 5; 5 + 3 = 7", False),
        ("5 - 1 = 4; 4 + 4 = 8", False),
        ("5 - 1 = 4; 4 - 3 = 1", False),
        ("1 + 5 = 6; 5 + 3 = 8", False),  # 5 is used up
    ],
)
def test_numbers_are_used_once(steps, right):
    symbols = [s for line in steps.split("; ") for a, o, b, _, c in [line.split()] for s in (int(a) + 40, OPERATIONS.index(o) + 81, int(b) + 40, int(c) + 40)]
    assert bool(TASK.solves(jnp.array([1, 3, 5, 8]) + 40, jnp.array(symbols))) is right


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Puzzle.bound: expected a number of at least most=9, got 8"):
        Puzzle(most=9, bound=8)
