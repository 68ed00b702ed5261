"""The clones' moments against NumPy, what stays the original's, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Examples, Problem
from unseen.tasks.clones import Clones, Gaussians, moments
from unseen.tasks.images import Digits
from unseen.tasks.strings.parity_check import ParityCheck

KEY = jax.random.key(0)
DIGITS = Digits(train_size=500, test_size=500)


def test_moments():
    """Class by class as NumPy has them; a class with no example, or one, has nothing to say."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2, 3)), np.repeat([0, 1, 3], [39, 20, 1])
    mean, covariance = moments(jnp.asarray(x), jnp.asarray(y), 4)
    for c in (0, 1):
        flat = x[y == c].reshape(-1, 6)
        np.testing.assert_allclose(mean[c], flat.mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(covariance[c], np.cov(flat.T), atol=1e-5)
    np.testing.assert_allclose(mean[3], x[-1].ravel(), atol=1e-6)
    assert not np.any(covariance[2:])
    assert not np.any(mean[2])


def test_a_clone_has_the_moments_that_it_should_and_no_others():
    """40,000 draws for each class: the means in both, the covariances in one; in the other the same variance in all directions."""
    rng = np.random.default_rng(1)
    train = Examples(jnp.asarray(rng.exponential(size=(300, 3)) @ rng.normal(size=(3, 3))), jnp.arange(300) % 2)
    task = Clones(Digits(), ridge=0.3)
    gaussians = task.gaussians(train)
    assert isinstance(gaussians, Gaussians)
    many = Examples(jnp.zeros((80_000, 3)), jnp.arange(80_000) % 2)
    for c in (0, 1):
        covariance = np.cov(np.asarray(train.x)[c::2].T)
        expected = {"covariances": covariance + 0.3 * np.eye(3), "means": np.trace(covariance) / 3 * np.eye(3)}
        for name, matrix in expected.items():
            drawn = np.asarray(gaussians.draw(many, name, KEY).x)[c::2]
            scale = np.trace(matrix)
            np.testing.assert_allclose(drawn.mean(axis=0), np.asarray(train.x)[c::2].mean(axis=0), atol=0.02 * scale**0.5)
            np.testing.assert_allclose(np.cov(drawn.T), matrix, atol=0.02 * scale)
            assert abs(((drawn - drawn.mean(axis=0)) ** 3).mean()) < 0.05 * scale**1.5


def test_splits():
    """Labels stay, the test set is the original's, clones are fresh, and an original that is a clone has no covariances of its own."""
    plain, cloned = Clones(DIGITS).splits(KEY), Clones(DIGITS, train="means").splits(KEY)
    for name in ("train", "test"):
        np.testing.assert_array_equal(plain[name].y, cloned[name].y)
    for name in ("test", "means", "covariances"):
        np.testing.assert_array_equal(plain[name].x, cloned[name].x)
        np.testing.assert_array_equal(plain[name].y, plain["test"].y)
    images = np.asarray(DIGITS.load()[0])
    assert {row.tobytes() for row in np.asarray(plain["test"].x)} <= {row.tobytes() for row in images}
    assert cloned["train"].x.shape == plain["train"].x.shape
    edges = (plain["train"].x[:, :, 0].std(), cloned["train"].x[:, :, 0].std())
    assert edges[0] < 0.1 < 0.2 < edges[1], "pixels that are always white have the variance of all others"
    replaced = Clones(DIGITS, original="means").splits(KEY)
    assert replaced["test"].x[:, :, 0].std() > 0.2
    assert not np.array_equal(replaced["train"].x, replaced["test"].x)


def test_wrong_tasks():
    with pytest.raises(Problem, match=r"Clones.task: expected real inputs and classes"):
        Clones(ParityCheck())
    with pytest.raises(Problem, match=r"Clones.train: expected one of 'means', 'covariances', 'data', got 'mean'"):
        Clones(train="mean")
    with pytest.raises(Problem, match=r"Clones.original: expected one of 'means'"):
        Clones(original="Gaussian")
    with pytest.raises(Problem, match=r"Clones.ridge: expected a variance above 0"):
        Clones(ridge=0.0)
