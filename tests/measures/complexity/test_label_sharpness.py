"""Against all pairs in plain Python, by hand, and under what the docstring says leaves it, or changes it."""

import itertools

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.complexity.label_sharpness import label_sharpness


def data(n=40, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2, 3)), rng.integers(classes, size=n)


def by_pairs(x, y):
    pairs = itertools.combinations(range(len(x)), 2)
    return max(float(y[i] != y[j]) / np.sqrt(((x[i] - x[j]) ** 2).sum()) for i, j in pairs if (x[i] != x[j]).any())


@pytest.mark.parametrize("classes", [2, 3])
def test_is_the_largest_slope_over_all_pairs(classes):
    for seed in range(5):
        x, y = data(classes=classes, seed=seed)
        assert label_sharpness(x, y) == pytest.approx(by_pairs(x, y))
        assert label_sharpness(x, 7 - 2 * y) == pytest.approx(by_pairs(x, y))


def test_near_examples_of_one_class_and_equal_inputs_do_not_count():
    x = np.array([[0.0], [0.001], [1.0], [1.0], [3.0]])
    assert label_sharpness(x, np.array([0, 0, 1, 0, 1])) == pytest.approx(1 / 0.999)
    assert label_sharpness(x, np.zeros(5, int)) == 0
    assert label_sharpness(np.ones((2, 1)), np.array([0, 1])) == 0


def test_scale_divides_it_rotation_and_shift_do_nothing_and_examples_only_raise_it():
    x, y = data()
    flat = x.reshape(len(x), -1)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    first = label_sharpness(x, y)
    assert label_sharpness(5 * flat @ rotation + 2, y) == pytest.approx(first / 5)
    assert all(label_sharpness(x[:n], y[:n]) <= first for n in range(1, len(x)))


@pytest.mark.parametrize(("x", "y"), [(np.array([[np.nan], [0.0]]), np.arange(2)), (np.ones((0, 1)), np.arange(0))])
def test_says_what_is_wrong(x, y):
    with pytest.raises(Problem, match="one label each"):
        label_sharpness(x, y)
