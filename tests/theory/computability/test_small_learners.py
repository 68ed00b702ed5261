"""Small learners against what they would say by hand."""

import numpy as np
import pytest

from unseen.theory.computability.small_learners import (
    classifier,
    constant,
    enumerating,
    majority,
    neighbours,
    nine_learners,
    remembering,
    repeating,
)

KNOWN = (2, 0, 2, 1)


@pytest.mark.parametrize(
    ("learner", "said"),
    [
        (constant, [2, 2, 2, 2, 2, 2, 2]),
        (remembering, [2, 0, 2, 1, 2, 2, 2]),
        (repeating(3), [1, 0, 2, 1, 0, 2, 1]),
        (repeating(9), [2, 0, 2, 1, 2, 0, 2]),
        (neighbours(1), [2, 0, 2, 1, 1, 1, 1]),
        (neighbours(3), [2, 2, 0, 0, 0, 0, 0]),
        (enumerating([lambda q: q, lambda q: (2, 0, 2, 1, 5, 6, 7)[q], lambda q: (2, 0, 2, 1, 8, 8, 8)[q]]), [2, 0, 2, 1, 5, 6, 7]),
        (enumerating([lambda q: q]), [0, 0, 0, 0, 0, 0, 0]),
        (majority([constant, remembering, repeating(3)]), [2, 0, 2, 1, 2, 2, 2]),
    ],
)
def test_what_each_says(learner, said):
    assert [learner(KNOWN)(question) for question in range(7)] == said


@pytest.mark.parametrize("learner", [constant, remembering, repeating(2), neighbours(2), enumerating([])])
def test_nothing_known(learner):
    assert learner(())(5) == 0


def test_classifiers_see_binary_digits():
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    parity = classifier(DecisionTreeClassifier, 16)([0, 1] * 4)
    assert [parity(question) for question in range(16)] == [0, 1] * 8
    nearest = classifier(lambda: KNeighborsClassifier(1), 16)([0, 0, 0, 3])
    assert [nearest(7), nearest(4)] == [3, 0], "by the distance of digits, not of numbers"
    assert classifier(DecisionTreeClassifier, 16)([4, 4])(9) == 4


def test_the_order_is_that_of_the_generator():
    hypotheses = [lambda q: q % 3, lambda q: 0]
    answers = [[one(KNOWN)(3) for one in nine_learners(np.random.default_rng(seed), hypotheses, 8)] for seed in (0, 0, 1, 2, 3)]
    assert answers[0] == answers[1]
    assert len({tuple(row) for row in answers}) > 1
