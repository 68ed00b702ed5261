"""Against scikit-learn, and as a probe."""

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.metrics import f1_score

from unseen._types import Examples, Snapshot
from unseen.measures.metrics.f1 import F1, f1


def test_is_scikit_learns():
    rng = np.random.default_rng(0)
    y, decision = rng.integers(4, size=(2, 300))
    np.testing.assert_allclose(f1(jnp.asarray(decision), jnp.asarray(y), 4), f1_score(y, decision, average=None), rtol=1e-6)
    assert f1(jnp.array([0]), jnp.array([0]), 3).tolist() == [1.0, 0.0, 0.0]


def test_the_probe_reads_the_split_it_is_told():
    x = jax.random.normal(jax.random.key(0), (50, 3))
    y = jnp.argmax(x, axis=1).at[:10].set(2)
    snapshot = Snapshot(lambda x, key=None: x, None, {"test": Examples(x, y)}, None, None, jnp.array(0), jax.random.key(1))
    decision = np.argmax(x, axis=1)
    np.testing.assert_allclose(F1(positive=2)(snapshot)["test_f1"], f1_score(y, decision, average=None)[2], rtol=1e-6)
    np.testing.assert_allclose(F1(positive=None)(snapshot)["test_f1"], f1_score(y, decision, average="macro"), rtol=1e-6)
