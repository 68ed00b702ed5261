"""Edit distance against a recursion and the axioms of a distance; peaks and what is trusted against counting by hand."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.generation.peakedness import edit_distance, peakedness, trusted


def recursive(a, b):
    @cache
    def rest(i, j):
        if i == len(a) or j == len(b):
            return len(a) - i + len(b) - j
        return min(rest(i + 1, j) + 1, rest(i, j + 1) + 1, rest(i + 1, j + 1) + (a[i] != b[j]))

    return rest(0, 0)


def strings(n=60):
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("abc"), size=rng.integers(0, 9))) for _ in range(n)]


def test_edit_distance_is_the_recursion():
    some = strings()
    for a, b in pairwise(some):
        assert edit_distance(a, b) == recursive(a, b) == edit_distance(b, a)


def test_edit_distance_is_a_distance():
    some = strings()
    for a, b, c in zip(some, some[1:], some[2:], strict=False):
        assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
        assert (edit_distance(a, b) == 0) == (a == b)


@pytest.mark.parametrize(("a", "b", "distance"), [("kitten", "sitting", 3), ("saturday", "sunday", 3), ("", "abc", 3), ([1, 2, 3], [1, 3], 1)])
def test_known_distances(a, b, distance):
    assert edit_distance(a, b) == distance


def test_peakedness_counts_what_is_near():
    greedy = list(range(40))
    samples = [greedy, [*greedy[:38], 99, 99], [*greedy[:37], 99, 99, 99], greedy[::-1]]  # 0, 2, 3 and many edits; 5 % of 40 is 2
    assert peakedness(samples, greedy) == 0.5
    assert peakedness(samples, greedy, share=0.0) == 0.25
    assert peakedness(samples, greedy, share=1.0) == 1.0


def test_the_longest_sample_gives_the_length_and_the_rest_is_cut():
    assert peakedness(["ab", "x" * 40], "aa") == 0.5  # 5 % of 40 edits allow one replacement
    assert peakedness(["ab", "xx"], "aa") == 0.0
    assert peakedness(["aab", "aac"], "aad", longest=2) == 1.0


def test_trusted_leaves_out_copies_and_repetitions():
    greedy = "abcdefgh"
    samples = [greedy, "abcdefxx", "abcdexxx", "abcdexxx", "hgfedcba", greedy, "abcdefgh" + "z" * 5]
    assert trusted(samples, greedy) == [2, 4]
    assert trusted(samples, greedy, distance=3) == [4]
    assert trusted([greedy], greedy) == []


@pytest.mark.parametrize("ask", [lambda: peakedness([], "ab"), lambda: peakedness(["ab"], "ab", share=1.5)])
def test_what_makes_no_sense_is_refused(ask):
    with pytest.raises(Problem, match="expected"):
        ask()
