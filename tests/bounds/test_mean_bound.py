import numpy as np
import pytest

from unseen._problem import Problem
from unseen.bounds.mean_bound import MeanBound


def test_it_says_what_it_is():
    bound = MeanBound(1.2, 0.1, "samples", {"independent": None})
    assert bound.vacuous and "vacuous" in str(bound)
    assert MeanBound(float("nan"), 0.1, "samples", {}).vacuous
    assert not MeanBound(1.2, 0.1, "samples", {}, trivial=2.0).vacuous
    assert MeanBound(0.3, 0.1, "masks", {}).slack == pytest.approx(0.2)
    assert "over masks" in str(MeanBound(0.3, 0.1, "masks", {}))


def test_an_assumption_found_false_gives_no_bound():
    with pytest.raises(Problem, match="masks repeat"):
        MeanBound(0.1, 0.0, "masks", {"masks repeat": False})


def test_of_one_sample_it_holds_by_markov_and_not_by_itself():
    """Losses whose mean is known exactly: 1 with chance 0.04, else 0, on average 0.04; the mean is exceeded by 4 samples in 100."""
    rng, bound = np.random.default_rng(0), MeanBound(0.04, 0.0, "samples", {"independent": None})
    losses = rng.random(4000) < 0.04
    told = bound.at(0.05)
    assert np.mean(losses > told.value) <= 0.05 and told.delta == 0.05 and told.assumptions == bound.assumptions
    assert np.mean(losses > bound.at(0.03).value) == 0, "where δ is below the mean nothing is said"
    assert bound.at(0.03).vacuous
    assert np.mean(losses > bound.value) > 0.03, "the mean is no limit of one sample at δ = 0.03"
    with pytest.raises(Problem, match="delta"):
        bound.at(0.0)
