"""Who is in the minority, what the facts say, and how the coordinates are distributed."""

import jax
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.tasks.spurious import Spurious

KEY = jax.random.key(0)


def test_groups_and_coordinates():
    task = Spurious(agreement=0.8, strength=3.0, spread=0.1, noise=0.5, dimensions=4, train_size=5000, test_size=5000)
    splits = task.splits(KEY)
    for name, share in (("train", 0.2), ("test", 0.2), ("balanced", 0.5)):
        x, y, minority = (np.asarray(part) for part in (splits[name].x, splits[name].y, splits[name].info["minority"]))
        sign = 2 * y - 1
        assert minority.sum() == round(share * 5000)
        np.testing.assert_array_equal(np.sign(x[:, 0]), sign)
        np.testing.assert_array_equal(np.sign(x[:, 1]) != sign, minority)
        np.testing.assert_array_equal(splits[name].info["group"], 2 * y + minority)
        assert np.corrcoef(np.sign(x[:, 1]), y)[0, 1] == pytest.approx(1 - 2 * share, abs=0.04)
        sizes = np.abs(x[:, :2])
        assert sizes.mean(axis=0) == pytest.approx([1, 3], rel=0.01)
        assert sizes.std(axis=0) == pytest.approx([0.1, 0.3], rel=0.05)
        assert x[:, 2:].std(axis=0) == pytest.approx(np.full(4, 0.5), rel=0.05)
        assert np.abs(np.corrcoef(np.c_[x[:, 2:], sizes, y].T) - np.eye(7)).max() < 0.06


def test_silence_and_wrong_fields():
    assert not np.asarray(Spurious(noise=0.0, dimensions=3).splits(KEY)["train"].x)[:, 2:].any()
    with pytest.raises(Problem, match=r"Spurious.agreement: expected a share in \[0, 1\], got 1.2"):
        Spurious(agreement=1.2)
