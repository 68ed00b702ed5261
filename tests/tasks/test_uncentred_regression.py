"""Means, deviations and targets as they are said to be."""

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.uncentred_regression import UncentredRegression


def test_inputs_and_targets():
    splits = UncentredRegression(dimension=4, support=2, train_size=4000, test_size=4000, mean=3.0, noise=0.5).splits(jax.random.key(100))
    off = {name: np.asarray(split.y[:, 0] - (split.x[:, 0] + split.x[:, 1]) / np.sqrt(2)) for name, split in splits.items()}
    for split in splits.values():
        np.testing.assert_allclose(np.mean(split.x, axis=0), 3, atol=0.1)
        np.testing.assert_allclose(np.cov(np.asarray(split.x).T), np.eye(4), atol=0.1)
    assert off["train"].std() == pytest.approx(0.5, rel=0.05) and abs(off["train"].mean()) < 0.05
    np.testing.assert_allclose(off["test"], 0, atol=1e-5)


def test_bad_input():
    for fields in ({"support": 101}, {"support": 0}, {"noise": -1.0}, {"dimension": 0}):
        with pytest.raises(Problem, match=next(iter(fields))):
            UncentredRegression(**fields)
