"""Against scikit-learn's moons, moved as the paper moves them, and what the gap promises."""

import jax
import numpy as np
import pytest
from sklearn.datasets import make_moons

from unseen._types import Problem
from unseen.tasks.moons import Moons

KEY = jax.random.key(0)


@pytest.mark.parametrize("gap", [0.1, -0.1])
def test_without_noise(gap):
    """scikit-learn's moons, their centres moved to (0, 0) and 0.3 apart; then folded onto the side of their class, a gap put between, and turned."""
    x, y = make_moons(n_samples=300, noise=None, shuffle=False)
    sign = 2.0 * y - 1
    across = x[:, 1] - 0.3 * sign
    across = -sign * np.abs(across - across.mean()) - sign * gap
    ours = Moons(noise=1e-9).examples(KEY, 300, gap)
    np.testing.assert_array_equal(ours.y, y)
    np.testing.assert_allclose(ours.x, np.stack([across, x[:, 0] - 0.5], axis=1), atol=1e-5)


def test_the_common_moons():
    """An overlap of 0.3 undoes what the classes were moved by."""
    x, _ = make_moons(n_samples=300, noise=None, shuffle=False)
    ours = np.asarray(Moons(noise=1e-9).examples(KEY, 300, -0.3).x)
    np.testing.assert_allclose(ours[:, ::-1] - x, np.tile([-0.5, -0.25], (300, 1)), atol=1e-5)


def test_noise_gap_and_closed():
    splits = Moons(noise=0.05, gap=0.2, other=-0.1, test_size=4000).splits(KEY)
    clean = np.asarray(Moons(noise=1e-9).examples(KEY, 4000, 0.2).x)
    train, test, closed = (splits[name] for name in ("train", "test", "closed"))
    assert {len(train), len(test)} == {300, 4000}
    assert np.abs(np.asarray(train.x)[:, 0]).min() >= 0.2
    assert (np.sign(np.asarray(test.x)[:, 0]) == 1 - 2 * np.asarray(test.y)).all()
    middle = np.abs(clean[:, 0]) > 0.6  # far from the fold
    assert (np.asarray(test.x) - clean)[middle].std(axis=0) == pytest.approx([0.05, 0.05], rel=0.05)
    moved = np.asarray(closed.x - test.x)
    np.testing.assert_allclose(moved, np.stack([0.3 * (2 * np.asarray(test.y) - 1), 0 * moved[:, 1]], axis=1), atol=1e-6)


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Moons.noise: expected a standard deviation above 0, got 0"):
        Moons(noise=0)
