"""Four clusters: against Monte Carlo of the definition and training sets that are drawn."""

import jax
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.classification.xor_clusters import averaged, best_error, simulate_averaged


@pytest.mark.parametrize("norm", [0.5, 1.5, 3.0])
def test_the_best_error_by_its_definition(norm):
    x = np.random.default_rng(0).standard_normal((400_000, 2))
    wrong = np.mean(np.abs(norm + x[:, 0]) < np.abs(x[:, 1]))
    assert abs(wrong - best_error(norm)) < 4 * np.sqrt(0.25 / 400_000)


@pytest.mark.parametrize(("norm", "n", "p", "flip_rate"), [(5.0, 160, 600, 0.15), (4.0, 100, 300, 0.0), (5.0, 60, 1000, 0.2)])
def test_simulation(norm, n, p, flip_rate):
    found = simulate_averaged(jax.random.key(0), norm, n, p, flip_rate, repetitions=40)
    predicted = np.array(averaged(norm, n, p, flip_rate))
    error = found.std(axis=0) / np.sqrt(40)
    assert (np.abs(found.mean(axis=0) - predicted) < 4 * error + [0.005, 0, 0.02]).all()  # sums of few terms are not quite normal
    swapped = np.array(averaged(norm, n, p // 4, flip_rate))
    assert (np.abs(found.mean(axis=0) - swapped)[[0, 2]] > 4 * error[[0, 2]] + 0.02).any()  # another dimension is told from it


def test_limits():
    """Endless dimension: all is remembered, nothing learned; endless examples: the quadratic rule is the best one, and nothing is remembered linearly."""
    wide, many = averaged(5.0, 100, 10**9, 0.1), averaged(2.0, 10**8, 20, 0.1)
    assert wide.train_linear > 1 - 1e-9
    assert abs(wide.test_quadratic - 0.5) < 0.01
    np.testing.assert_allclose([many.train_linear, many.test_quadratic], [0.5, 1 - best_error(2.0)], atol=1e-3)
    np.testing.assert_allclose(averaged(5.0, 100, 100, 0.5).test_quadratic, 0.5)
    assert best_error(0.0) == 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: averaged(0.0, 10, 10), "norm, n, p: expected above 0"),
        (lambda: averaged(1.0, 10, 1), "norm, n, p: expected above 0"),
        (lambda: averaged(1.0, 10, 10, 0.6), "flip_rate: expected a chance"),
        (lambda: best_error(-1.0), "norm: expected at least 0"),
        (lambda: simulate_averaged(jax.random.key(0), 1.0, 0, 10), "norm, n, p: expected"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
