"""Against the Calinski-Harabasz score of scikit-learn, at the two ends, and as a probe."""

from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score

from unseen._types import Classes, Snapshot, Tokens
from unseen.measures.feature_collapse import FeatureCollapse, feature_collapse
from unseen.models.shared_embedding import SharedEmbedding
from unseen.tasks.concept_sentences import ConceptSentences

RNG = np.random.default_rng(0)
ROLE = np.array([0, 2, 1, 1, 0, 2, 2, 0, 1, 2])
FEATURES = RNG.normal(size=(10, 4)) + 2 * RNG.normal(size=(3, 4))[ROLE]


def test_against_scikit_learn():
    """(B / (k - 1)) / (W / (n - k)) is the score; the measure is W / (W + B)."""
    ratio = calinski_harabasz_score(FEATURES, ROLE) * 2 / 7
    assert float(feature_collapse(jnp.asarray(FEATURES), jnp.asarray(ROLE), 3)) == pytest.approx(1 / (1 + ratio), rel=1e-4)


def test_ends_and_invariances():
    turn = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
    value = feature_collapse(jnp.asarray(FEATURES), jnp.asarray(ROLE), 3)
    moved = feature_collapse(jnp.asarray(3 * FEATURES @ turn + 1), jnp.asarray(ROLE), 5)
    assert float(moved) == pytest.approx(float(value), rel=1e-4)
    assert float(feature_collapse(jnp.eye(3)[ROLE], jnp.asarray(ROLE), 3)) == 0
    assert float(feature_collapse(jnp.array([[1.0], [-1.0], [2.0], [-2.0]]), jnp.array([0, 0, 1, 1]), 2)) == 1


def test_probe():
    """Words of a concept along one direction, at different lengths: the directions have collapsed, and after LayerNorm the features too."""
    task = ConceptSentences(length=2, concepts=2, words=3, classes=2)
    embed = jnp.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0])[:, None] * jnp.repeat(jnp.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]), 3, axis=0)
    for normalized in (False, True):
        network = SharedEmbedding(width=3, normalized=normalized).build(Tokens(2, 6), Classes(2), jax.random.key(0))
        network = eqx.tree_at(lambda one: one.embed, network, embed)
        found = FeatureCollapse()(Snapshot(network, network, {}, SimpleNamespace(task=task), None, jnp.array(0), jax.random.key(0)))
        assert float(found["direction_collapse"]) < 1e-6
        expected = 0 if normalized else float(feature_collapse(embed, task.concept, 2))
        assert float(found["feature_collapse"]) == pytest.approx(expected, abs=1e-4)
        assert expected == 0 or expected > 0.1
