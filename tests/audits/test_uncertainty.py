"""Intervals hold what they say, by simulation where the truth is known."""

import numpy as np
import pytest

from unseen.audits.uncertainty import jackknife, median_interval


def test_the_jackknife_of_a_mean_is_that_of_statistics():
    x = np.random.default_rng(0).normal(size=400)
    value, (low, high) = jackknife(lambda at: float(x[at].mean()), 400, groups=400)
    assert value == x.mean()
    assert (high - low) / 2 == pytest.approx(1.966 * x.std(ddof=1) / 20, rel=1e-3)


def test_intervals_cover():
    rng, ratios, medians = np.random.default_rng(1), [], []
    for _ in range(400):
        x, y = rng.exponential(size=(2, 200))
        low, high = jackknife(lambda at: float((x[at].mean() + 1) / y[at].mean()), 200)[1]  # noqa: B023
        ratios.append(low <= 2 <= high)
        low, high = median_interval(x[:60])
        medians.append(low <= np.log(2) <= high)
    assert 0.91 < np.mean(ratios) < 0.98
    assert 0.93 < np.mean(medians) < 0.995
    assert median_interval(np.arange(5.0)) == (-np.inf, np.inf)
    assert jackknife(lambda at: 1.0, 1) == (1.0, (-np.inf, np.inf))
