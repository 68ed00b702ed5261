"""The criterion by hand, and the probe on a network that is off by a known share."""

import jax
import jax.numpy as jnp
import numpy as np

from unseen._types import Examples, Snapshot
from unseen.measures.arithmetic.tolerance import Tolerance, within


def test_criterion_by_hand():
    truth = jnp.array([[10.0, -10.0], [10.0, -10.0], [0.0, 1.0]])
    answers = truth + jnp.array([[0.5, -0.4], [0.5, -0.6], [0.06, 0.0]])
    assert within(answers, truth).tolist() == [True, False, False]
    assert within(answers, truth, 0.1).tolist() == [True, True, True]
    assert not within(jnp.array([jnp.nan, 1.0]), jnp.array([1.0, 1.0]))


def test_probe():
    y = jnp.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    split = Examples(jnp.array([0.0, 0.04, 0.2]), y, {"law": jnp.array([2, 2, 5])})
    # The network answers 1 + x times the truth, which it finds by x.
    network = lambda x, key: (1 + x) * y[jnp.argmin(jnp.abs(split.x - x))]  # noqa: E731
    snapshot = Snapshot(network, None, {"other": split, "train": split}, None, None, jnp.array(0), jax.random.key(0))
    found = Tolerance(by="law", values=(2, 3, 5), splits=("other",))(snapshot)
    assert set(found) == {"other_within", "other_within_by_law"}
    assert np.isclose(found["other_within"], 2 / 3)
    np.testing.assert_allclose(found["other_within_by_law"], [1.0, np.nan, 0.0])
