import numpy as np
import pytest

from rates import CLAIMS, SEEDS, most, supported
from unseen._problem import Problem
from unseen.evidence.trend import Trend


@pytest.mark.parametrize("n", SEEDS)
def test_trend_without_one_is_supported_at_most_at_the_nominal_rate(n):
    rng = np.random.default_rng(5)
    verdicts = np.array([Trend(np.arange(n), y).judge().verdict for y in rng.normal(size=(CLAIMS[n], n))])
    assert np.mean(verdicts == "supported") <= most(0.05, CLAIMS[n])
    assert np.mean(verdicts == "contradicted") <= most(0.05, CLAIMS[n])


def test_trend_within_groups_keeps_its_level_though_groups_differ():
    rng = np.random.default_rng(6)
    groups = np.repeat([0, 1, 2], 4)
    data = rng.normal(size=(300, 2, 12)) + 5 * groups
    assert supported(Trend(x, y, groups=groups) for x, y in data) <= 0.09
    assert supported(Trend(x, y) for x, y in data) > 0.9  # what the groups guard against


def test_trend_finds_a_strong_one():
    rng = np.random.default_rng(7)
    data = np.arange(8) + 0.5 * rng.normal(size=(200, 8))
    assert supported(Trend(np.arange(8), y, minimal=0.5) for y in data) >= 0.9
    assert supported(Trend(np.arange(8), -y, direction=-1) for y in data) >= 0.9


def test_trend_verdicts():
    x = np.arange(12)
    assert Trend(x, -(x**3)).judge().verdict == "contradicted"
    assert Trend(x, x, direction=-1).judge().verdict == "contradicted"
    weak = np.tile([3, 1, 2], 40)
    assert Trend(np.arange(120), weak, minimal=0.5).judge().verdict == "contradicted"
    assert Trend(x, np.ones(12)).judge().verdict == "inconclusive"
    assert Trend([1, 2, 3], [1, 2, 3]).judge().verdict == "inconclusive"  # 3 points: the smallest possible p is 1/6
    assert Trend([1, 2, 3, 4], [1, 2, 3, 4]).judge().verdict == "supported"


def test_trend_problems():
    for arguments, message in (
        ({"direction": 2}, "direction"),
        ({"minimal": -0.5}, "minimal"),
        ({"y": [1, 2]}, "equal lengths"),
        ({"groups": [0]}, "equal lengths"),
    ):
        with pytest.raises(Problem, match=message):
            Trend(**({"x": [1, 2, 3], "y": [1, 2, 3]} | arguments)).judge()
