"""The process against Bayesian linear regression, against the Laplace approximation in the space of weights, and its updates against starting anew."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy.stats import norm

from unseen._types import Problem
from unseen.measures.uncertainty.function_space import class_probabilities, dual_parameters, function_space


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def data(n, d=3, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(n, d)))


def network(outputs, seed=0, width=4):
    return eqx.nn.MLP(3, outputs, width, 1, activation=jax.nn.tanh, key=jax.random.key(seed), dtype=jnp.float64)


def test_dual_parameters_are_derivatives():
    f, labels, values = data(5), jnp.array([0, 2, 1, 1, 0]), data(5, seed=1)
    losses = {
        "classes": (lambda one, y: -jax.nn.log_softmax(one)[y], labels),
        "values": (lambda one, y: -jnp.sum(jax.scipy.stats.norm.logpdf(y, one, np.sqrt(0.3))), values),
    }
    for likelihood, (loss, y) in losses.items():
        alpha, beta = dual_parameters(f, y, likelihood, 0.3)
        np.testing.assert_allclose(alpha, -jax.vmap(jax.grad(loss))(f, y), atol=1e-10)
        np.testing.assert_allclose(beta, jax.vmap(lambda one, label, loss=loss: jnp.diag(jax.hessian(loss)(one, label)))(f, y), atol=1e-10)


def test_a_linear_network_is_bayesian_regression():
    linear = eqx.nn.Linear(3, 1, use_bias=False, key=jax.random.key(0), dtype=jnp.float64)
    x, y, new = data(12), data(12, 1, seed=1), data(4, seed=2)
    covariance = np.linalg.inv(np.asarray(x.T @ x) / 0.3 + 2.0 * np.eye(3))
    mean, variance = function_space(linear, x, y, x[:3], 2.0, "values", 0.3).predict(new)  # three points span all linear functions
    np.testing.assert_allclose(mean, new @ covariance @ x.T @ y / 0.3, atol=1e-3)
    np.testing.assert_allclose(variance[:, 0], np.diag(new @ covariance @ new.T), atol=1e-3)


def test_with_all_points_it_is_the_laplace_approximation():
    one, x, y, new = network(2), data(15), jnp.asarray(np.random.default_rng(1).integers(2, size=15)), data(4, seed=2)
    flat, unravel = ravel_pytree(eqx.filter(one, eqx.is_array))
    static = eqx.filter(one, eqx.is_array, inverse=True)
    outputs = lambda v, x: jax.vmap(eqx.combine(unravel(v), static))(x)  # noqa: E731
    mean, variance = function_space(one, x, y, x, 0.5).predict(new)
    rows, there = jax.jacobian(outputs)(flat, x), jax.jacobian(outputs)(flat, new)
    f = outputs(flat, x)
    alpha, beta = dual_parameters(f, y, "classes")
    for c in range(2):
        covariance = np.linalg.inv(rows[:, c].T @ (beta[:, [c]] * rows[:, c]) + 0.5 * np.eye(len(flat)))
        np.testing.assert_allclose(variance[:, c], np.einsum("np,pq,nq->n", there[:, c], covariance, there[:, c]), rtol=2e-2)
        moved = covariance @ (rows[:, c].T @ (alpha[:, c] + beta[:, c] * f[:, c]))
        np.testing.assert_allclose(mean[:, c], there[:, c] @ moved, atol=2e-2)


def test_updates_add_up_and_the_metric_is_that_of_the_examples():
    one, x = network(1), data(10)
    y, z = data(10, 1, seed=1), x[:4]
    whole, parts = function_space(one, x, y, z, 0.5, "values"), function_space(one, x[:6], y[:6], z, 0.5, "values").update(x[6:], y[6:])
    np.testing.assert_allclose(parts.target, whole.target)
    np.testing.assert_allclose(parts.curvature, whole.curvature)
    small = data(3)
    metric = function_space(one, small, y[:3], small, 0.5, "values", 0.25).metric()[0]
    np.testing.assert_allclose(metric, 4 * np.eye(3), atol=0.02)  # points that are the examples: each counts 1/noise


def test_class_probabilities():
    mean, variance = jnp.array([[1.0, 0.0], [0.0, 0.0]]), jnp.array([[2.0, 1.0], [0.0, 0.0]])
    found = class_probabilities(mean, variance, jax.random.key(0), draws=40_000)
    grid = np.linspace(-12, 14, 4001)
    exact = np.sum(norm.pdf(grid, 1.0, np.sqrt(3.0)) / (1 + np.exp(-grid))) * (grid[1] - grid[0])
    np.testing.assert_allclose(found, [[exact, 1 - exact], [0.5, 0.5]], atol=5e-3)


def test_what_is_wrong_is_said():
    with pytest.raises(Problem, match="precision"):
        function_space(network(1), data(2), data(2, 1), data(2), 0.0, "values")
    with pytest.raises(Problem, match="likelihood"):
        function_space(network(1), data(2), data(2, 1), data(2), 1.0, "counts")
