"""Winsorised means against SciPy's and against NumPy's nearest percentiles, and the direction from them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats.mstats import winsorize

from unseen._types import Examples, Problem
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.gradient.winsorized import Winsorized, winsorized_mean

X = np.random.default_rng(0).normal(size=(11, 3)).astype(np.float32)
W = jnp.array([0.5, -1.0, 2.0])
EXAMPLES = Examples(jnp.array(X), jnp.zeros(11))


def loss(w, batch, key):
    """Gradient of an example: (x·w) x; and a penalty, which is the same for all."""
    return jnp.mean((batch.x @ w) ** 2) / 2 + 0.05 * w @ w


@pytest.mark.parametrize("clipped", [0, 1, 3, 5])
def test_mean_against_scipy(clipped):
    expected = [winsorize(column, limits=clipped / len(X)).mean() for column in X.T]
    np.testing.assert_allclose(winsorized_mean(jnp.array(X), clipped), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.49])
def test_direction_against_nearest_percentiles(share):
    gradients = (X @ np.asarray(W))[:, None] * X + 0.1 * np.asarray(W)
    low, high = np.percentile(gradients, [100 * share, 100 - 100 * share], axis=0, method="nearest")
    value, found, _ = Winsorized(share=share)(loss, W, EXAMPLES, jax.random.key(0), None)
    np.testing.assert_allclose(found, np.clip(gradients, low, high).mean(axis=0), rtol=1e-4, atol=1e-5)
    plain, direction, _ = Backprop()(loss, W, EXAMPLES, jax.random.key(0), None)
    np.testing.assert_allclose(value, plain, rtol=1e-5)
    if share == 0.0:
        np.testing.assert_allclose(found, direction, rtol=1e-4, atol=1e-5)


def test_one_example_cannot_move_a_coordinate():
    x = jnp.zeros((10, 3)).at[4].set(100.0)
    assert np.all(np.asarray(Winsorized(share=0.1)(lambda w, batch, key: jnp.mean(batch.x @ w), W, Examples(x, x[:, 0]), jax.random.key(0), None)[1]) == 0)
    same = jnp.ones((10, 3))
    np.testing.assert_allclose(Winsorized(share=0.1)(lambda w, batch, key: jnp.mean(batch.x @ w), W, Examples(same, x[:, 0]), jax.random.key(0), None)[1], 1.0)


def test_bad_input():
    with pytest.raises(Problem, match=r"Winsorized.share"):
        Winsorized(share=0.5)
