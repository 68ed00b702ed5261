"""Problems read word by word, their world kept in plain Python, and the rates of their features counted."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.word_problems import EXPRESSIONS, WordProblems, value

TASK = WordProblems(people=3, things=3, train_size=400, test_size=60)
SPLITS = jax.jit(TASK.splits)(jax.random.key(4))


def solved(words, numbers):
    """The answer: holdings are added up from the sentences, whatever their order, and the question is read."""
    values = {f"number{i}": int(v) for i, v in enumerate(numbers)}
    text = " ".join(words)
    *sentences, question = [part.split() for part in text.removesuffix(" ?").split(" . ")]
    held = {}
    for who, verb, number, thing, *partner in sentences:
        change = {"had": [(who, 1)], "gave": [(who, -1), (partner[-1:], 1)], "took": [(who, 1), (partner[-1:], -1)]}[verb]
        for person, sign in change:
            at = (person if isinstance(person, str) else person[0], thing)
            held[at] = held.get(at, 0) + sign * values[number]
    how, thing, do, who, _, when = question
    assert (how, do, when) in {("how-many", "does", "now"), ("how-many", "do", "altogether")}
    return sum(amount for (person, what), amount in held.items() if what == thing and (who == "they" or person == who))


@pytest.mark.parametrize("split", [name for name in SPLITS if name != "without_question"])
def test_expressions_give_the_answer(split):
    part = SPLITS[split]
    answers = np.asarray(value(part.y, part.info["numbers"]))
    for x, numbers, answer in zip(part.x, part.info["numbers"], answers, strict=True):
        words = TASK.spelled(x)
        assert solved(words, numbers) == answer, " ".join(words)
        order = [int(word[-1]) for word in words if word.startswith("number")]
        assert order == list(range(len(order))) == list(range(int((np.asarray(numbers) > 0).sum())))
    assert (answers > 0).all()


def test_variations_change_what_they_say():
    told = {name: [" ".join(TASK.spelled(x)) for x in part.x] for name, part in SPLITS.items()}
    for before, without, question, objects in zip(*(told[name] for name in ("test", "without_question", "question", "objects")), strict=True):
        assert before.startswith(without)
        assert question.startswith(without)
        assert "how-many" not in without
        assert objects != before
        assert len(objects) == len(before)
    same = np.asarray(SPLITS["test"].y == SPLITS["objects"].y)
    assert same.all(), "other things, the same expression"
    for text in told["reasoning"]:
        first, mover = text.split(" . ")[0].split()[0], next(part for part in text.split(" . ") if "gave" in part or "took" in part).split()[0]
        assert first != mover or text.split()[1] != "had"
    assert all(text.split()[1] in ("gave", "took") for text in told["moved"])
    assert all("number3" in text for text in told["extra"])


@pytest.mark.parametrize("usual", [0.9, 0.5, None])
def test_features_are_as_usual_as_said(usual):
    task = WordProblems(usual=usual)
    facts = task.facts(jax.random.key(0), 8000)
    for name, of in {"asked": 3, "mover": 2, "moved": 2, "extra": 2}.items():
        counted = np.bincount(np.asarray(facts[name]), minlength=of) / 8000
        first = 1 / of if usual is None else usual
        np.testing.assert_allclose(counted, [first, *[(1 - first) / (of - 1)] * (of - 1)], atol=0.03)
    assert bool(jnp.all(facts["first"] != facts["second"]))
    assert bool(jnp.all(facts["thing"] != facts["other"]))


def test_values_of_all_expressions():
    numbers = np.array([2, 30, 400, 5000])
    found = [int(value(jnp.array(k), jnp.asarray(numbers))) for k in range(len(EXPRESSIONS))]
    assert found == [eval(f"{numbers[i]} {sign} {numbers[j]}") for i, sign, j in EXPRESSIONS]


@pytest.mark.parametrize("wrong", [{"usual": 1.2}, {"people": 1}, {"things": 1}, {"train_size": 0}])
def test_wrong_fields(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        WordProblems(**wrong)
