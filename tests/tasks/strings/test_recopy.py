"""Symbols as often as they say, against Python."""

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Problem
from unseen.tasks.strings.recopy import ReCopy


def test_as_often_as_they_say():
    """With the repeats of the paper: 0 to 3 once, 4 to 6 three times, 7 to 9 five times."""
    lengths = jnp.repeat(jnp.arange(1, 7), 30)
    batch = ReCopy().examples(jax.random.key(0), lengths, 6)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        answer = [s for s in x[:n] for _ in range(1 if s <= 3 else 3 if s <= 6 else 5)]
        assert y[:n] == [-1] * n
        assert y[n:] == [*answer, 10, *[-1] * (len(y) - n - len(answer) - 1)]
        assert x[n : n + 5 * n + 1] == [10] * (5 * n + 1)


def test_wrong_fields():
    with pytest.raises(Problem, match=r"ReCopy.repeats: expected whole numbers from 1 on, none smaller than the one before"):
        ReCopy(repeats=(3, 1))
