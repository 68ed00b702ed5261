"""The truncated inverse against its series; the limit of outer descent against descent itself, with hypergradients by automatic differentiation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.bilevel_least_squares import outer_limit, truncated_inverse


def problem(seed, m, d, n=2):
    rng = np.random.default_rng(seed)
    inner, outer, y = rng.normal(size=(m, d)), rng.normal(size=(n, d)), rng.normal(size=n)
    return inner, outer, y, 1 / np.linalg.norm(inner, 2) ** 2


@pytest.mark.parametrize("terms", [1, 2, 7])
@pytest.mark.parametrize("rank", [2, 4])
def test_the_inverse_is_its_series(terms, rank):
    half = np.random.default_rng(0).normal(size=(4, rank))
    hessian, rate = half @ half.T, 1.5 / np.linalg.norm(half, 2) ** 2
    series = rate * sum(np.linalg.matrix_power(np.eye(4) - rate * hessian, j) for j in range(terms))
    np.testing.assert_allclose(truncated_inverse(hessian, rate, terms), series, atol=1e-12)


def test_many_terms_are_the_inverse():
    hessian = np.diag([1.0, 2.0, 3.0])
    np.testing.assert_allclose(truncated_inverse(hessian, 0.3, 400), np.linalg.inv(hessian), atol=1e-12)
    np.testing.assert_allclose(truncated_inverse(np.diag([0.0, 2.0]), 0.3, None), np.diag([0.0, 0.5]), atol=1e-12)


@pytest.mark.parametrize(("m", "d"), [(9, 5), (5, 9)])
def test_exact_hypergradients_give_the_targets_of_least_norm(m, d):
    inner, outer, y, _ = problem(1, m, d)
    least = np.linalg.lstsq(outer @ np.linalg.pinv(inner), y, rcond=None)[0]
    np.testing.assert_allclose(outer_limit(inner, outer, y), least, atol=1e-10)


@pytest.mark.parametrize(("m", "d"), [(9, 5), (5, 9)])
@pytest.mark.parametrize("terms", [1, 4])
def test_descent_through_unrolled_steps_ends_at_the_limit(m, d, terms):
    inner, outer, y, rate = problem(4, m, d)
    solution = jnp.linalg.pinv(jnp.asarray(inner))

    def loss(u):
        w = jax.lax.stop_gradient(solution @ u)
        for _ in range(terms):
            w = w - rate * jax.grad(lambda w: jnp.sum((inner @ w - u) ** 2) / 2)(w)
        return jnp.sum((outer @ w - y) ** 2) / 2

    step = 0.5 / (np.linalg.norm(solution, 2) * np.linalg.norm(inner, 2) * rate * terms * np.linalg.norm(outer, 2) ** 2)
    u = jax.lax.fori_loop(0, 40_000, lambda _, u: u - step * jax.grad(loss)(u), jnp.zeros(m))
    limit = outer_limit(inner, outer, y, rate, terms)
    np.testing.assert_allclose(u, limit, atol=3e-3)
    np.testing.assert_allclose(outer @ np.linalg.pinv(inner) @ limit, y, atol=1e-10)
    assert np.linalg.norm(limit) > 1.01 * np.linalg.norm(outer_limit(inner, outer, y))


def test_rotations_of_the_targets_rotate_the_limit():
    inner, outer, y, rate = problem(3, 6, 4)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]
    np.testing.assert_allclose(outer_limit(turn @ inner, outer, y, rate, 3), turn @ outer_limit(inner, outer, y, rate, 3), atol=1e-10)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: truncated_inverse(np.array([[1.0, 1.0], [0.0, 1.0]]), 1.0, 1),
        lambda: truncated_inverse(np.eye(2), 2.0, 1),
        lambda: truncated_inverse(np.eye(2), 1.0, 0),
        lambda: outer_limit(np.eye(3), np.ones((2, 3)), np.array([1.0, 2.0])),
        lambda: outer_limit(np.diag([1.0, 0.0]), np.array([[0.0, 1.0]]), np.ones(1)),
    ],
)
def test_what_makes_no_sense_is_refused(ask):
    with pytest.raises(Problem, match="expected"):
        ask()
