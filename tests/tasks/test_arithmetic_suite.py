"""Texts of each task read by a few lines of Python of their own, sizes counted, and codes undone."""

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic_suite import ANSWERS, LEGS, SPELLED, TASKS, ArithmeticSuite

TASK = ArithmeticSuite(scale=0.02, most=400, test_size=120)


@jax.jit
def splits(only, shared):
    return ArithmeticSuite(only=only, shared=shared, scale=0.02, most=400, test_size=120).splits(jax.random.key(0))


PLAIN = splits(0, 1)


def answered(task, words):
    """The answer by the meaning of the words."""
    numbers = [int(word) for word in words if word.isdigit()]
    people = [word for word in words if word.startswith("person")]
    if task == "commonsense":
        (kind,) = [word for word in words if word.startswith("animal")]
        return str(numbers[0] * LEGS[int(kind[-1])])
    if task == "domain":
        return str(numbers[0] * numbers[1])
    if task == "comparison":
        return "first" if numbers[0] > numbers[1] else "second"
    if task == "blank":
        assert people[0] == people[1] == people[3]
        return SPELLED[numbers[0] - numbers[1]]
    if task == "reading":
        return str(numbers[0] - numbers[1] if "more" in words else numbers[0] + numbers[1])
    if task == "reading people":
        had = dict(zip(people, numbers, strict=False))
        return ("first", "second", "third")[int(np.argmax(numbers))] if "most" in words else str(had[people[3]] + had[people[4]])
    if task == "inference":
        things = [word for word in words if word.startswith("thing")]
        if things[0] != things[1]:
            return "neutral"
        return "entailment" if numbers[0] - numbers[1] == numbers[2] else "contradiction"
    me = people[-1]
    return str(numbers[0] + (numbers[1] if people[2] == me else -numbers[1]))


def test_answers():
    test = PLAIN["test"]
    seen = {task: set() for task in TASKS}
    for x, y, task in zip(test.x, test.y, test.info["task"], strict=True):
        words, answer = TASK.spelled(x), ANSWERS[int(y)]
        assert answered(TASKS[task - 1], words) == answer, " ".join(words)
        seen[TASKS[task - 1]].add(answer)
    assert seen["inference"] == {"entailment", "contradiction", "neutral"}
    assert {"first", "second", "third"} < seen["reading people"]
    assert seen["comparison"] == {"first", "second"}
    assert np.bincount(test.info["task"]).tolist() == [0, *[120] * 8]


def test_comparisons_and_maxima_have_no_ties():
    for x, task in zip(PLAIN["train"].x, PLAIN["train"].info["task"], strict=True):
        numbers = [int(word) for word in TASK.spelled(x) if word.isdigit()]
        assert TASKS[task - 1] not in ("comparison", "reading people") or len(set(numbers)) == len(numbers)


def test_sizes():
    assert TASK.sizes == (8, 32, 16, 22, 400, 400, 194, 25)
    assert np.bincount(PLAIN["train"].info["task"])[1:].tolist() == list(TASK.sizes)


@pytest.mark.parametrize("only", [1, 4, 8])
def test_one_task_alone_has_the_same_examples(only):
    alone = splits(only, 1)
    assert set(np.asarray(alone["train"].info["task"])) == {only}
    of = np.asarray(PLAIN["train"].info["task"]) == only
    np.testing.assert_array_equal(np.unique(alone["train"].x, axis=0), np.unique(np.asarray(PLAIN["train"].x)[of], axis=0))
    np.testing.assert_array_equal(alone["test"].x, PLAIN["test"].x)


def test_codes_are_one_to_one_and_differ():
    coded = splits(0, 0)["test"]
    plain, codes = np.asarray(PLAIN["test"].x), []
    for task in range(1, 9):
        at = np.asarray(coded.info["task"]) == task
        pairs = {(int(a), int(b)) for a, b in zip(plain[at].ravel(), np.asarray(coded.x)[at].ravel(), strict=True)}
        assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
        assert all((a == b) or (a < 41 and b < 41) for a, b in pairs)
        codes.append({a: b for a, b in pairs if a < 41})
    np.testing.assert_array_equal(coded.y, PLAIN["test"].y)
    assert sum(codes[4][a] == codes[7][a] for a in codes[4].keys() & codes[7].keys()) < 4


@pytest.mark.parametrize("wrong", [{"only": 9}, {"shared": 2}, {"scale": 0.0}, {"most": 0}, {"test_size": 0}])
def test_wrong_fields(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        ArithmeticSuite(**wrong)
