"""Tokens by hand, after the examples that NUPA's code gives of its options; every question there and back; the law of random cuts."""

import collections
import itertools

import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.digit_tokens import CHARACTERS, DigitTokens
from unseen.tasks.arithmetic.number_understanding import PAIRS, question


def test_pieces_by_hand():
    assert DigitTokens(3, "right").pieces("10000") == ["10", "000"]
    assert DigitTokens(3, "left").pieces("10000") == ["100", "00"]
    assert DigitTokens(2).pieces("12345") == ["1", "23", "45"]
    assert DigitTokens(2).pieces("123/12345=1.25e2") == ["1", "23", "/", "1", "23", "45", "=", "1", ".", "25", "e", "2"]
    assert DigitTokens(2, decimals="right").pieces("123.456") == ["1", "23", ".", "4", "56"]
    assert DigitTokens().pieces("max(12,3)") == [*"max(12,3)"]


def test_tokens_by_hand():
    coder = DigitTokens(3)
    assert coder.encode("7") == [7] and coder.encode("05") == [15] and coder.encode("123") == [233] and coder.encode("999") == [1109]
    assert coder.vocabulary == 10 + 100 + 1000 + len(CHARACTERS) and coder.encode(" ") == [1110]
    assert coder.decode([9, 10, 109, 110, 1109]) == "9" + "00" + "99" + "000" + "999"


@pytest.mark.parametrize("digits", [1, 2, 3, 4])
@pytest.mark.parametrize("direction", ["right", "left", "random"])
def test_every_question_there_and_back(digits, direction):
    coder, rng = DigitTokens(digits, direction, direction), np.random.default_rng(0)
    for representation, tasks in PAIRS.items():
        for text in itertools.chain.from_iterable(question(rng, task, representation, 6) for task in tasks):
            pieces, tokens = coder.pieces(text, np.random.default_rng(1)), coder.encode(text, np.random.default_rng(1))
            assert coder.decode(tokens) == text == "".join(pieces)
            assert max(map(len, pieces)) <= digits and 0 <= min(tokens) <= max(tokens) < coder.vocabulary
            assert [coder.decode([token]) for token in tokens] == pieces


def test_every_token_is_a_piece_of_its_own():
    coder = DigitTokens(2)
    assert len({coder.decode([token]) for token in range(coder.vocabulary)}) == coder.vocabulary
    assert all(coder.encode(coder.decode([token])) == [token] for token in range(coder.vocabulary))


def test_random_cuts():
    """Of 123 in pieces of up to 2: 1 2 3 and 1 23 with 1/4, 12 3 with 1/2."""
    rng, coder, n = np.random.default_rng(0), DigitTokens(2, "random"), 4000
    counts = collections.Counter(" ".join(coder.pieces("123", rng)) for _ in range(n))
    expected = {"1 2 3": n / 4, "1 23": n / 4, "12 3": n / 2}
    assert set(counts) == set(expected)
    assert sum((counts[cut] - mean) ** 2 / mean for cut, mean in expected.items()) < 14  # chi-square with 2 degrees of freedom: p = 0.001


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DigitTokens(5), r"DigitTokens.digits: expected 1 to 4 digits, got 5"),
        (lambda: DigitTokens(2.0), r"DigitTokens.digits: expected 1 to 4 digits, got 2.0"),
        (lambda: DigitTokens(2, "middle"), r"DigitTokens.direction: expected one of 'right', 'left', 'random', got 'middle'"),
        (lambda: DigitTokens(2, "random").encode("12"), r"rng: expected a random generator .* got None"),
        (lambda: DigitTokens().encode("12×3"), r"text: expected digits and the characters .* got '×' in '12×3'"),
        (lambda: DigitTokens().encode("٣"), r"text: expected digits"),
        (lambda: DigitTokens().decode([3, 999]), r"tokens: expected whole numbers from 0 to 48, got 999"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(Problem, match=message):
        call()
