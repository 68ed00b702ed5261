"""Listings against itertools."""

from itertools import product

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Problem
from unseen.tasks.strings.all_strings import AllStrings


def test_every_string_in_the_order_of_its_alphabet():
    task = AllStrings(alphabet=3, letters=5)
    lengths = jnp.array([1, 2, 3] * 5)
    batch = task.examples(jax.random.key(0), lengths, 3)
    orders = set()
    for x, y, m in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        alphabet, answer = x[:3], [letter for word in product(x[:3], repeat=m) for letter in word]
        orders.add(tuple(alphabet))
        assert len(set(alphabet)) == 3
        assert max(alphabet) < 5
        assert x[3 : 3 + m] == [5] * m
        assert y == [-1] * (3 + m) + [*answer, 5] + [-1] * (3 + 3 + 3 * 27 + 1 - (3 + m) - len(answer) - 1)
    assert len(orders) > 5


def test_wrong_fields():
    with pytest.raises(Problem, match=r"AllStrings.letters: expected at least as many as the alphabet has, 3, got 2"):
        AllStrings(alphabet=3, letters=2)
