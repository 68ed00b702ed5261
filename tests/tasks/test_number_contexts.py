"""Spellings read back, chances by plain Python, and counts of drawn pairs."""

import math

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.number_contexts import NumberContexts, whole


def test_digits_are_the_decimal_numeral():
    numbers = np.arange(1500)
    for n, symbols in zip(numbers, NumberContexts("digits").spelling(numbers), strict=True):
        assert "".join(str(s) for s in symbols if s < 10) == str(n)
        assert (symbols[len(str(n)) :] == 10).all()


def test_pieces_are_the_longest_whole_number_and_the_rest():
    task, numbers = NumberContexts("pieces"), np.arange(1500)
    spelled = task.spelling(numbers)
    assert len(np.unique(spelled, axis=0)) == 1500, "no two numbers are spelled alike"
    for n, symbols in zip(numbers, spelled, strict=True):
        first, *rest = [int(s) for s in symbols if s < task.inputs.vocabulary - 1]
        text = str(first)
        for piece in rest:
            text += str(piece - 1500) if piece < 1510 else f"{piece - 1510:02d}"
        assert text == str(n)
        assert whole(first)
        assert not any(whole(int(str(n)[:end])) for end in range(len(str(first)) + 1, len(str(n)) + 1))
    assert 0.4 < np.mean([whole(n) for n in range(100, 1500)]) < 0.6


def test_chances():
    task, key = NumberContexts(numbers=300, contexts=5), jax.random.key(3)
    found = np.asarray(task.chances(key))
    at_centre, at_width = jax.random.split(key)
    centre = 300 * np.asarray(jax.random.uniform(at_centre, (5,)))
    width = 30 * 10 ** np.asarray(jax.random.uniform(at_width, (5,)))
    for n in (0, 17, 299):
        weight = [math.exp(-(((n - m) / w) ** 2) / 2) / w + 1e-6 for m, w in zip(centre, width, strict=True)]
        np.testing.assert_allclose(found[n], np.array(weight) / sum(weight), rtol=1e-4)


@pytest.mark.parametrize("shuffled", [False, True])
def test_pairs_have_these_chances(shuffled):
    task, key = NumberContexts(numbers=200, contexts=4, shuffled=shuffled, train_size=30_000), jax.random.key(5)
    train, chances = task.splits(key)["train"], np.asarray(task.chances(jax.random.split(key, 4)[0]))
    number, word = np.asarray(train.info["number"]), np.asarray(train.y)
    np.testing.assert_allclose(np.bincount(number, minlength=200)[:3] / 30_000, 1 / np.arange(10, 13) / np.sum(1 / np.arange(10, 210)), rtol=0.1)
    error = max(np.abs(np.bincount(word[number == n], minlength=4) / (number == n).sum() - chances[n]).max() for n in range(20))
    assert (error < 0.08) != shuffled
    np.testing.assert_array_equal(np.asarray(train.x), task.spelling(number))


@pytest.mark.parametrize("wrong", [{"unit": "letters"}, {"numbers": 10_000}, {"contexts": 1}])
def test_wrong_fields(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        NumberContexts(**wrong)
