"""Examples of each kind worked out by a few lines of Python of their own."""

from functools import cache

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.numerical_skills import KINDS, NEW, SKILLS, WORDS, NumericalSkills
from unseen.tasks.arithmetic_suite import ANSWERS, ArithmeticSuite

ORDER = ("first", "second", "third")


@cache
def splits(shuffled=False, skills=tuple(SKILLS)):
    """A hundred examples of each kind; not compiled as a whole, so that all calls share what is compiled."""
    n = 100 * sum(len(SKILLS[skill]) for skill in skills)
    return NumericalSkills(skills=skills, shuffled=shuffled, train_size=n, test_size=n).splits(jax.random.key(0))


def answered(kind, words):
    """The answer by the meaning of the words."""
    numbers = [int(word) for word in words if word.isdigit()]
    if kind == "signed":
        return str(sum(-n if sign == "-" else n for sign, n in zip(["+", *words[1::2]], numbers, strict=False)))
    if kind in ("extreme", "argmax", "ranked"):
        best = max(numbers) if {"largest", "argmax", "most"} & set(words) else min(numbers)
        return str(best) if kind == "extreme" else ORDER[numbers.index(best)]
    if kind == "changed":
        return str(numbers[0] + (numbers[1] if "found" in words else -numbers[1]))
    if kind == "compared":
        return str(numbers[0] + (numbers[1] if "together" in words else -numbers[1]))
    if kind == "count":
        return str(numbers[ORDER.index(words[-2])])
    return ORDER[numbers[:-1].index(numbers[-1])]


def told(examples):
    task = NumericalSkills()
    rows = zip(examples.x, examples.y.tolist(), examples.info["kind"].tolist(), strict=True)
    return [(tuple(KINDS)[kind], task.spelled(x), ANSWERS[y]) for x, y, kind in rows]


def test_answers():
    seen = {kind: [] for kind in KINDS}
    for kind, words, answer in told(splits()["test"]):
        assert answered(kind, words) == answer, " ".join(words)
        seen[kind].append(answer)
    assert [len(answers) for answers in seen.values()] == [100] * 8
    for kind in ("signed", "changed", "compared", "extreme", "count"):
        assert len(set(seen[kind])) > 15, kind
    for kind in ("argmax", "ranked", "owner"):
        assert set(seen[kind]) == set(ORDER), kind


def test_all_that_is_said_can_be_told_apart():
    """No ties among what is ranked or asked for, people and things that differ, and each form of a kind."""
    words = {kind: [one for k, one, _ in told(splits()["test"]) if k == kind] for kind in KINDS}
    for kind in ("extreme", "argmax", "ranked", "count"):
        for one in words[kind]:
            numbers = [word for word in one if word.isdigit()]
            assert len(numbers) == len(set(numbers)), one
    for one in words["ranked"]:
        assert len({word for word in one if word.startswith("person")}) == 3
    for one in words["argmax"]:
        assert len({word for word in one if word.startswith("thing")}) == 3
    assert {len(one) for one in words["signed"]} == {4, 6}
    for word in NEW:
        assert any(word in one for kind in KINDS for one in words[kind]), word


def test_shuffled_answers_are_the_same_ones_within_a_kind():
    plain, shuffled = splits()["train"], splits(shuffled=True)["train"]
    np.testing.assert_array_equal(plain.x, shuffled.x)
    np.testing.assert_array_equal(splits()["test"].y, splits(shuffled=True)["test"].y)
    for i, kind in enumerate(KINDS):
        of = np.asarray(plain.info["kind"]) == i
        y, other = np.asarray(plain.y)[of], np.asarray(shuffled.y)[of]
        np.testing.assert_array_equal(np.sort(y), np.sort(other))
        assert np.mean(y == other) == 1 if kind in SKILLS["reading"] else np.mean(y == other) < 0.6, kind


def test_skills():
    kinds = np.asarray(splits(skills=("reading",))["train"].info["kind"])
    assert {tuple(KINDS)[kind] for kind in kinds} == set(SKILLS["reading"])
    assert np.ptp(np.bincount(kinds)[-2:]) == 0


def test_texts_of_the_suite_are_read_the_same():
    suite = ArithmeticSuite()
    assert WORDS[: suite.inputs.vocabulary] == tuple(suite.spelled([i])[0] if suite.spelled([i]) else "" for i in range(suite.inputs.vocabulary))
    assert (suite.inputs.length, suite.outputs.count) == (NumericalSkills().inputs.length, NumericalSkills().outputs.count)


@pytest.mark.parametrize("wrong", [{"skills": ()}, {"skills": ("reading", "reading")}, {"skills": ("dates",)}, {"train_size": 7}, {"test_size": 0}])
def test_wrong_fields(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        NumericalSkills(**wrong)
