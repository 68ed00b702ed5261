"""Dimension, distances, classes and margins, each against what is known without the code."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.planted.labelled_manifold import LabelledManifold


@pytest.mark.parametrize("dimension", [1, 3])
def test_tangents_have_the_dimension_and_on_average_unit_length(dimension):
    task = LabelledManifold(dimension=dimension, most=4, pixels=400)
    tangents = jax.jacobian(lambda z: task.embed(z[None], jax.random.key(1))[0])(jnp.array([0.3, -0.2, 0.5, 0.1]) * (jnp.arange(4) < dimension))
    singular = np.linalg.svd(np.asarray(tangents[:, :dimension]), compute_uv=False)
    np.testing.assert_allclose(singular, 1, atol=0.25)
    x = np.asarray(task.splits(jax.random.key(1))["train"].x[:50], float)
    near = x[None] - x[:, None]
    assert np.abs((x**2).sum(1).mean() - 1) < 0.1
    assert (near**2).sum(-1).max() < 2.6


def test_distances_are_those_of_a_gaussian_kernel_on_average():
    z = jnp.array([[0.0, 0.0], [0.5, 0.0], [0.0, 1.5]])
    task = LabelledManifold(dimension=2, most=2, pixels=16)
    x = jax.vmap(lambda key: task.embed(z, key))(jax.random.split(jax.random.key(0), 4000))
    found = jnp.mean(jnp.sum((x[:, :1] - x[:, 1:]) ** 2, axis=-1), axis=0)
    np.testing.assert_allclose(found, 2 - 2 * np.exp(-np.array([0.25, 2.25]) / 2), rtol=0.03)


def test_points_fill_the_ball_evenly_and_margins_keep_what_they_say():
    task = LabelledManifold(dimension=jnp.array(3), most=5, margin=jnp.array(0.6), train_size=2000, test_size=500)
    splits = eqx.filter_jit(lambda task, key: task.splits(key))(task, jax.random.key(2))
    for split in splits.values():
        value = np.asarray(split.info["value"])
        assert (np.abs(value) > 0.6).all()
        assert min((value < -0.6).mean(), (value > 0.6).mean()) > 0.1, "either side is kept"
        np.testing.assert_array_equal(split.y, value > 0)
    everywhere = LabelledManifold(dimension=3, most=5, train_size=2000).splits(jax.random.key(2))["train"]
    assert 0 < np.abs(np.asarray(everywhere.info["value"])).min() < 0.02


def test_the_value_is_about_a_standard_normal_over_tasks():
    task, z = LabelledManifold(dimension=2, most=2, pixels=4, frequency=3.0), jnp.array([[0.4, -1.0], [0.4, -0.9]])
    values = np.asarray(jax.vmap(lambda key: task.value(z, key))(jax.random.split(jax.random.key(3), 4000)))
    assert abs(values.mean()) < 0.06
    assert values.std() == pytest.approx(1, abs=0.04)
    assert np.corrcoef(values.T)[0, 1] == pytest.approx(np.exp(-((3 * 0.1) ** 2) / 2), abs=0.01)


@pytest.mark.parametrize("wrong", [{"dimension": 9}, {"dimension": 2.5}, {"margin": -0.1}, {"pixels": 15}, {"frequency": 0.0}, {"radius": 0.0}, {"waves": 0}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        LabelledManifold(**wrong)
