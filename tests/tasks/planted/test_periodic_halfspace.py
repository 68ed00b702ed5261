"""Against counts, quadrature with Hermite polynomials, and a least-squares fit."""

import jax
import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermeval
from scipy.special import factorial

from unseen._types import Problem
from unseen.tasks.planted.periodic_halfspace import PeriodicHalfspace

LINE = np.linspace(-9, 9, 400_001)
DENSITY = np.exp(-(LINE**2) / 2) / np.sqrt(2 * np.pi) * (LINE[1] - LINE[0])


def hermite(frequency, degree):
    y = np.sign(np.sin(2 * np.pi * frequency * LINE))
    return np.array([np.sum(DENSITY * y * hermeval(LINE, np.eye(degree + 1)[k])) / np.sqrt(factorial(k)) for k in range(1, degree + 1)])


@pytest.mark.parametrize("frequency", [0.1, 0.6, 1.3])
def test_the_advantage_is_the_integral(frequency):
    exact = np.sum(DENSITY * np.sign(np.sin(2 * np.pi * frequency * LINE)) * np.sign(LINE)) / 2
    assert PeriodicHalfspace(frequency=frequency).advantage() == pytest.approx(exact, abs=1e-4)


def test_the_correlation_with_polynomials_is_that_of_hermite_coefficients():
    for frequency in (0.2, 0.5):
        expected = np.sqrt(np.cumsum(hermite(frequency, 9) ** 2))
        np.testing.assert_allclose(PeriodicHalfspace(frequency=frequency).low_degree_correlation(9), expected, atol=1e-3)
    assert PeriodicHalfspace(frequency=1.0).low_degree_correlation(3)[-1] < 1e-6


def test_labels_are_drawn_as_said():
    task = PeriodicHalfspace(dimension=3, frequency=0.8, noise=0.1, train_size=10, test_size=100_000)
    test = task.splits(jax.random.key(0))["test"]
    along, y = np.asarray(test.info["along"]), np.asarray(test.y)
    assert np.mean((along > 0) == y) - 0.5 == pytest.approx(task.advantage(), abs=0.006)
    wave = np.mean((2 * y - 1) * np.sin(2 * np.pi * 0.8 * along))
    assert wave == pytest.approx(2 / np.pi * np.exp(-2 * (np.pi * 0.1) ** 2), abs=0.01)
    direction = np.linalg.lstsq(np.asarray(test.x[:50]), along[:50], rcond=None)[0]
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(np.asarray(test.x) @ direction, along, atol=1e-4)
    np.testing.assert_allclose(np.cov(np.asarray(test.x), rowvar=False), np.eye(3), atol=0.02)


def test_a_low_frequency_is_a_halfspace():
    test = PeriodicHalfspace(frequency=0.1).splits(jax.random.key(1))["test"]
    np.testing.assert_array_equal(np.asarray(test.info["along"]) > 0, np.asarray(test.y) == 1)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="at least 1"):
        PeriodicHalfspace().low_degree_correlation(0)
