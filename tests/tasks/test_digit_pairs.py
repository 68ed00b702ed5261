"""Against scikit-learn's own images."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_digits

from unseen._types import Problem
from unseen.tasks.digit_pairs import PAIRS, DigitPairs


@pytest.mark.parametrize("pair", [0, 30, 44])
def test_has_the_two_digits_each_once(pair):
    pixels, digit = load_digits(return_X_y=True)
    task = DigitPairs(pair=jnp.array(pair), train_each=100)
    splits = task.splits(jax.random.key(0), task.load())
    assert len(splits["train"]) == 200
    assert len(splits["test"]) == 148
    for label in (0, 1):
        wanted = pixels[digit == PAIRS[pair][label]][:174]
        found = np.concatenate([np.asarray(split.x)[np.asarray(split.y) == label] for split in splits.values()]) * 16
        np.testing.assert_array_equal(np.unique(found, axis=0), np.unique(wanted, axis=0))
        assert len(found) == 174


@pytest.mark.parametrize("wrong", [{"pair": 45}, {"pair": -1}, {"train_each": 174}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        DigitPairs(**wrong)
