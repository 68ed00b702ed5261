"""Rules and facts, recomputed from what they gave."""

import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.planted.skills import NO, YES, facts, rule


def told_by(x, answer, places):
    """Whether the symbols at these places tell the answer of every string."""
    told = {}
    return all(told.setdefault(tuple(string[places]), one) == one for string, one in zip(x, answer, strict=True))


def test_a_rule_looks_at_so_many_places_and_no_others():
    x, answer = rule(np.random.default_rng(1), 2000, places=4, counted=1, used=8)
    assert sum(told_by(x, answer, [place]) for place in range(4)) == 1
    x, answer = rule(np.random.default_rng(2), 2000, places=4, counted=2, used=8)
    assert not any(told_by(x, answer, [place]) for place in range(4))
    pairs = [(i, j) for i in range(4) for j in range(i)]
    assert sum(told_by(x, answer, list(pair)) for pair in pairs) == 1


def test_a_rule_adds_up_scores():
    """Two strings that are YES and exchange their symbols at a place cannot both become NO: their scores still have the same sum."""
    x, answer = rule(np.random.default_rng(3), 100, places=3, counted=3, used=6, symbols=6)
    known = {tuple(string): one for string, one in zip(x, answer, strict=True)}
    checked = 0
    for a, of_a in known.items():
        for b, of_b in known.items():
            c, d = (b[0], *a[1:]), (a[0], *b[1:])
            if of_a == of_b == YES and c in known and d in known:
                checked += 1
                assert YES in (known[c], known[d])
    assert checked > 100


def test_strings_differ_and_answers_are_even():
    x, answer = rule(np.random.default_rng(4), 1000, used=8)
    assert len(np.unique(x, axis=0)) == 1000
    assert [len(np.unique(column)) for column in x.T] == [8] * 5
    assert len({tuple(np.unique(column)) for column in x.T}) > 1
    assert set(answer) == {YES, NO}
    assert answer.mean() == pytest.approx(0.5, abs=0.02)


def test_facts_stay_whatever_the_wording():
    asked = np.random.default_rng(0).integers(300, size=6000)
    x, right, wrong = facts(np.random.default_rng(5), asked, used=8)
    assert told_by(x, right, [0, 1])
    assert not any(told_by(x, right, [place]) for place in range(5))
    assert len(np.unique(x[:, :2], axis=0)) == len(np.unique(asked))
    assert len(np.unique(x[:, 2:])) == 8
    assert (right != wrong).all()
    assert np.bincount(wrong, minlength=32).min() > 100
    answers = np.array([right[asked == question][0] for question in np.unique(asked)])
    assert len(np.unique(answers)) == 32


@pytest.mark.parametrize("wanted", [{"n": 20, "places": 2, "counted": 1, "used": 6}, {"n": 5, "counted": 6}, {"n": 5, "used": 1}])
def test_a_rule_that_cannot_be(wanted):
    with pytest.raises(Problem):
        rule(np.random.default_rng(0), **wanted)


@pytest.mark.parametrize("wanted", [{"places": 2}, {"answers": 1}, {"used": 65}])
def test_facts_that_cannot_be(wanted):
    with pytest.raises(Problem):
        facts(np.random.default_rng(0), np.array([1]), **wanted)
    with pytest.raises(Problem):
        facts(np.random.default_rng(0), np.array([64 * 64]))
