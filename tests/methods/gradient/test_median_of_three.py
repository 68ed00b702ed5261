"""RM3 against medians that NumPy takes over a window, and the symmetry that makes it do nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Examples, Problem
from unseen.methods.gradient.ema_filter import EmaFilter
from unseen.methods.gradient.median_of_three import MedianOfThree

STREAM = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)


def directions(gradient, stream):
    """Of a linear loss, whose gradient is the batch."""

    def advance(state, row):
        _, direction, state = gradient(lambda w, batch, key: w @ batch.x[0], jnp.zeros(4), Examples(row[None], row[:1]), jax.random.key(0), state)
        return state, direction

    return np.asarray(jax.lax.scan(advance, gradient.init(jnp.zeros(4)), jnp.asarray(stream))[1])


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_against_a_window(statistic):
    found = directions(MedianOfThree(statistic=statistic), STREAM)
    windows = np.lib.stride_tricks.sliding_window_view(STREAM, 3, axis=0)
    np.testing.assert_array_equal(found[:2], 0)
    np.testing.assert_allclose(found[2:], getattr(np, statistic)(windows, axis=-1), rtol=1e-5, atol=1e-6)


def test_what_one_of_three_minibatches_has_is_suppressed_and_what_is_symmetric_is_not():
    lonely = np.zeros((30, 4), np.float32)
    lonely[::3, 0], lonely[:, 1] = 5.0, 1.0
    found = directions(MedianOfThree(), lonely)[2:]
    np.testing.assert_array_equal(found[:, 0], 0)
    np.testing.assert_array_equal(found[:, 1], 1)
    spread = 0.5 + np.random.default_rng(1).normal(size=(30_000, 4))
    assert np.abs(directions(MedianOfThree(), spread)[2:].mean(axis=0) - 0.5).max() < 0.03


def test_inner_keeps_its_state():
    inner = directions(EmaFilter(decay=0.5), STREAM)
    windows = np.lib.stride_tricks.sliding_window_view(inner, 3, axis=0)
    np.testing.assert_allclose(directions(MedianOfThree(inner=EmaFilter(decay=0.5)), STREAM)[2:], np.median(windows, axis=-1), rtol=1e-5, atol=1e-6)


def test_bad_input():
    with pytest.raises(Problem, match=r"MedianOfThree.statistic: expected 'median' or 'mean'"):
        MedianOfThree(statistic="mode")
