"""Against the moments that are asked for, and what `instance` promises."""

import jax
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.tasks.planted.scattered_clusters import ScatteredClusters


def test_has_the_moments_of_its_clusters():
    splits = ScatteredClusters(train_size=5000, test_size=5000, deviation=0.5).splits(jax.random.key(0))
    centres = []
    for split in splits.values():
        x, y = np.asarray(split.x), np.asarray(split.y)
        centres.append([x[y == k].mean(axis=0) for k in range(5)])
        np.testing.assert_allclose([x[y == k].std(axis=0) for k in range(5)], 0.5, atol=0.05)
        np.testing.assert_allclose(np.bincount(y) / 5000, 0.2, atol=0.03)
    np.testing.assert_allclose(*centres, atol=0.08)
    assert np.abs(centres).max() < 10.1


def test_centres_are_uniform_in_the_box():
    found = [ScatteredClusters(train_size=200, deviation=0.0, box=3.0).splits(jax.random.key(i))["train"].x for i in range(20)]
    places = np.unique(np.concatenate(found), axis=0)
    assert len(places) == 100
    assert np.abs(places).max() <= 3
    assert places.std() == pytest.approx(3 / 3**0.5, rel=0.15)


def test_an_instance_is_the_same_whatever_the_key():
    one, other = (ScatteredClusters(instance=4).splits(jax.random.key(i))["test"].x for i in (0, 1))
    np.testing.assert_array_equal(one, other)
    assert (np.asarray(one) != np.asarray(ScatteredClusters(instance=5).splits(jax.random.key(0))["test"].x)).any()


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="two classes"):
        ScatteredClusters(classes=1)
