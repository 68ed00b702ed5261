"""Against scikit-learn."""

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import root_mean_squared_log_error

from unseen.measures.arithmetic.rmsle import rmsle


def test_against_scikit_learn():
    predicted, true = np.random.default_rng(0).exponential(1e4, (2, 50))
    assert float(rmsle(jnp.array(predicted), jnp.array(true))) == pytest.approx(root_mean_squared_log_error(true, predicted), rel=1e-5)
    assert rmsle(jnp.array(true), jnp.array(true)) == 0


def test_a_number_that_has_no_logarithm():
    assert np.isnan(rmsle(jnp.array([-2.0]), jnp.array([1.0])))
