"""Each sentence spells its class; words as often as they should be; the latent sequences are different."""

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.concept_sentences import ConceptSentences

KEY = jax.random.key(0)


def test_sentences_spell_their_class():
    """All sentences of a class, in both splits, have one sequence of concepts; no two classes share it; all 8 of 8 possible ones are found."""
    task = ConceptSentences(length=3, concepts=2, words=5, classes=8, train_per_class=4, test_per_class=6)
    splits = task.splits(KEY)
    spelled = {}
    for split, count in (("train", 4), ("test", 6)):
        x, y = np.asarray(splits[split].x), np.asarray(splits[split].y)
        assert np.bincount(y).tolist() == [count] * 8
        for sentence, c in zip(x // 5, y, strict=True):
            spelled.setdefault(int(c), set()).add(tuple(sentence))
    assert all(len(found) == 1 for found in spelled.values())
    assert len(set.union(*spelled.values())) == 8
    np.testing.assert_array_equal(task.concept, [0] * 5 + [1] * 5)


@pytest.mark.parametrize("zipf", [0.0, 1.0])
def test_frequencies(zipf):
    """Counts of 60,000 words against r^(-zipf), in each concept."""
    task = ConceptSentences(length=10, concepts=2, words=4, classes=20, train_per_class=300, zipf=zipf)
    words = np.asarray(task.splits(KEY)["train"].x).ravel()
    expected = np.arange(1, 5) ** -zipf / (np.arange(1, 5) ** -zipf).sum()
    np.testing.assert_allclose(task.frequency, expected, rtol=1e-5)
    for concept in (0, 1):
        counts = np.bincount(words[words // 4 == concept] - 4 * concept, minlength=4)
        np.testing.assert_allclose(counts / counts.sum(), expected, atol=0.015)


def test_wrong_fields():
    with pytest.raises(Problem, match=r"ConceptSentences.classes: expected at most concepts\^length = 8, got 9"):
        ConceptSentences(length=3, concepts=2, classes=9)
    with pytest.raises(Problem, match=r"ConceptSentences.zipf: expected an exponent of at least 0"):
        ConceptSentences(zipf=-1.0)
