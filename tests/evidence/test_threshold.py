import numpy as np
import pytest

from rates import FEWER, SEEDS, most, supported
from unseen._problem import Problem
from unseen.evidence.threshold import Threshold


@pytest.mark.parametrize("n", SEEDS)
def test_threshold_at_the_edge_of_the_prediction_is_supported_at_most_at_the_nominal_rate(n):
    rng = np.random.default_rng(8)
    x = np.linspace(0, 10, 6)
    curves = x - 5 + 0.3 * rng.normal(size=(FEWER, n, 1))
    rate = supported(Threshold(x, c, level=0.0, predicted=(5.0, np.inf), monotone=False) for c in curves)
    assert rate <= most(0.025, FEWER)


def test_threshold_finds_what_lies_well_inside():
    rng = np.random.default_rng(9)
    x = np.linspace(0, 10, 21)
    curves = np.tanh(x - 5 + 0.1 * rng.normal(size=(100, 3, 1))) + 0.02 * rng.normal(size=(100, 3, 21))
    assert supported(Threshold(x, c, level=0.0, predicted=(4.0, 6.0)) for c in curves) >= 0.9


def test_threshold_verdicts():
    x = np.linspace(0, 10, 11)
    curves = x + np.array([-0.1, 0.0, 0.1])[:, None]
    found = Threshold(x, curves, level=4.5, predicted=(4, 5)).judge()
    assert found.verdict == "supported"
    assert found.effect == pytest.approx(4.5)
    assert Threshold(x, curves, level=4.5, predicted=(6, np.inf)).judge().verdict == "contradicted"
    assert Threshold(x, curves, level=4.5, predicted=(4.5, 9)).judge().verdict == "inconclusive"
    assert Threshold(x, -curves, level=-4.5, predicted=(4, 5)).judge().verdict == "supported"  # falling, seen from the curves
    assert Threshold(x, -curves, level=-4.5, predicted=(4, 5), rising=True).judge().verdict == "contradicted"  # beyond from the start
    assert Threshold(x, np.ones((3, 11)), level=0.5, predicted=(4, 5)).judge().verdict == "inconclusive"


def test_threshold_with_curves_that_never_cross_or_end_early():
    x = np.linspace(0, 10, 11)
    curves = np.stack([x - 0.1, x, x + 0.1, 0.1 * x])
    found = Threshold(x, curves, level=5.0, predicted=(4, 30)).judge()
    assert found.verdict == "inconclusive"
    assert found.interval[1] == np.inf
    assert Threshold(x, np.stack([0.1 * x] * 3), level=5.0, predicted=(8, np.inf)).judge().verdict == "supported"
    stopped = np.where(np.arange(11) > 6, np.nan, curves[:3])
    assert Threshold(x, stopped, level=5.0, predicted=(4, 6)).judge().verdict == "supported"
    assert not Threshold(x, np.full((3, 11), np.nan), level=5.0, predicted=(4, 6)).judge().tested


def test_threshold_problems():
    x = np.linspace(0, 1, 4)
    for arguments, message in (
        ({"x": x[::-1]}, "increasing x"),
        ({"curves": np.ones((3, 5))}, "increasing x"),
        ({"predicted": (1.0, 0.0)}, "lowest < highest"),
        ({"center": "mode"}, "center"),
    ):
        with pytest.raises(Problem, match=message):
            Threshold(**({"x": x, "curves": np.tile(x, (3, 1)), "level": 0.5, "predicted": (0.0, 1.0)} | arguments)).judge()
