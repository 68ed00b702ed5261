import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB

from unseen._types import Problem
from unseen.bounds.zero_shot_rules import SemanticAutoencoder, direct_attribute_prediction

RNG = np.random.default_rng(0)
SHOWN, LABELS = (RNG.random((300, 5)) < 0.5).astype(float), RNG.integers(4, size=300)
TABLE = np.array([SHOWN[j == LABELS].mean(axis=0) for j in range(4)])


def test_direct_attribute_prediction_is_naive_bayes_with_equal_priors():
    naive = BernoulliNB(alpha=1e-10, class_prior=[0.25] * 4).fit(SHOWN, LABELS)
    np.testing.assert_array_equal(direct_attribute_prediction(TABLE, SHOWN).argmax(axis=1), naive.predict(SHOWN))


def test_the_encoder_minimises_its_loss():
    """The loss is quadratic, so that a minimum is where central differences vanish, in all directions."""
    lam, y, table = 0.7, LABELS[:60], RNG.random((4, 5))
    x = table[y] @ RNG.normal(size=(5, 3)) + 0.1 * RNG.normal(size=(60, 3))
    columns, signatures = (x - x.mean(axis=0)).T, table[y].T

    def loss(w):
        return np.sum((columns - w.T @ signatures) ** 2) + lam * np.sum((w @ columns - signatures) ** 2)

    best = SemanticAutoencoder(table, x, y, lam=lam)
    units = np.eye(best.encoder.size).reshape(-1, *best.encoder.shape)
    slopes = [loss(best.encoder + unit) - loss(best.encoder - unit) for unit in units]
    assert np.abs(slopes).max() < 1e-8 * loss(0 * best.encoder)
    assert loss(best.encoder) < 0.99 * loss(0 * best.encoder), "and it is not the trivial one"
    places = (x - x.mean(axis=0)) @ best.encoder.T
    cosines = [[np.dot(place, row) / np.linalg.norm(place) / np.linalg.norm(row) for row in table] for place in places]
    np.testing.assert_allclose(best(table, x), cosines)


def test_bad_input():
    with pytest.raises(Problem, match="weight"):
        SemanticAutoencoder(TABLE, SHOWN, LABELS, lam=0.0)
