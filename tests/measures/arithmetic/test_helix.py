"""Helices that were made by hand, states without any, and predictions left out one by one."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from unseen._problem import Problem
from unseen.measures.arithmetic.helix import basis, helix


def made(numbers, width=30, noise=0.0, seed=0):
    """States on a helix of random directions, with noise."""
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(size=(9, width)) * np.r_[0.02, np.ones(8)][:, None]
    return 3 + basis(numbers) @ coefficients + noise * rng.normal(size=(len(numbers), width)), coefficients


def test_a_helix_is_found_and_goes_on():
    states, coefficients = made(np.arange(60))
    fit = helix(states, np.arange(60))
    assert fit.share == pytest.approx(1.0, abs=1e-9)
    assert fit.left_out == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(fit.at([75, 12.0]), 3 + basis([75, 12.0]) @ coefficients, atol=1e-8)


def test_share_is_that_of_a_linear_regression():
    states, _ = made(np.arange(80), noise=1.0)
    fit = helix(states, np.arange(80), components=None)
    plain = LinearRegression().fit(basis(np.arange(80)), states)
    expected = plain.predict(basis(np.arange(80)))
    assert fit.share == pytest.approx(1 - np.sum((states - expected) ** 2) / np.sum((states - states.mean(axis=0)) ** 2))
    np.testing.assert_allclose(fit.at(np.arange(80)), expected, atol=1e-8)


def test_left_out_one_by_one():
    numbers, (states, _) = np.arange(25), made(np.arange(25), noise=0.5)
    wrong = rival = 0.0
    for i in numbers:
        rest = np.delete(numbers, i)
        wrong += np.sum((states[i] - LinearRegression().fit(basis(rest), states[rest]).predict(basis([i]))[0]) ** 2)
        rival += np.sum((states[i] - states[rest].mean(axis=0)) ** 2)
    assert helix(states, numbers, components=None).left_out == pytest.approx(1 - wrong / rival)


def test_states_without_a_helix_are_at_chance():
    rng = np.random.default_rng(1)
    fits = [helix(rng.normal(size=(50, 12)), np.arange(50)) for _ in range(100)]
    assert fits[0].chance == pytest.approx(8 / 49), "nine columns, one of them zero at whole numbers"
    assert np.mean([fit.share for fit in fits]) == pytest.approx(8 / 49, abs=0.01)
    assert np.mean([fit.left_out for fit in fits]) < 0


def test_only_the_first_directions_count():
    """A helix in directions of little variance is lost when only the others are looked at; turning the states changes nothing."""
    rng, numbers = np.random.default_rng(2), np.arange(60)
    loud = 100 * rng.normal(size=(60, 3))
    states = np.concatenate([loud, made(numbers, width=10)[0]], axis=1)
    assert np.abs(helix(states, numbers, components=3).coefficients[:, 3:]).max() < 0.2 * np.abs(helix(states, numbers).coefficients[:, 3:]).max()
    turn = np.linalg.qr(rng.normal(size=(13, 13)))[0]
    one, other = helix(states, numbers), helix(states @ turn, numbers)
    assert one.share == pytest.approx(other.share)
    np.testing.assert_allclose(one.at([70]) @ turn, other.at([70]), atol=1e-6)


@pytest.mark.parametrize(("shape", "count"), [((10, 4), 10), ((20, 4), 19), ((20,), 20)])
def test_wrong_shapes(shape, count):
    with pytest.raises(Problem, match="states, numbers: expected states"):
        helix(np.zeros(shape), np.arange(count))
