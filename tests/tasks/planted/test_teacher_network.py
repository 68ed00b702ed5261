import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from unseen._types import Problem
from unseen.tasks.planted.teacher_network import TeacherNetwork


def test_targets_are_the_teachers_outputs_and_noise():
    task, key = TeacherNetwork(dimension=20, width=7, train_size=3000, test_size=50, slope=jnp.array(1.5), noise=jnp.array(0.2)), jax.random.key(0)
    splits = eqx.filter_jit(lambda task, key: task.splits(key))(task, key)
    a, w = (np.asarray(part) for part in task.teacher(key))
    clean = {name: erf(1.5 * np.asarray(split.x) @ w.T / np.sqrt(20)) @ a / np.sqrt(7) for name, split in splits.items()}
    np.testing.assert_allclose(splits["test"].y[:, 0], clean["test"], atol=1e-5)
    noise = np.asarray(splits["train"].y[:, 0]) - clean["train"]
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 0.2) < 0.01


def test_mean_square_of_a_wide_teacher():
    y = TeacherNetwork(dimension=300, width=3000, train_size=1, test_size=2000).splits(jax.random.key(1))["test"].y
    assert float(jnp.mean(y**2)) == pytest.approx(2 / np.pi * np.arcsin(8 / 9), rel=0.15)


def test_keys_and_mistakes():
    task = TeacherNetwork(dimension=3, width=2, train_size=4, test_size=4)
    assert eqx.tree_equal(task.splits(jax.random.key(0)), task.splits(jax.random.key(0)))
    assert not np.array_equal(task.splits(jax.random.key(0))["train"].y, task.splits(jax.random.key(1))["train"].y)
    with pytest.raises(Problem, match="slope"):
        TeacherNetwork(slope=0.0)
    with pytest.raises(Problem, match="width"):
        TeacherNetwork(width=0)
