"""Against scikit-learn's own images, and SciPy's rotation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import rotate as scipy_rotate
from sklearn.datasets import load_digits

from unseen._types import Problem
from unseen.tasks.rotated_digits import RotatedDigits, rotate


@pytest.mark.parametrize("angle", [0.0, 20.0, -35.0, 90.0, 180.0])
def test_rotation(angle):
    x = np.random.default_rng(0).random((3, 8, 8)).astype(np.float32)
    framed = np.pad(x, ((0, 0), (1, 1), (1, 1)))  # SciPy leaves out the pixels that lie partly outside
    wanted = scipy_rotate(framed, angle, axes=(2, 1), reshape=False, order=1)[:, 1:-1, 1:-1] if angle % 90 else np.rot90(x, angle / 90, axes=(1, 2))
    np.testing.assert_allclose(rotate(jnp.array(x), angle), wanted, atol=2e-5)


def test_upright_images_are_those_of_the_set_and_each_is_used_once():
    pixels, digit = load_digits(return_X_y=True)
    task = RotatedDigits(each=20, rotated_each=90, angle=0.0, test_each=64)
    splits = task.splits(jax.random.key(0), task.load())
    for label in range(10):
        wanted = pixels[digit == label][:174]
        found = np.concatenate([np.asarray(split.x)[np.asarray(split.y) == label] for split in splits.values()]).reshape(-1, 64) * 16
        assert len(found) == 174
        np.testing.assert_array_equal(np.unique(found.round(3), axis=0), np.unique(wanted, axis=0))


def test_more_rotated_images_change_nothing_else():
    few, many = (task.splits(jax.random.key(1), task.load()) for task in (RotatedDigits(each=3, rotated_each=2), RotatedDigits(each=3, rotated_each=7)))
    np.testing.assert_array_equal(few["test"].x, many["test"].x)
    np.testing.assert_array_equal(few["train"].x[:30], many["train"].x[:30])
    for label in range(10):
        first, second = (np.asarray(s["train"].x)[np.asarray(s["train"].info["rotated"]) & (np.asarray(s["train"].y) == label)] for s in (few, many))
        np.testing.assert_array_equal(first, second[:2])
    assert int(many["train"].info["rotated"].sum()) == 70


def test_only_the_marked_images_are_rotated():
    upright, turned = (task.splits(jax.random.key(2), task.load()) for task in (RotatedDigits(angle=0.0), RotatedDigits(angle=jnp.array(40.0))))
    rotated = np.asarray(turned["train"].info["rotated"])
    np.testing.assert_array_equal(upright["test"].x, turned["test"].x)
    np.testing.assert_array_equal(upright["train"].x[~rotated], turned["train"].x[~rotated])
    np.testing.assert_allclose(turned["train"].x[rotated], rotate(upright["train"].x[rotated], 40.0), atol=1e-5)
    assert float(jnp.abs(turned["train"].x[rotated] - upright["train"].x[rotated]).max(axis=(1, 2)).min()) > 0.2
    assert len(RotatedDigits(rotated_each=0).splits(jax.random.key(0))["train"]) == 50


@pytest.mark.parametrize(
    "wrong", [{"each": 0}, {"rotated_each": -1}, {"angle": 400.0}, {"angle": float("nan")}, {"test_each": 2.5}, {"rotated_each": 120}, {"each": None}]
)
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        RotatedDigits(**wrong)
