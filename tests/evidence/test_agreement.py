import numpy as np
import pytest

from rates import CLAIMS, SEEDS, most, supported
from unseen._problem import Problem
from unseen.evidence.agreement import Agreement


@pytest.mark.parametrize("n", SEEDS)
def test_agreement_with_a_prediction_wrong_by_the_tolerance_is_supported_at_most_at_the_nominal_rate(n):
    rng = np.random.default_rng(2)
    truth = np.array([1.0, 2.0, 3.0])
    simulated = truth + 0.02 * rng.normal(size=(CLAIMS[n], n, 3))
    assert supported(Agreement(s, truth + np.array([0.1, 0, 0]), rival=truth + 5, tolerance=0.1) for s in simulated) <= most(0.025, CLAIMS[n])


@pytest.mark.parametrize("n", SEEDS)
def test_agreement_with_a_true_prediction_is_rarely_contradicted_and_found(n):
    rng = np.random.default_rng(3)
    truth = np.array([1.0, 2.0, 3.0])
    simulated = truth + 0.02 * rng.normal(size=(CLAIMS[n], n, 3))
    verdicts = np.array([Agreement(s, truth, rival=truth + 1).judge().verdict for s in simulated])
    assert np.mean(verdicts == "contradicted") <= most(0.05, CLAIMS[n])
    assert np.mean(verdicts == "supported") >= 0.9
    assert supported(Agreement(s, truth, rival=truth + 1, tolerance=0.5) for s in simulated[:200]) >= 0.9


def test_agreement_verdicts():
    rng = np.random.default_rng(4)
    truth = np.linspace(0, 1, 5)
    simulated = truth + 0.01 * rng.normal(size=(20, 5))
    assert Agreement(simulated, truth, rival=truth**2).judge().verdict == "supported"
    assert Agreement(simulated, truth**2, rival=truth).judge().verdict == "contradicted"
    same = Agreement(simulated, truth, rival=truth).judge()
    assert same.verdict == "inconclusive"
    assert "cannot tell them apart" in same.sentence
    assert Agreement(simulated, truth, rival=truth + 0.05, tolerance=0.2).judge().verdict == "inconclusive"
    assert Agreement(simulated, truth + 0.05, rival=truth + 3, tolerance=0.2).judge().verdict == "supported"
    off = Agreement(simulated, truth + np.array([0, 0, 1, 0, 0]), rival=truth + 3, tolerance=[0.2, 0.2, 0.2, 0.2, 5]).judge()
    assert off.verdict == "contradicted"
    assert off.effect == pytest.approx(1, abs=0.02)
    assert off.details["worst_point"] == 2


def test_agreement_of_a_deterministic_simulation_allows_for_rounding():
    simulated = np.tile(np.float32(0.1) * np.arange(3, dtype=np.float32), (4, 1))
    assert Agreement(simulated, [0.0, 0.1, 0.2], rival=[1.0, 1.0, 1.0]).judge().verdict == "supported"


def test_agreement_problems():
    simulated = np.ones((4, 2))
    for arguments, message in (
        ({"predicted": [1.0]}, "predicted, rival: expected 2"),
        ({"rival": [1.0, np.nan]}, "predicted, rival: expected 2"),
        ({"tolerance": [1.0, 1.0, 1.0]}, "tolerance: expected one number or 2"),
        ({"tolerance": -1.0}, "tolerance: expected numbers"),
        ({"simulated": np.ones(4)}, "simulated: expected two dimensions"),
    ):
        with pytest.raises(Problem, match=message):
            Agreement(**({"simulated": simulated, "predicted": [1.0, 1.0], "rival": [2.0, 2.0]} | arguments)).judge()
    assert not Agreement(np.full((4, 2), np.nan), [1.0, 1.0], [2.0, 2.0]).judge().tested
