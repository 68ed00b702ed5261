import numpy as np
import pytest

from rates import FEWER, most, supported
from unseen._problem import Problem
from unseen.evidence.contrast import Contrast


def test_contrast_without_an_effect_is_supported_at_most_at_the_nominal_rate():
    """The same for 1,000 claims, more seeds and other data is in test_stats.py, on the interval that decides."""
    rng = np.random.default_rng(0)
    arms = rng.normal(size=(FEWER, 2, 3))
    verdicts = [Contrast(t + 0.1, c, minimal=0.1).judge().verdict for t, c in arms]
    assert np.mean(np.array(verdicts) == "supported") <= most(0.025, FEWER)
    assert np.mean(np.array(verdicts) == "contradicted") <= most(0.025, FEWER)


def test_contrast_of_ratios_of_lognormal_data_keeps_its_level_and_finds_large_ones():
    rng = np.random.default_rng(1)
    arms = rng.lognormal(sigma=0.5, size=(FEWER, 2, 5))
    assert supported(Contrast(2 * t, c, minimal=2.0, statistic="ratio") for t, c in arms) <= most(0.025, FEWER)
    assert supported(Contrast(12 * t, c, minimal=2.0, statistic="ratio") for t, c in arms) >= 0.9


def test_contrast_verdicts():
    low, high = [0.50, 0.52, 0.51], [0.90, 0.92, 0.91]
    found = Contrast(high, low, minimal=0.1).judge()
    assert found.verdict == "supported"
    assert found.effect == pytest.approx(0.4)
    assert found.interval[0] < 0.4 < found.interval[1]
    assert found.n == 3
    assert Contrast(high, low, minimal=0.6).judge().verdict == "contradicted"
    assert Contrast(low, high, minimal=0.0).judge().verdict == "contradicted"
    assert Contrast(high, low, minimal=0.4).judge().verdict == "inconclusive"
    assert Contrast(low, [0.50, 0.53, 0.51], minimal=-0.1).judge().verdict == "supported"  # no worse than by 0.1


def test_contrast_of_constant_arms():
    assert Contrast(np.ones(3), np.zeros(3), minimal=0.5).judge().verdict == "supported"
    assert Contrast(np.ones(3), np.ones(3), minimal=0.0).judge().verdict == "contradicted"


def test_contrast_paired_removes_what_seeds_share():
    shared = np.array([0.0, 10.0, 20.0, 30.0])
    treatment = shared + np.array([1.0, 1.1, 0.9, 1.0])
    assert Contrast(treatment, shared, minimal=0.5).judge().verdict == "inconclusive"
    assert Contrast(treatment, shared, minimal=0.5, paired=True).judge().verdict == "supported"


def test_contrast_ratio_is_of_geometric_means():
    found = Contrast([2.0, 8.0, 4.0], [1.0, 1.0, 1.0], minimal=1.0, statistic="ratio").judge()
    assert found.effect == pytest.approx(4.0)


def test_contrast_censored_treatment_counts_as_its_budget_and_can_only_be_larger():
    slow, fast = [np.inf, np.inf, np.inf], [100.0, 110.0, 120.0]
    found = Contrast(slow, fast, minimal=5.0, statistic="ratio", censored_at=1000.0).judge()
    assert found.verdict == "supported"
    assert found.effect == pytest.approx(1000 / np.cbrt(100 * 110 * 120))
    assert found.interval[1] == np.inf
    assert "3 censored" in found.sentence
    assert Contrast(slow, fast, minimal=50.0, statistic="ratio", censored_at=1000.0).judge().verdict == "inconclusive"  # may still be 50 times
    assert Contrast(slow, fast, minimal=5.0, statistic="ratio").judge().verdict == "inconclusive"  # no budget given: only "at least 120" is known


def test_contrast_censored_control_cannot_support():
    found = Contrast([100.0, 110.0, 120.0], [1.0, 2.0, np.inf], minimal=0.0, censored_at=1000.0).judge()
    assert found.verdict == "inconclusive"
    assert found.interval[0] == -np.inf
    never = Contrast([np.inf] * 3, [np.inf] * 3, minimal=1.0, statistic="ratio").judge()
    assert never.verdict == "inconclusive"
    assert never.tested


def test_contrast_ratio_to_zero_is_conservative():
    found = Contrast([0.5, 0.6, 0.7], [0.0, 0.01, 0.01], minimal=5.0, statistic="ratio").judge()
    assert found.verdict == "supported"
    assert found.interval[1] == np.inf


def test_contrast_counts_diverged_seeds():
    ten = np.linspace(1, 1.1, 10)
    one = Contrast(np.append(ten[1:], np.nan), ten - 1, minimal=0.5).judge()
    assert one.verdict == "supported"
    assert "1 diverged" in one.sentence
    many = Contrast(np.append(ten[3:], [np.nan] * 3), ten - 1, minimal=0.5).judge()
    assert many.verdict == "inconclusive"
    assert "3 of 10 treatment seeds diverged" in many.sentence
    assert not many.tested
    assert Contrast([1.0, 1.0], [0.0, 0.0], minimal=0.5).judge().verdict == "inconclusive"
    paired = Contrast(np.append(ten[1:], np.nan), np.append(np.nan, ten[1:] - 1), minimal=0.5, paired=True).judge()
    assert paired.n == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"treatment": []}, "treatment: expected one dimension"),
        ({"treatment": np.ones((3, 3))}, "treatment: expected one dimension"),
        ({"treatment": ["a", "b", "c"]}, "treatment: expected an array of numbers"),
        ({"treatment": np.ones(4), "paired": True}, "equally many seeds"),
        ({"treatment": -np.ones(3), "statistic": "ratio"}, "positive numbers for a ratio"),
        ({"minimal": 0.0, "statistic": "ratio"}, "positive numbers for a ratio"),
        ({"statistic": "quotient"}, "statistic: expected"),
        ({"center": "mode"}, "center: expected"),
        ({"censored_at": 0.5}, "censored_at: expected at least"),
    ],
)
def test_contrast_problems(arguments, message):
    with pytest.raises(Problem, match=message):
        Contrast(**({"treatment": np.ones(3), "control": np.ones(3), "minimal": 1.0} | arguments)).judge()
