import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.gaussian_process.kernels import Matern

from unseen._types import Problem
from unseen.tasks.planted.composed_processes import ComposedProcesses, matern


@pytest.mark.parametrize("nu", [0.5, 1.5, 2.5, 7.5])
def test_the_covariance_is_that_of_scikit_learn(nu):
    distance = np.linspace(0, 4, 9)
    wanted = Matern(length_scale=1.0, nu=nu)(np.zeros((1, 1)), distance[:, None])[0]
    np.testing.assert_allclose(matern(jnp.asarray(distance), nu), wanted, rtol=1e-4, atol=1e-5)


def test_points_values_and_covariances():
    task = ComposedProcesses(dimension=4, inner=2, outputs_count=3000, train_size=30, test_size=10, outer_smoothness=1.5)
    splits = eqx.filter_jit(lambda task, key: task.splits(key))(task, jax.random.key(0))
    x, g, y = (
        np.concatenate([np.asarray(pick(splits[name])) for name in ("train", "test")]) for pick in (lambda s: s.x, lambda s: s.info["inner"], lambda s: s.y)
    )
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 2.0, rtol=1e-5)
    np.testing.assert_allclose([g.mean(axis=0), g.std(axis=0)], [[0, 0], [1, 1]], atol=1e-5)
    centre = np.eye(40) - 1 / 40
    wanted = centre @ (Matern(length_scale=1.0, nu=1.5)(g) + 1e-3 * np.eye(40)) @ centre
    np.testing.assert_allclose(y @ y.T / 3000, wanted, atol=6 / np.sqrt(3000))


def test_a_smooth_function_differs_less_between_neighbours():
    def roughness(nu):
        split = ComposedProcesses(dimension=2, inner=200, inner_smoothness=nu, train_size=200, test_size=1).splits(jax.random.key(1))["train"]
        order = np.argsort(np.arctan2(split.x[:, 1], split.x[:, 0]))
        return float(np.square(np.diff(np.asarray(split.info["inner"])[order], axis=0)).mean())

    assert roughness(0.5) > 5 * roughness(3.5)


def test_keys():
    task = ComposedProcesses(train_size=6, test_size=3)
    one, again, other = (task.splits(jax.random.key(k)) for k in (0, 0, 1))
    assert eqx.tree_equal(one, again)
    assert not np.array_equal(one["train"].y, other["train"].y)


@pytest.mark.parametrize(
    "wrong", [{"dimension": 0}, {"inner": 0}, {"outputs_count": 0}, {"inner_smoothness": 1.0}, {"outer_smoothness": 9.5}, {"test_size": 0}]
)
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        ComposedProcesses(**wrong)
