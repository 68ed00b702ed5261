"""Programs of lists against an interpreter in plain Python, counting, and all programs tried one by one."""

from itertools import chain, product
from math import comb, log2

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.list_programs import KINDS, LEVELS, PAIRS, STEPS, ListPrograms, compositions, draw, program_bits, shortest_bits

N, LENGTH = 4000, 12
PIECE = log2(15) + log2(16)  # kind and length, for sequences of 16


@pytest.fixture(scope="module")
def drawn():
    found = draw(jax.random.key(0), N, LENGTH)
    return np.asarray(found.x), np.asarray(found.y)


def made_by(kind, part):
    """What a piece makes, that reads the numbers that it needs off `part`."""
    if kind == 0:
        return list(part)
    if kind <= len(STEPS):
        return [part[0] + STEPS[kind - 1] * i for i in range(len(part))]
    steps = PAIRS[kind - 1 - len(STEPS)]
    return [part[i % 2] + steps[i % 2] * (i // 2) for i in range(len(part))]


def pieces_of(marks):
    """(kind, begin, end) of each piece."""
    at = [place for place, mark in enumerate(marks) if mark > 0]
    return [(marks[begin] - 1, begin, end) for begin, end in zip(at, [*at[1:], len(marks)], strict=True)]


def test_programs_make_their_sequences(drawn):
    x, marks = drawn
    for sequence, mark in zip(x.tolist(), marks.tolist(), strict=True):
        assert list(chain.from_iterable(made_by(kind, sequence[begin:end]) for kind, begin, end in pieces_of(mark))) == sequence
    assert np.isfinite(program_bits(marks, x)).all()
    assert x.min() == 0
    assert x.max() == LEVELS - 1


def test_pieces_cuts_and_kinds_are_as_likely_as_said(drawn):
    _, marks = drawn
    count = (marks > 0).sum(axis=1)
    np.testing.assert_allclose(np.bincount(count)[1:] / N, [1 / 3] * 3, atol=0.03)
    second = np.array([pieces_of(mark)[1][1] for mark in marks[count == 2].tolist()])
    np.testing.assert_allclose(np.bincount(second)[3:] / len(second), [1 / 7] * 7, atol=0.04)
    kinds = np.bincount(marks[marks > 0] - 1)
    np.testing.assert_allclose(kinds / kinds.sum(), [0.1, 0.2, *[0.3 / 4] * 4, *[0.4 / 9] * 9], atol=0.02)


def test_ranges_begin_wherever_they_stay_inside(drawn):
    """Of one piece: six numbers of an interleaved range of step 1 begin at most at 26, twelve of a range of step 2 at most at 9."""
    x, marks = drawn
    whole = x[(marks > 0).sum(axis=1) == 1]
    kind = marks[(marks > 0).sum(axis=1) == 1, 0] - 1
    paired = whole[kind == len(STEPS) + 1 + PAIRS.index((1, 1))]
    assert 24 <= paired[:, 0].max() <= 26
    assert 24 <= paired[:, 1].max() <= 26
    assert whole[kind == 1 + STEPS.index(2), 0].max() == 9


@pytest.mark.parametrize("length", [9, 12, 16])
def test_compositions_are_counted(length):
    cuts = compositions(length)
    assert len(cuts) == sum(comb(length - 3 * pieces + pieces - 1, pieces - 1) for pieces in (1, 2, 3))
    assert (cuts.sum(axis=1) == length).all()


def test_bits_by_hand():
    """One repeated number; a list of 4 and a range of 12; two interleaved ranges."""
    x = np.array([[7] * 16, [3, 9, 1, 30, *range(2, 14)], [9, 0] + [v for i in range(1, 8) for v in (9 - i, i)]])
    marks = np.zeros((3, 16), int)
    marks[0, 0], marks[1, 0], marks[1, 4], marks[2, 0] = 2, 1, 3, 1 + 6 + PAIRS.index((-1, 1))
    np.testing.assert_allclose(program_bits(marks, x), [log2(3) + PIECE + 5, log2(3) + 2 * PIECE + 20 + 5, log2(3) + PIECE + 10])


@pytest.mark.parametrize(("place", "mark"), [(0, 0), (0, 3), (0, 7 + PAIRS.index((0, 1))), (4, 0), (4, 2), (4, 4), (4, 7), (6, 2)])
def test_a_program_that_makes_something_else_is_wrong(place, mark):
    x = np.array([[5, 5, 5, 5, *range(9, 21)]])
    marks = np.zeros((1, 16), int)
    marks[0, [0, 4]] = 2, 3
    assert np.isfinite(program_bits(marks, x)).all()
    marks[0, place] = mark
    assert np.isinf(program_bits(marks, x)).all()


def test_the_last_place_is_not_asked(drawn):
    x, marks = drawn
    assert (marks[:, -1] == -1).all()
    assert (marks[:, :-1] >= 0).all()
    elsewhere = np.where(np.arange(LENGTH) == LENGTH - 1, 4, marks)
    np.testing.assert_array_equal(program_bits(elsewhere, x), program_bits(marks, x))


def test_a_program_of_too_many_pieces_is_wrong():
    x, marks = np.zeros((2, 16), int), np.zeros((2, 16), int)
    marks[0, [0, 5, 9]] = marks[1, [0, 2, 5, 9]] = 2
    np.testing.assert_array_equal(np.isfinite(program_bits(marks, x)), [True, False])


def all_programs(x):
    """The least bits of a program for the sequence, by trying all cuts and kinds."""
    n, best = len(x), np.inf
    needs = {0: lambda size: size} | {kind: lambda size, kind=kind: min(size, 1 if kind <= len(STEPS) else 2) for kind in range(1, len(KINDS))}
    for pieces in (1, 2, 3):
        for cut in product(range(1, n + 1), repeat=pieces):
            if sum(cut) != n or (pieces > 1 and cut[-1] == 1):  # no piece begins at the last place
                continue
            total, at = log2(3), 0
            for size in cut:
                part, at = x[at : at + size], at + size
                total += log2(15) + log2(n) + 5 * min(needs[kind](size) for kind in range(len(KINDS)) if size < 2 or made_by(kind, part) == part)
            best = min(best, total)
    return best


def test_the_shortest_program_is_the_least_of_all_of_them(drawn):
    x, marks = drawn
    chosen = np.concatenate([x[:40], x[:10] // 9])
    found = shortest_bits(chosen)
    np.testing.assert_allclose(found, [all_programs(sequence) for sequence in chosen.tolist()])
    assert (found[:40] <= program_bits(marks[:40], x[:40]) + 1e-9).all()
    assert len(np.unique(found.round(6))) > 5


def test_mixed_programs_are_those_of_others():
    draws = [ListPrograms(mixed=mixed).splits(jax.random.key(0))["train"].draw(jax.random.key(1), 64) for mixed in (0.0, 1.0)]
    right = [np.isfinite(program_bits(np.asarray(one.y), np.asarray(one.x))).mean() for one in draws]
    assert right[0] == 1
    assert right[1] < 0.2
    np.testing.assert_array_equal(np.sort(draws[0].y, axis=0), np.sort(draws[1].y, axis=0))


def test_too_short():
    with pytest.raises(Problem, match="length"):
        ListPrograms(length=8)
