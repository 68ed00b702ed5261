"""Each corruption against NumPy and SciPy, pixel by pixel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import shift, uniform_filter

from unseen._types import Problem
from unseen.tasks.common_corruptions import KINDS, CommonCorruptions, corrupt
from unseen.tasks.images import Digits
from unseen.tasks.linear_regression import LinearRegression
from unseen.tasks.sparse_parity import SparseParity

KEY = jax.random.key(100)
X = np.random.default_rng(100).uniform(size=(400, 5, 6)).astype(np.float32)


def seen(kind, severity=1.0):
    return np.asarray(corrupt(kind, jnp.array(X), severity, KEY))


def test_noise():
    grey = np.full((400, 5, 6), 0.5, np.float32)
    noise = np.asarray(corrupt("noise", jnp.array(grey), 0.5, KEY)) - 0.5
    assert abs(noise.mean()) < 0.01 and noise.std() == pytest.approx(0.15, rel=0.03)
    assert seen("noise").min() == 0 and seen("noise").max() == 1


def test_blur_and_contrast():
    blurred = np.stack([uniform_filter(image, 3, mode="constant") for image in X])
    np.testing.assert_allclose(seen("blur"), blurred, atol=1e-5)
    np.testing.assert_allclose(seen("blur", 0.25), 0.75 * X + 0.25 * blurred, atol=1e-5)
    flat = seen("contrast", 0.5)
    np.testing.assert_allclose(flat.mean(axis=(1, 2)), X.mean(axis=(1, 2)), rtol=1e-4)
    np.testing.assert_allclose(flat.std(axis=(1, 2)), 0.65 * X.std(axis=(1, 2)), rtol=1e-4)


def test_shift():
    """Each image by one pixel in one of four directions, each about equally often."""
    moved = np.stack([[shift(image, by, order=0) for image in X] for by in ((1, 0), (-1, 0), (0, 1), (0, -1))])
    same = (np.abs(moved - seen("shift")) < 1e-6).all(axis=(2, 3))
    assert (same.sum(axis=0) == 1).all()
    assert same.mean(axis=1).min() > 0.15


def test_splits():
    task = CommonCorruptions(Digits(train_size=60, test_size=40), kinds=("contrast", "blur"))
    clean, trained = task.splits(KEY), CommonCorruptions(task.task, task.kinds, trained=True).splits(KEY)
    for number, kind in enumerate(task.kinds):
        part = clean["corrupted"].take(jnp.arange(40 * number, 40 * number + 40))
        np.testing.assert_allclose(part.x, corrupt(kind, clean["test"].x, 1.0, KEY), atol=1e-6)  # neither draws anything at random
        np.testing.assert_array_equal(part.y, clean["test"].y)
        assert (part.info["kind"] == number).all()
    versions = [clean["train"].x, *(corrupt(kind, clean["train"].x, 1.0, KEY) for kind in task.kinds)]
    which = np.stack([np.isclose(version, trained["train"].x).all(axis=(1, 2)) for version in versions])
    assert (which.sum(axis=0) == 1).all() and which.mean(axis=1).min() > 0.15
    np.testing.assert_array_equal(trained["train"].y, clean["train"].y)
    np.testing.assert_array_equal(trained["test"].x, clean["test"].x)


def test_nothing_at_severity_0():
    for kind in set(KINDS) - {"shift"}:
        np.testing.assert_allclose(seen(kind, 0.0), X, atol=1e-6)


def test_bad_input():
    with pytest.raises(Problem, match="fog"):
        corrupt("fog", jnp.array(X), 1.0, KEY)
    for fields in ({"kinds": ("fog",)}, {"severity": 2.0}, {"task": LinearRegression()}, {"task": SparseParity()}):
        with pytest.raises(Problem, match=next(iter(fields))):
            CommonCorruptions(**fields)
