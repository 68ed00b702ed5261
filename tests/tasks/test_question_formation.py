"""Sentences parsed in Python: agreement, the place of the clause, both rules."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.question_formation import QuestionFormation

AUXILIARIES = {"does": "", "doesn't": "", "do": "s", "don't": "s"}
TASK = QuestionFormation(embedded=0.25, questions=0.4, words=3)


class Reader:
    """Reads words from the left."""

    def __init__(self, words):
        self.words = list(words)

    def take(self, *kinds):
        word = self.words.pop(0)
        assert any(word in kind if isinstance(kind, dict | tuple) else word.startswith(kind) for kind in kinds), word
        return word

    def phrase(self):
        self.take(("the", "my"))
        if self.words[0] == "old":
            self.take(("old",))
        return self.take("noun")

    def auxiliary(self, subject):
        word = self.take(AUXILIARIES)
        assert subject.endswith("s") == (AUXILIARIES[word] == "s"), (subject, word)
        return word

    def clause(self, head):
        self.take(("that",))
        if self.words[0] in AUXILIARIES:
            auxiliary = self.auxiliary(head)
            self.take("verb")
            self.phrase()
        else:
            auxiliary = self.auxiliary(self.phrase())
            self.take("verb")
        return auxiliary


def parse(words):
    """(centre-embedded?, main auxiliary, auxiliary of the clause, mark)."""
    reader = Reader(words)
    subject, inner = reader.phrase(), None
    if reader.words[0] == "that":
        inner = reader.clause(subject)
    main = reader.auxiliary(subject)
    reader.take("verb")
    thing = reader.phrase()
    embedded = inner is not None
    inner = inner if embedded else reader.clause(thing)
    (mark,) = reader.words
    return embedded, main, inner, mark


@pytest.fixture(scope="module")
def splits():
    return jax.jit(TASK.splits)(jax.random.key(0))


def rows(split):
    for x, y in zip(np.asarray(split.x), np.asarray(split.y), strict=True):
        yield TASK.spelled(x), y


@pytest.mark.parametrize("whole", [True, False])
def test_training_sentences(whole):
    task = QuestionFormation(embedded=0.25, questions=0.4, words=3, whole=whole)
    batch = jax.jit(task.splits)(jax.random.key(0))["train"].draw(jax.random.key(1), 600)
    kinds, sizes = [], set()
    for words, y in rows(batch):
        size = 1 + next(i for i, word in enumerate(words) if word in ("DECLARE", "ASK"))
        embedded, main, _, mark = parse(words[:size])
        kinds.append((mark, embedded))
        sizes.add(size)
        spoken = words[: size - 1]
        if mark == "ASK":
            at = next(i for i, word in enumerate(spoken) if word in AUXILIARIES)
            spoken = [main, *spoken[:at], *spoken[at + 1 :]]
        asked = spoken if whole else spoken[:1]
        assert TASK.spelled(y) == [*words[1 : size - 1], *asked]
        assert words[size:] == asked[:-1]
        assert list(y >= 0) == [True] * (size - 2) + [False] + [True] * len(asked) + [False] * (len(y) - size + 1 - len(asked))
    assert ("ASK", True) not in kinds
    shares = [kinds.count(kind) / 600 for kind in (("ASK", False), ("DECLARE", False), ("DECLARE", True))]
    assert shares == pytest.approx([0.4, 0.45, 0.15], abs=0.07)
    assert sizes == {12, 13, 14, 15}


def test_the_two_rules(splits):
    for (words, y), (_, z) in zip(rows(splits["hierarchical"]), rows(splits["linear"]), strict=True):
        embedded, main, inner, mark = parse(words)
        assert (embedded, mark) == (True, "ASK")
        assert main != inner
        assert (TASK.spelled(y), TASK.spelled(z)) == ([main], [inner])
        assert next(word for word in words if word in AUXILIARIES) == inner
    for words, y in rows(splits["test"]):
        embedded, main, _, mark = parse(words)
        assert (embedded, mark, TASK.spelled(y)) == (False, "ASK", [main])


def test_all_words_and_both_clauses_occur(splits):
    words = [words for words, _ in rows(splits["hierarchical"])]
    assert {word for one in words for word in one} == set(TASK.vocabulary) - {"DECLARE", ""}
    by_head = np.mean([one[one.index("that") + 1] in AUXILIARIES for one in words])
    assert 0.35 < by_head < 0.65


def test_wrong_fields():
    with pytest.raises(Problem, match=r"QuestionFormation.embedded: expected a share in \[0, 1\]"):
        QuestionFormation(embedded=jnp.array(2.0).item())
