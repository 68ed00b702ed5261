"""When a run is looked at and when it ends."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from unseen._types import Problem
from unseen.engine.schedule import AtEnd, Every, LinSpaced, LogSpaced, Stop


@hypothesis.given(n=st.integers(2, 60), last=st.integers(1, 10**6), kind=st.sampled_from([LogSpaced, LinSpaced, Every]))
def test_steps_are_in_order_from_0_to_the_last(n: int, last: int, kind: type) -> None:
    steps = kind(n).steps(last)
    assert steps[0] == 0
    assert steps[-1] == last
    assert steps == sorted(set(steps))
    assert all(type(step) is int for step in steps)
    if kind is not Every:
        assert len(steps) <= n


def test_spacing() -> None:
    ratios = np.diff(np.log1p(LogSpaced(20).steps(10**6)[5:]))
    np.testing.assert_allclose(ratios, ratios[0], rtol=0.02)
    assert LinSpaced(3).steps(9) in ([0, 4, 9], [0, 5, 9])
    assert Every(4).steps(8) == [0, 4, 8]
    assert Every(100).steps(8) == [0, 8]
    assert LogSpaced(40).steps(1) == [0, 1]
    assert AtEnd().steps(8) == [8]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: LogSpaced(1), "LogSpaced.n: expected at least 2 recorded steps, got 1"),
        (lambda: LinSpaced("many"), "LinSpaced.n: expected at least 2 recorded steps, got 'many'"),
        (lambda: Every(0), "Every.n: expected a distance of at least 1 step, got 0"),
        (lambda: Stop("loss"), "exactly one of above= and below="),
        (lambda: Stop("loss", above=1, below=2), "exactly one of above= and below="),
        (lambda: Stop("loss", above=1, patience=-1), "Stop.patience: expected a whole number ≥ 0, got -1"),
    ],
)
def test_refused(make, match: str) -> None:
    with pytest.raises(Problem, match=match):
        make()


def test_stop() -> None:
    assert not Stop("loss", below=1.0).met({"loss": [1.0]})
    assert Stop("loss", below=1.0).met({"loss": [3.0, 0.9]})
    assert not Stop("loss", below=1.0).met({"loss": [0.9, 3.0]})
    assert not Stop("loss", below=1.0).met({"loss": [np.nan]})
    patient = Stop("accuracy", above=0.9, patience=2)
    assert not patient.met({"accuracy": [1.0, 1.0]})
    assert not patient.met({"accuracy": [1.0, 0.5, 1.0, 1.0]})
    assert patient.met({"accuracy": [0.5, 1.0, 1.0, 1.0]})
    with pytest.raises(Problem, match=r"unknown metric in stop= 'acuracy'. Did you mean 'accuracy'"):
        Stop("acuracy", above=0.9).met({"accuracy": [1.0]})
