import dataclasses

import numpy as np
import pytest
from scipy import stats as scipy_stats

from unseen._problem import Problem
from unseen.evidence.certificate import Certificate


@pytest.mark.parametrize("n", [36, 60])
def test_certificate_that_fails_twice_as_often_as_promised_is_supported_at_most_at_the_nominal_rate(n):
    """Exact: the verdict depends on the number of violations only, which is binomial."""
    verdicts = np.array([Certificate(np.full(n, 0.5), np.arange(n) < k, delta=0.05).judge().verdict for k in range(n + 1)])
    chance = {rate: scipy_stats.binom.pmf(np.arange(n + 1), n, rate) for rate in (0.001, 0.05, 0.1, 0.5)}
    assert chance[0.1][verdicts == "supported"].sum() <= 0.025
    assert chance[0.05][verdicts == "contradicted"].sum() <= 0.025
    assert chance[0.001][verdicts == "supported"].sum() >= 0.9
    assert chance[0.5][verdicts == "contradicted"].sum() >= 0.9


def test_certificate_verdicts():
    bound, truth = np.full(100, 0.4), np.full(100, 0.2)
    found = Certificate(bound, truth, delta=0.05).judge()
    assert found.verdict == "supported"
    assert found.details["tightness"] == pytest.approx(0.2)
    assert found.interval == pytest.approx((0.0, 1 - 0.025**0.01))
    assert Certificate(truth, bound, delta=0.05).judge().verdict == "contradicted"
    few = Certificate(bound[:20], truth[:20], delta=0.05).judge()
    assert few.verdict == "inconclusive"
    assert "at least 36" in few.sentence
    assert few.details["needed"] == 36
    assert Certificate(bound[:36], truth[:36], delta=0.05).judge().verdict == "supported"
    assert Certificate(bound[:35], truth[:35], delta=0.05).judge().verdict == "inconclusive"


def test_certificate_that_says_nothing():
    for bound in (np.full(100, 3.0), np.full(100, np.inf)):
        empty = Certificate(bound, np.full(100, 0.2), delta=0.05)
        assert empty.judge().verdict == "inconclusive"
        assert "vacuous" in empty.judge().sentence
        assert dataclasses.replace(empty, require_nonvacuous=False).judge().verdict == "supported"


def test_certificate_problems():
    with pytest.raises(Problem, match="one each"):
        Certificate(np.ones(3), np.ones(4), delta=0.1).judge()
    with pytest.raises(Problem, match="delta"):
        Certificate(np.ones(3), np.ones(3), delta=0.6).judge()
