"""Interpolators of least degree: against closed forms of the paper's examples, weighted least squares in the limit, and random features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import hadamard

from unseen._problem import Problem
from unseen.theory.boolean.min_degree import (
    coefficients,
    cube,
    degree_profile,
    exponential_eigenvalues,
    influence,
    kernel_interpolator,
    min_degree_interpolator,
    parities,
    simulate_features,
)

X = cube(4)
RNG = np.random.default_rng(0)
ANY = RNG.standard_normal(16)


def test_spectra_against_scipy():
    np.testing.assert_array_equal(parities(4)[0], hadamard(16))
    np.testing.assert_allclose(hadamard(16) @ coefficients(ANY), ANY)
    majority = np.sign(cube(3).sum(axis=1))
    np.testing.assert_allclose(coefficients(majority), [0, 0.5, 0.5, 0, 0.5, 0, 0, -0.5])
    assert influence(majority, 1) == np.mean(majority != np.sign(cube(3) @ np.array([1, -1, 1]))) == 0.5


@pytest.mark.parametrize(
    ("values", "seen", "expected"),
    [
        (X[:, 0] * X[:, 1], X[:, 0] == 1, X[:, 1]),  # a frozen bit
        (X[:, 0] * X[:, 1] * X[:, 2], (X[:, 0] == 1) | (X[:, 1] == 1), X[:, 2] * (X[:, 0] + X[:, 1] - 1)),  # (x1 - 1)(x2 - 1) = 0
        (X[:, 0] * X[:, 1], ~((X[:, :3] == -1).all(axis=1)), X[:, 0] * X[:, 1]),  # its own degree is low enough already
        (X[:, 0] * X[:, 1], (X[:, 0] == X[:, 1]), np.ones(16)),
    ],
)
def test_examples(values, seen, expected):
    np.testing.assert_allclose(min_degree_interpolator(values, seen), coefficients(expected), atol=1e-12)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_it_interpolates_with_the_least_profile(share):
    """No other interpolator has a profile that comes earlier in the dictionary, and weights ε^-degree lead to it as ε → 0."""
    seen = np.random.default_rng(1).random(16) < share
    found = min_degree_interpolator(ANY, seen)
    np.testing.assert_allclose((parities(4)[0] @ found)[seen], ANY[seen], atol=1e-12)
    unseen = np.diag(1.0 - seen)
    for rng in map(np.random.default_rng, range(50)):
        other = found + coefficients(unseen @ rng.standard_normal(16)) * rng.choice([1e-3, 1.0])
        gap = degree_profile(other) - degree_profile(found)
        assert gap[np.argmax(np.abs(gap) > 1e-13)] > 0
    np.testing.assert_allclose(kernel_interpolator(ANY, seen, 1e-3 ** np.arange(5)), found, atol=0.02)


def test_all_seen_and_one_seen():
    np.testing.assert_allclose(min_degree_interpolator(ANY, np.ones(16, bool)), coefficients(ANY), atol=1e-12)
    np.testing.assert_allclose(min_degree_interpolator(ANY, np.arange(16) == 3), coefficients(np.full(16, ANY[3])), atol=1e-12)


def test_a_frozen_bit_costs_twice_its_influence():
    for bit in range(4):
        answers = parities(4)[0] @ min_degree_interpolator(ANY, X[:, bit] == 1)
        np.testing.assert_allclose(np.mean((answers - ANY) ** 2), 2 * influence(ANY, bit))


def test_eigenvalues_of_exponential_features():
    """Of the kernel matrix over the whole cube, by its definition."""
    scale, x = 0.6, cube(3)
    kernel = np.exp(scale**2 * (x @ x.T + 3 + 2))
    spectrum = parities(3)[0].T @ kernel @ parities(3)[0] / 64
    np.testing.assert_allclose(spectrum, np.diag(exponential_eigenvalues(3, scale)[parities(3)[1]]), atol=1e-12)


def test_random_features():
    """Many features are as the kernel says at any scale, and at small scales choose the least degree; with large ones they do not."""
    values, seen = cube(3).prod(axis=1), (cube(3)[:, :2] > 0).any(axis=1)
    least = min_degree_interpolator(values, seen)
    for scale, near in ((0.05, True), (0.5, False)):
        found = simulate_features(jax.random.key(1), values, seen, features=20_000, scale=scale, repetitions=8)
        predicted = kernel_interpolator(values, seen, exponential_eigenvalues(3, scale))
        assert (np.abs(found.mean(axis=0) - predicted) < 4.5 * found.std(axis=0) / np.sqrt(8) + 0.002).all()
        assert (np.abs(predicted - least).max() < 0.01) == near
        assert (np.abs(predicted - least).max() > 0.3) != near


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cube(11), "bits: expected 1 to 10"),
        (lambda: coefficients(np.ones(3)), "values: expected one for each of 2, 4, 8"),
        (lambda: influence(ANY, 4), "bit: expected 0 to 3"),
        (lambda: min_degree_interpolator(ANY, np.zeros(16, bool)), "seen: expected a truth value"),
        (lambda: min_degree_interpolator(ANY * np.nan, np.ones(16, bool)), "values: expected finite"),
        (lambda: kernel_interpolator(ANY, np.ones(16, bool), np.ones(4)), "eigenvalues: expected 5 numbers"),
        (lambda: kernel_interpolator(ANY, np.ones(16, bool), 1e-9 ** np.arange(5)), "the solution misses"),
        (lambda: exponential_eigenvalues(3, 0.0), "scale: expected a number above 0"),
        (lambda: simulate_features(jax.random.key(0), ANY, np.ones(16, bool), features=10, scale=0.1), "expected at least the 16 points seen"),
        (lambda: simulate_features(jax.random.key(0), ANY, np.ones(16, bool), features=50, scale=0.1, activation=jnp.asarray), "miss the values seen"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
