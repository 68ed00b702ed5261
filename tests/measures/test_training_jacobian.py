"""Against the closed form of linear regression, products of Hessians, finite differences, and the principal angles of SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.linalg

from unseen._types import Problem
from unseen.measures.training_jacobian import TrainingSpectrum, Unrolled, subspace_overlap, training_jacobian

RNG = np.random.default_rng(0)


def squared(theta, batch):
    x, y = batch
    return jnp.mean((x @ theta - y) ** 2) / 2


def curved(theta, batch):
    x, y = batch
    return jnp.mean((jnp.tanh(x @ theta[:12].reshape(3, 4)) @ theta[12:16] + theta[16] - y) ** 2)


def problem(steps, inputs):
    return jnp.array(RNG.normal(size=(steps, 6, inputs))), jnp.array(RNG.normal(size=(steps, 6)))


def test_linear_regression_by_gradient_descent_has_the_power_of_i_minus_rate_times_hessian():
    with jax.enable_x64(True):
        batches = problem(1, 5)
        found = training_jacobian(Unrolled(squared, optax.sgd(0.1), batches, epochs=30), jnp.array(RNG.normal(size=5)), chunk=2)
    x = np.asarray(batches[0][0])
    np.testing.assert_allclose(found, np.linalg.matrix_power(np.eye(5) - 0.1 * x.T @ x / 6, 30), rtol=1e-10, atol=1e-12)


def test_of_batches_it_is_the_product_of_their_steps_the_last_one_leftmost():
    with jax.enable_x64(True):
        batches, theta = problem(3, 3), jnp.array(RNG.normal(size=17))
        found = training_jacobian(Unrolled(curved, optax.sgd(0.3), batches, epochs=2), theta, chunk=5)
        hessian, gradient = jax.jit(jax.hessian(curved)), jax.jit(jax.grad(curved))
        product = np.eye(17)
        for step in range(6):
            batch = jax.tree.map(lambda leaf, at=step % 3: leaf[at], batches)
            product = (np.eye(17) - 0.3 * np.asarray(hessian(theta, batch))) @ product
            theta = theta - 0.3 * gradient(theta, batch)
    np.testing.assert_allclose(found, product, rtol=1e-9, atol=1e-12)
    assert np.abs(found - found.T).max() > 1e-3, "a symmetric one would not tell rows from columns"


def test_with_momentum_and_a_falling_rate_it_agrees_with_finite_differences():
    with jax.enable_x64(True):
        train = Unrolled(curved, optax.sgd(optax.cosine_decay_schedule(0.2, 12), 0.9), problem(3, 3), epochs=4)
        theta, run = jnp.array(RNG.normal(size=17)), jax.jit(lambda theta: train(theta))
        found = training_jacobian(train, theta)
        differences = np.column_stack([(run(theta + 1e-5 * e) - run(theta - 1e-5 * e)) / 2e-5 for e in np.eye(17)])
    np.testing.assert_allclose(found, differences, rtol=1e-6, atol=1e-7)


def test_no_training_changes_nothing():
    found = training_jacobian(Unrolled(squared, optax.sgd(0.1), problem(1, 5), epochs=0), jnp.ones(5), chunk=4)
    np.testing.assert_array_equal(found, np.eye(5))
    assert found.dtype == np.float32


def test_regions_and_alignment_of_a_jacobian_that_is_known():
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    spectrum = TrainingSpectrum.of(scipy.linalg.block_diag(5.0, 1.004 * turn, -0.999, 0.2), tolerance=0.005)
    assert [int(region.sum()) for region in (spectrum.chaotic, spectrum.bulk, spectrum.stable)] == [1, 3, 1]
    np.testing.assert_allclose(spectrum.values, [5, 1.004, 1.004, 0.999, 0.2])
    np.testing.assert_allclose(spectrum.alignment, [1, np.cos(0.3), np.cos(0.3), -1, 1])
    assert TrainingSpectrum.of(np.diag([1.05, 0.95]), tolerance=0.1).bulk.all()


def test_singular_directions_are_rows_and_the_jacobian_carries_the_initial_to_the_final_ones():
    jacobian = RNG.normal(size=(6, 6))
    spectrum = TrainingSpectrum.of(jacobian)
    np.testing.assert_allclose(jacobian @ spectrum.initial.T, (spectrum.values[:, None] * spectrum.final).T, atol=1e-12)


@pytest.mark.parametrize(("k", "m"), [(4, 4), (2, 7)])
def test_overlap_is_that_of_the_principal_angles(k, m):
    a, b = (np.linalg.qr(RNG.normal(size=(10, n)))[0] for n in (k, m))
    assert subspace_overlap(a.T, b.T) == pytest.approx(np.mean(np.cos(scipy.linalg.subspace_angles(a, b)) ** 2))


def test_overlap_of_random_subspaces_is_the_share_of_the_larger():
    draws = [[np.linalg.qr(RNG.normal(size=(40, n)))[0].T for n in (5, 12)] for _ in range(200)]
    assert np.mean([subspace_overlap(a, b) for a, b in draws]) == pytest.approx(12 / 40, abs=0.015)
    assert np.isnan(subspace_overlap(np.zeros((0, 4)), np.eye(4)))


@pytest.mark.parametrize(("theta", "chunk"), [(jnp.ones((2, 2)), 1), (jnp.ones(2, int), 1), (jnp.ones(0), 1), (jnp.ones(2), 0)])
def test_what_is_no_vector_of_real_numbers_is_refused(theta, chunk):
    with pytest.raises(Problem, match="theta, chunk: expected a vector"):
        training_jacobian(Unrolled(squared, optax.sgd(0.1), problem(1, 2)), theta, chunk=chunk)


def test_training_that_diverges_and_a_wrong_tolerance_are_told():
    with pytest.raises(Problem, match="train: expected finite derivatives"):
        training_jacobian(Unrolled(squared, optax.sgd(1e30), problem(1, 2), epochs=9), jnp.ones(2))
    with pytest.raises(Problem, match="tolerance: expected a number in"):
        TrainingSpectrum.of(np.eye(2), tolerance=1.0)
