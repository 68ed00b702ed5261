"""The identities hold for any predictions whatever, and the constant is the right one."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from unseen._types import Problem
from unseen.bounds.rationality import deviation_information, label_noise, rationality_gaps

CLASSES = 4


def procedures():
    """Noisy labels and predictions [draws, n] of learners that follow a given label with a chance, else the true one with another."""
    rng = np.random.default_rng(0)
    for follow, right, rate in [(0.0, 0.9, 0.1), (1.0, 0.9, 0.1), (0.3, 0.5, 0.05), (0.02, 1.0, 0.5), (0.05, 0.7, 0.3), (0.01, 0.8, 0.5), (0.6, 0.2, 0.9)] * 5:
        y = rng.integers(CLASSES, size=200)
        noisy = label_noise(rng, y, CLASSES, rate, 50)
        own = np.where(rng.random(noisy.shape) < right, y, rng.integers(CLASSES, size=noisy.shape))
        yield y, noisy, np.where(rng.random(noisy.shape) < follow, noisy, own)


def test_limit_holds_and_half_of_it_is_the_least():
    slack = []
    for y, noisy, predicted in procedures():
        found = rationality_gaps(0.9, 0.8, predicted, y, noisy, CLASSES)
        signed = float((predicted == y).mean() - (predicted == y)[noisy != y].mean())
        assert found.memorization == pytest.approx(max(0.0, signed))
        slack.append(found.memorization / found.limit)
    assert max(slack) <= 0.5 + 1e-12
    rng = np.random.default_rng(1)  # a little of a fair coin is learned: Pinsker's inequality is then an equality
    y = np.zeros(100_000, int)
    noisy = label_noise(rng, y, 2, 0.5, 20)
    predicted = np.where(rng.random(noisy.shape) < 0.1, noisy, rng.integers(2, size=noisy.shape))
    found = rationality_gaps(1.0, 1.0, predicted, y, noisy, 2)
    assert found.memorization / found.limit == pytest.approx(0.5, rel=0.01)


def test_sum_is_never_below_the_gap():
    rng = np.random.default_rng(2)
    for y, noisy, predicted in procedures():
        train, test = rng.random(2)
        found = rationality_gaps(train, test, predicted, y, noisy, CLASSES)
        assert found.total >= train - test - 1e-12
        assert found.bound >= found.total - 1e-12
        assert min(found) >= 0


def test_information_against_another_implementation_and_its_bias():
    y, noisy, predicted = next(procedures())
    expected = mutual_info_score(((predicted - y) % CLASSES).ravel(), ((noisy - y) % CLASSES).ravel())
    assert deviation_information(predicted, y, noisy, CLASSES) == pytest.approx(expected, abs=1e-12)
    rng = np.random.default_rng(3)
    nothing = [
        deviation_information(*rng.integers(CLASSES, size=(2, 1, 500))[:1], np.zeros(500, int), rng.integers(CLASSES, size=(1, 500)), CLASSES)
        for _ in range(2000)
    ]
    assert np.mean(nothing) == pytest.approx((CLASSES - 1) ** 2 / 1000, rel=0.1)


def test_noise():
    y = np.random.default_rng(4).integers(CLASSES, size=500)
    noisy = label_noise(np.random.default_rng(5), y, CLASSES, 0.2, 100)
    assert (noisy != y).mean() == pytest.approx(0.2, abs=0.01)
    moved = ((noisy - y) % CLASSES)[noisy != y]
    np.testing.assert_allclose(np.bincount(moved, minlength=CLASSES) / len(moved), [0, 1 / 3, 1 / 3, 1 / 3], atol=0.02)


def test_bad_input():
    y = np.array([0, 1])
    with pytest.raises(Problem, match="some labels"):
        rationality_gaps(1.0, 1.0, y[None], y, y[None], 2)
    with pytest.raises(Problem, match="predicted, noisy"):
        rationality_gaps(1.0, 1.0, y, y, y[None], 2)
    with pytest.raises(Problem, match="rate"):
        label_noise(np.random.default_rng(0), y, 2, 1.5, 1)
