"""Against the number of independent polynomials on a sphere, the authors' formula as their blog writes it, and values read off their figures."""

import math
from itertools import combinations_with_replacement

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.generalization_difficulty import generalization_difficulty, sphere_eigenfunctions, sufficient_examples

IMAGENET = {"resolution": 65, "examples": 1_280_901, "error": 0.1, "radius": 943.5923, "outputs": 999, "pieces": 1000}


def frequency(dimension, degree):
    return np.sqrt(degree * (degree + dimension - 1))


@pytest.mark.parametrize(("dimension", "degree"), [(1, 5), (2, 4), (3, 3), (4, 2), (6, 1)])
def test_counts_the_independent_polynomials_on_a_sphere(dimension, degree):
    x = np.random.default_rng(0).normal(size=(400, dimension + 1))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    monomials = [np.prod(x[:, list(which)], axis=1) for power in range(degree + 1) for which in combinations_with_replacement(range(dimension + 1), power)]
    assert sphere_eigenfunctions(dimension, frequency(dimension, degree)) == pytest.approx(np.linalg.matrix_rank(np.stack(monomials)))


def test_limits_of_the_count():
    assert sphere_eigenfunctions(4, 3000.0) == pytest.approx(2 * 3000.0**4 / math.factorial(4), rel=1e-3)
    assert sphere_eigenfunctions(50, 50**0.5) == pytest.approx(52)
    assert sphere_eigenfunctions(7, 0.0) == pytest.approx(1)
    assert np.all(np.diff(sphere_eigenfunctions(3, np.linspace(0, 9, 50))) > 0)


def test_is_the_formula_of_the_blog():
    m, d, n, error, ratio, bound = 5, 4, 50, 0.02, 1.7, 1.5
    top = 2 * math.pi * ratio
    degree = (math.sqrt((m - 1) ** 2 + 4 * top**2) - (m - 1)) / 2
    c = math.sqrt(m / 6) * (2 * math.pi ** ((m + 1) / 2) * d / math.gamma((m + 1) / 2)) ** (1 / m)
    logs = math.log2(bound) + 1.5 * math.log2(d) + math.log2(degree) - math.log2(n) / m - math.log2(error) + math.log2(c)
    expected = (2 * d**2 * sphere_eigenfunctions(m, top) - n * d) * logs
    for radius in (1.0, 3.0):
        found = generalization_difficulty(m, radius / ratio, n, error, radius=radius, outputs=d, pieces=d, bound=bound)
        assert found == pytest.approx(expected)


def test_values_in_the_authors_figures():
    images = [(14, 2.39871, 60_000, 0.001, 17.17905, 16), (19, 1.5767, 73_257, 0.01, 53.86932, 31), (27, 2.75064, 50_000, 0.01, 54.91568, 32.5)]
    for m, resolution, examples, error, radius, exponent in images:  # MNIST, SVHN, CIFAR10
        found = generalization_difficulty(m, resolution, examples, error, radius=radius, outputs=9, pieces=10)
        assert math.log10(found) == pytest.approx(exponent, abs=1)
    assert math.log10(generalization_difficulty(48, **IMAGENET)) == pytest.approx(41.5, abs=0.2)
    assert math.log10(generalization_difficulty(99, **IMAGENET)) == pytest.approx(50, abs=0.2)


def test_a_dimension_multiplies_it_by_less_and_less_as_in_their_figure():
    bits = np.array([generalization_difficulty(m, **IMAGENET) for m in (48, 49, 99, 100)])
    assert bits[1] / bits[0] == pytest.approx(2.0, abs=0.02)
    assert bits[3] / bits[2] == pytest.approx(1.17, abs=0.02)


def test_nothing_is_left_when_the_examples_suffice():
    enough = sufficient_examples(2, 2 * math.pi / 12**0.5)
    assert enough == pytest.approx(2 * 16)
    assert sufficient_examples(2, 2 * math.pi * 5 / 12**0.5, radius=5.0, pieces=3) == pytest.approx(3 * enough)
    assert generalization_difficulty(2, 2 * math.pi / 12**0.5, 31, 1e-3) > 0
    assert generalization_difficulty(2, 2 * math.pi / 12**0.5, 33, 1e-3) == 0


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="at least 1"):
        sphere_eigenfunctions(0.5, 3.0)
    with pytest.raises(Problem, match="at least 0"):
        sphere_eigenfunctions(2, -1.0)
    with pytest.raises(Problem, match="above 0"):
        generalization_difficulty(2, 1.0, 0, 0.1)
    with pytest.raises(Problem, match="above 0"):
        sufficient_examples(2, 0.0)
