"""Which class a score stands for, and what is refused."""

import numpy as np
import pytest

from unseen import audit
from unseen._types import Problem
from unseen.audits.scores import as_numbers, finite_labels, named_by

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4))
Y = np.arange(60) % 3


def scores(x):
    """Right about classes 0, 1, 2 that lie along the first three inputs."""
    return x[:, :3]


BEST = X[:, :3].argmax(axis=1)


def test_whole_numbers_are_places_among_the_scores():
    assert named_by({"test": np.array([0, 2, 2])}, (3, 4)) == (0, 1, 2, 3), "a class that no example has keeps its place"
    some = BEST != 1
    assert audit(scores, test=(X[some], BEST[some])).readings["accuracy"][0].value == 1.0
    with pytest.raises(Problem, match=r"labels: expected 0 to 2, the places of the model's 3 scores, got \[0, 1, 7\]. .*pass classes="):
        audit(scores, test=(X, np.where(BEST == 2, 7, BEST)))
    with pytest.raises(Problem, match=r"got \[-100, 0, 1\]"):
        audit(scores, test=(X, np.where(BEST == 2, -100, BEST)))
    assert named_by({"test": np.array([0, 1, 2, 7, -100])}, (5, 3)) == (0, 1, 2), "more labels than scores are no other names of them"
    assert audit(scores, test=(X, np.where(BEST == 2, 7, BEST)), classes=[0, 1, 7]).readings["accuracy"][0].value == 1.0


def test_one_score_stands_for_two_classes_whatever_labels_there_are():
    zeros = np.zeros(60, int)
    found = audit(lambda x: x[:, :1], test=(X, zeros), train=(X, zeros))
    assert found.readings["accuracy"][0].value == pytest.approx((X[:, 0] <= 0).mean())
    with pytest.raises(Problem, match=r"labels: expected 2 classes"):
        audit(lambda x: x[:, :1], test=(X, np.full(60, "no")))
    assert named_by({"test": np.array([True, False])}, (2,)) == (False, True)
    assert named_by({"test": np.array(["b", "a"])}, (2, 2)) == ("a", "b")


def test_what_is_no_number():
    with pytest.raises(Problem, match=r"labels of test: expected finite numbers, got nan for example 2"):
        finite_labels(np.array([0.0, 1.0, np.nan]), "labels of test")
    with pytest.raises(Problem, match="model on test: expected numbers"):
        as_numbers(np.array([["a", "b"]]), "test")
