import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm as normal

from unseen._types import Problem
from unseen.tasks.planted.noisy_clusters import NoisyClusters


def test_means_noise_and_flips():
    task = NoisyClusters(dimension=6, train_size=4000, test_size=3000, norm=jnp.array(9.0), flip_rate=jnp.array(0.2))
    splits = eqx.filter_jit(lambda task, key: task.splits(key))(task, jax.random.key(0))
    for split, flips in ((splits["train"], 0.2), (splits["test"], 0.0)):
        x, side = np.asarray(split.x), np.sign(np.asarray(split.x)[:, 0])
        wrong = np.asarray(split.y) != (side > 0)
        assert abs(wrong.mean() - flips) < 5 * np.sqrt(0.2 * 0.8 / len(x)) * (flips > 0) + 1e-9
        assert abs((side > 0).mean() - 0.5) < 5 / np.sqrt(4 * len(x))
        noise = x - 9.0 * side[:, None] * np.eye(6)[0]
        np.testing.assert_allclose(noise.T @ noise / len(x), np.eye(6), atol=0.12)
        if flips:
            np.testing.assert_array_equal(split.info["corrupted"], wrong)


def test_the_best_accuracy_is_as_promised():
    """The sign of the first coordinate is the best classifier."""
    test = NoisyClusters(dimension=2, test_size=20_000, norm=1.0).splits(jax.random.key(1))["test"]
    assert abs(float(((test.x[:, 0] > 0) == test.y).mean()) - normal.cdf(1.0)) < 5 * 0.4 / np.sqrt(20_000)


def test_keys():
    task = NoisyClusters(dimension=5, train_size=8, test_size=8)
    one, again, other = (task.splits(jax.random.key(k)) for k in (0, 0, 1))
    assert eqx.tree_equal(one, again)
    assert not np.array_equal(one["train"].x, other["train"].x)
    assert not np.array_equal(one["train"].x, one["test"].x)


@pytest.mark.parametrize("wrong", [{"dimension": 0}, {"flip_rate": 1.5}, {"norm": -1.0}, {"train_size": 0}, {"test_size": 0}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        NoisyClusters(**wrong)
