"""Steps on the same examples and on others: formulas against all training sets of a small population, and against quadratics solved by hand."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Examples, Problem
from unseen.theory.gradient_covariance import drift_of_full_batches, excess_of_full_batches, gap_growth, gradient_moments, simulate_passes


def curved(theta, x, y):
    """A loss with a Hessian that differs between examples and changes with θ."""
    return jnp.log1p(jnp.exp(-y * (theta @ x))) + 0.1 * jnp.sum(theta**4) * y


X, Y, THETA = np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.2]]), np.array([1.0, -1.0, 0.6]), np.array([0.4, -0.9])


@pytest.fixture(autouse=True)
def exact():
    with jax.enable_x64(True):
        yield


def over_all_sets(rate, steps, n):
    """Exact means of (growth of the gap in one step, excess, end on the whole set less end in parts) over all training sets."""
    losses = jax.jit(lambda theta: jax.vmap(curved, (None, 0, 0))(theta, jnp.array(X), jnp.array(Y)))
    jacobian = jax.jit(jax.jacobian(losses))

    def step(theta, index):
        return theta - rate * np.asarray(jacobian(theta))[list(index)].mean(axis=0)

    def gap(theta, index):
        found = np.asarray(losses(theta))
        return found.mean() - found[list(index)].mean()

    results = []
    for index in product(range(len(X)), repeat=n):
        whole = parts = THETA
        for part in np.reshape(index, (steps, -1)):
            whole, parts = step(whole, index), step(parts, part)
        ends = [float(np.mean(losses(theta))) for theta in (whole, parts)]
        results.append([gap(step(THETA, index), index) - gap(THETA, index), ends[0] - ends[1], *(whole - parts)])
    return np.mean(results, axis=0)


@pytest.mark.parametrize(("steps", "n"), [(2, 2), (2, 4), (3, 3)])
def test_formulas_against_all_training_sets(steps, n):
    rate = 1e-4
    moments = gradient_moments(curved, jnp.array(THETA), Examples(jnp.array(X), jnp.array(Y)))
    gap, excess, *shift = over_all_sets(rate, steps, n)
    np.testing.assert_allclose(gap, gap_growth(moments, rate=rate, n=n), rtol=1e-3)
    np.testing.assert_allclose(excess, excess_of_full_batches(moments, rate=rate, steps=steps, n=n), rtol=2e-3)
    np.testing.assert_allclose(shift @ np.asarray(moments.slope), drift_of_full_batches(moments, rate=rate, steps=steps, n=n), rtol=2e-3)
    np.testing.assert_allclose(shift, rate**2 * steps * (steps - 1) / (4 * n) * moments.slope, rtol=2e-3)


def test_moments_of_linear_regression_with_normal_inputs():
    """Σ = diag λ, residual δ, noise σ²: C = Σδδᵀ Σ + (δᵀΣδ + σ²) Σ for half the squared error."""
    rng = np.random.default_rng(0)
    variances, delta, noise = np.array([1.0, 0.5, 0.25]), np.array([1.0, -2.0, 0.5]), 0.7
    x = rng.normal(size=(400_000, 3)) * np.sqrt(variances)
    moments = gradient_moments(lambda t, x, y: (t @ x - y) ** 2 / 2, jnp.array(delta), Examples(jnp.array(x), jnp.array(noise * rng.normal(size=len(x)))))
    np.testing.assert_allclose(moments.mean, variances * delta, atol=0.02)
    np.testing.assert_allclose(moments.trace, np.sum((variances * delta) ** 2) + (variances @ delta**2 + noise**2) * variances.sum(), rtol=0.02)
    np.testing.assert_allclose(moments.slope, 2 * variances**2 * delta + 2 * variances.sum() * variances * delta, rtol=0.05, atol=0.05)


def test_simulation_of_noise_that_does_not_depend_on_parameters():
    """Loss ½h(θ − y)²: the gap grows by rate h² Var y/n; the noise in θ is Σ_j a_j of the mean of all, or k Σ_j a_j² of it, with a_j = (1 − rate h)^j."""
    h, rate, steps, n = 2.0, 0.2, 4, 8
    y = np.array([-1.0, 0.0, 3.0])
    population = Examples(jnp.zeros(3), jnp.array(y))
    loss = lambda theta, _, y: h / 2 * jnp.sum((theta - y) ** 2)  # noqa: E731
    passes = simulate_passes(loss, jnp.array([2.0]), population, jax.random.key(0), rate=rate, steps=steps, n=n, draws=4000)
    a = (1 - rate * h) ** np.arange(steps)
    expected = h / 2 * (rate * h) ** 2 * y.var() / n * (a.sum() ** 2 - steps * np.sum(a**2))
    assert expected < 0
    for found, mean in zip(passes, (rate * h**2 * y.var() / n, expected, 0.0), strict=True):
        assert abs(np.mean(found) - mean) <= 4 * np.std(found) / len(found) ** 0.5 + 1e-12
    assert abs(np.mean(passes.gap)) > 10 * np.std(passes.gap) / len(passes.gap) ** 0.5


def test_simulation_against_all_training_sets():
    rate, steps, n = 0.3, 2, 2
    gap, excess, *shift = over_all_sets(rate, steps, n)
    population = Examples(jnp.array(X), jnp.array(Y))
    slope = np.asarray(gradient_moments(curved, jnp.array(THETA), population).slope)
    passes = simulate_passes(curved, jnp.array(THETA), population, jax.random.key(1), rate=rate, steps=steps, n=n, draws=4000)
    for found, mean in zip(passes, (gap, excess, shift @ slope), strict=True):
        assert abs(np.mean(found) - mean) <= 4 * np.std(found) / len(found) ** 0.5
    fresh = simulate_passes(curved, jnp.array(THETA), population, jax.random.key(1), rate=rate, steps=steps, n=n, draws=20_000, fresh=True)
    assert abs(np.mean(fresh.gap)) <= 4 * np.std(fresh.gap) / len(fresh.gap) ** 0.5
    assert np.mean(fresh.gap) < 0.1 * gap
    assert np.mean(fresh.drift) < 0.3 * np.mean(passes.drift)


@pytest.mark.parametrize(("steps", "n"), [(1, 4), (3, 4), (4, 2)])
def test_bad_input(steps, n):
    with pytest.raises(Problem, match=r"steps, n"):
        simulate_passes(curved, jnp.array(THETA), Examples(jnp.array(X), jnp.array(Y)), jax.random.key(0), rate=0.1, steps=steps, n=n, draws=2)
