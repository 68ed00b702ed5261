"""Objective, Gram matrices and predictions against SciPy, scikit-learn, torch and dense formulas; the optimum against a search without gradients."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.metrics.pairwise import rbf_kernel

from unseen._types import Problem
from unseen.theory.deep_kernel_machine import JITTER, DeepKernelMachine, Gram, fit_deep_kernel_machine, gram_divergence, squared_exponential


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def data(n=7, d=2, outputs=1, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(n, outputs))


def machine(points, layers, seed=1, nu=1.0, noise=0.3):
    rng, m = np.random.default_rng(seed), len(points)
    factors = tuple(jnp.asarray(0.3 * rng.normal(size=(m, m))) for _ in range(layers))
    return DeepKernelMachine(jnp.asarray(points), factors, jnp.asarray(0.2 * rng.normal(size=layers + 1)), jnp.log(noise), jnp.asarray(nu))


def test_kernel_and_divergence():
    x, _ = data()
    a, b = x[:4], x[4:]
    found = squared_exponential(Gram(jnp.asarray(a @ a.T), jnp.asarray(a @ b.T), jnp.asarray((b**2).sum(axis=1))))
    np.testing.assert_allclose(found.inducing, rbf_kernel(a, gamma=0.5), atol=1e-12)
    np.testing.assert_allclose(found.cross, rbf_kernel(a, b, gamma=0.5), atol=1e-12)
    first, second = a @ a.T + np.eye(4), found.inducing + np.eye(4)
    torch = pytest.importorskip("torch")
    normal = [torch.distributions.MultivariateNormal(torch.zeros(4).double(), torch.tensor(np.asarray(one))) for one in (first, second)]
    np.testing.assert_allclose(gram_divergence(jnp.asarray(first), second), torch.distributions.kl_divergence(*normal).item())


def test_layers_by_dense_formulas():
    x, _ = data()
    points, one = data(n=4, seed=3)[0], machine(data(n=4, seed=3)[0], layers=2)
    white, own, grams, divergence = one.features(jnp.asarray(x))
    inner, cross, other, costs = points @ points.T, points @ x.T, (x**2).sum(axis=1), 0.0
    for layer in range(3):
        kernel = squared_exponential(Gram(*(jnp.asarray(part) * math.exp(-2 * one.scales[layer]) for part in (inner, cross, other))))
        kii = np.asarray(kernel.inducing) + JITTER * np.eye(4)
        if layer < 2:
            inner = np.asarray(grams[layer])
            costs += gram_divergence(jnp.asarray(inner), jnp.asarray(kii))
            solved = np.linalg.solve(kii, kernel.cross)
            cross, other = inner @ solved, np.diag(solved.T @ inner @ solved) + kernel.other - np.diag(kernel.cross.T @ solved)
    np.testing.assert_allclose(white.T @ white, kernel.cross.T @ np.linalg.solve(kii, kernel.cross), atol=1e-8)
    np.testing.assert_allclose(own, kernel.other)
    np.testing.assert_allclose(divergence, costs, rtol=1e-8)


def test_without_layers_it_is_a_gaussian_process():
    x, y = data(outputs=2)
    one = machine(x, layers=0)
    kernel = rbf_kernel(x, gamma=0.5 * math.exp(-2 * one.scales[0]))
    exact = sum(multivariate_normal(np.zeros(7), kernel + 0.3 * np.eye(7)).logpdf(column) for column in y.T)
    np.testing.assert_allclose(one.objective(jnp.asarray(x), jnp.asarray(y)), exact, atol=1e-4)
    assert eqx.tree_at(lambda m: m.inducing, one, jnp.asarray(x[:4])).objective(jnp.asarray(x), jnp.asarray(y)) < exact
    new = data(n=3, seed=5)[0]
    mean, variance = one.predict(x, y, new)
    reference = GaussianProcessRegressor(RBF(math.exp(one.scales[0])), alpha=0.3, optimizer=None).fit(x, y)
    theirs, std = reference.predict(new, return_std=True)
    np.testing.assert_allclose(mean, theirs, atol=1e-4)
    np.testing.assert_allclose(variance, std[:, 0] ** 2, atol=1e-4)


@pytest.mark.parametrize("nu", [0.5, 2.0])
def test_the_optimum_is_that_of_a_search_without_gradients(nu):
    x, y = np.array([[0.0], [1.0]]), np.array([[1.5], [-1.5]])
    prior = rbf_kernel(x, gamma=0.5) + JITTER * np.eye(2)

    def loss(v):
        root = np.array([[np.exp(v[0]), 0], [v[1], np.exp(v[2])]])
        gram = root @ root.T
        top = np.exp(-np.array([[0, 1], [1, 0]]) * (gram[0, 0] + gram[1, 1] - 2 * gram[0, 1]) / 2)
        solved = np.linalg.solve(prior, gram)
        divergence = (np.trace(solved) - 2 - np.log(np.linalg.det(solved))) / 2
        return nu * divergence - multivariate_normal(np.zeros(2), top + 0.1 * np.eye(2)).logpdf(y[:, 0])

    best = minimize(loss, [0.0, 0.5, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}).x
    root = np.array([[np.exp(best[0]), 0], [best[1], np.exp(best[2])]])
    found = fit_deep_kernel_machine(x, y, nu=nu, noise=0.1, tune=False).grams()[0]
    np.testing.assert_allclose(found, root @ root.T, atol=1e-3)
    assert np.abs(found - prior).max() > 0.1


def test_a_heavy_divergence_is_the_fixed_kernel():
    x, y = data(n=12)
    new = data(n=3, seed=5)[0]
    found = [fit_deep_kernel_machine(x, y, nu=nu, tune=False, iterations=50) for nu in (1e7, 0.1, math.inf)]
    heavy, light, fixed = (one.predict(x, y, new)[0] for one in found)
    np.testing.assert_allclose(heavy, fixed, atol=1e-4)
    assert np.abs(light - fixed).max() > 0.01


def test_what_is_wrong_is_said():
    x, y = data()
    with pytest.raises(Problem, match="points"):
        fit_deep_kernel_machine(x, y, points=np.zeros((3, 5)))
    with pytest.raises(Problem, match="nu"):
        fit_deep_kernel_machine(x, y, nu=-1.0)


def test_a_fit_says_whether_it_has_converged():
    x, y = data(n=5)
    assert fit_deep_kernel_machine(x, y, tune=False, iterations=300).converged
    assert not fit_deep_kernel_machine(x, y, tune=False, iterations=2).converged
    assert fit_deep_kernel_machine(x, y, nu=math.inf, tune=False).converged  # nothing is learned
    assert machine(x, 1).converged is None
    with pytest.raises(Problem, match=r"the objective is not finite"):
        fit_deep_kernel_machine(x, y * np.nan, tune=False, iterations=2)
