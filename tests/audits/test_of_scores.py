"""Answers as arrays say what the model says that gave them."""

import numpy as np
import pytest

from unseen import audit
from unseen._problem import Problem

RNG = np.random.default_rng(0)
LOGITS = RNG.standard_normal((120, 3))
Y = np.where(RNG.random(120) < 0.7, LOGITS.argmax(axis=1), RNG.integers(3, size=120))


def readings(found, name):
    return [(one.name, one.value, one.interval) for one in found.readings[name]]


def test_scores_say_what_the_model_says():
    sites = {"site": np.where(np.arange(120) % 2, "a", "b")}
    alone = audit(LOGITS, test=Y, groups=sites)
    asked = audit(lambda x: x, test=(LOGITS, Y), groups=sites)
    for name in ("accuracy", "calibration", "margins", "groups"):
        assert readings(alone, name) == readings(asked, name)
    assert {"reliance", "distance", "paths"} <= set(alone.skipped)
    assert alone.subject.test.x is None and alone.subject.ask is None


def test_training_scores_give_the_gap():
    found = audit(LOGITS[:60], test=Y[:60], train=(LOGITS[60:], Y[60:]))
    assert readings(found, "gap") == readings(audit(lambda x: x, test=(LOGITS[:60], Y[:60]), train=(LOGITS[60:], Y[60:])), "gap")


def test_numbers_and_names():
    y = RNG.standard_normal(50)
    assert audit(y + 0.1, test=y).subject.kind == "numbers"
    assert audit([0.9, 0.2, 0.7], test=["yes", "no", "yes"]).readings["accuracy"][0].value == 1.0


def test_refused():
    with pytest.raises(Problem, match="test: expected as many as there are examples"):
        audit(LOGITS, test=Y[:5])
    with pytest.raises(Problem, match="labels of test: expected one for each example, got tuple of unequal parts"):
        audit(LOGITS, test=(LOGITS, Y))
    with pytest.raises(Problem, match=r"train: expected a pair \(scores, labels\)"):
        audit(LOGITS, test=Y, train=LOGITS)


def test_what_holds_for_models_holds_for_answers():
    assert len(audit(LOGITS, test=Y, limit=30).subject.test) == 30
    assert len(audit(LOGITS[:60], test=Y[:60], new=LOGITS[60:]).subject.new) == 60
    history = np.stack([Y[60:], (Y[60:] + 1) % 3])
    assert "forgetting" in audit(LOGITS[:60], test=Y[:60], train=(LOGITS[60:], Y[60:]), history=history).readings
    with pytest.raises(Problem, match=r"labels of test: expected classes, got numbers such as 0\.5"):
        audit(LOGITS, test=np.where(Y == 2, 0.5, Y), regression=False)
