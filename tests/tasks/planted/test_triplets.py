import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.planted.triplets import Triplets


def test_all_comparisons_are_listed_once_and_answered_by_distances_of_hidden_points():
    n, key = 6, jax.random.key(3)
    splits = Triplets(points=n, dimension=3, train_size=40, test_size=20).splits(key)
    x, y = (np.concatenate([np.asarray(getattr(splits[name], field)) for name in ("train", "test")]) for field in ("x", "y"))
    asked = [(a, *sorted((b, c))) for a, b, c in x.tolist()]
    assert len(set(asked)) == n * (n - 1) * (n - 2) // 2 == len(asked)
    assert all(len({a, b, c}) == 3 for a, b, c in asked)
    hidden = np.asarray(jax.random.normal(jax.random.split(key, 3)[0], (n, 3)))
    for (a, b, c), label in zip(x, y, strict=True):
        assert label == (np.linalg.norm(hidden[a] - hidden[b]) > np.linalg.norm(hidden[a] - hidden[c]))


def test_labels_are_balanced_and_orders_random():
    splits = Triplets(points=30, train_size=5000, test_size=5000).splits(jax.random.key(0))
    assert float(jnp.mean(splits["train"].y)) == pytest.approx(0.5, abs=0.03)
    assert float(jnp.mean(splits["train"].x[:, 1] < splits["train"].x[:, 2])) == pytest.approx(0.5, abs=0.03)


def test_more_than_there_are():
    with pytest.raises(Problem, match="at most the 12 comparisons of 4 points"):
        Triplets(points=4, train_size=10, test_size=3)
