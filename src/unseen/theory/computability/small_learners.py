"""Small learners of answers to numbered questions, to be listed where a truth is built from learners: `diagonal_truth`."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unseen._problem import Problem
from unseen.theory.computability.diagonal_truth import Learner, State


def constant(known: Sequence[int]) -> State:
    """The learner that says the commonest answer; 0 at first."""
    most = int(np.bincount(known).argmax()) if len(known) else 0
    return lambda _: most


def remembering(known: Sequence[int]) -> State:
    """The learner that looks up what it was told, and else says the commonest answer: retrieval, with a guess where nothing is found."""
    table, guess = dict(enumerate(known)), constant(known)
    return lambda question: table.get(question, guess(question))


def repeating(period: int) -> Learner:
    """The learner that says what was said `period` questions ago, carried on.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> repeating(2)([5, 6, 7])(3), repeating(2)([5, 6, 7])(4)
    (6, 7)
    """
    _at_least_one("period", period)

    def learner(known: Sequence[int]) -> State:
        last = tuple(known[-period:])
        return lambda question: last[(question - len(known)) % len(last)] if last else 0

    return learner


def neighbours(count: int) -> Learner:
    """The learner that takes a vote among the `count` questions nearest in number.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> neighbours(1)([3, 8])(7)
    8
    """
    _at_least_one("count", count)

    def learner(known: Sequence[int]) -> State:
        def state(question: int) -> int:
            nearest = sorted(range(len(known)), key=lambda other: (abs(other - question), other))[:count]
            return constant([known[other] for other in nearest])(question)

        return state

    return learner


def enumerating(hypotheses: Sequence[State]) -> Learner:
    """The learner that says what the first hypothesis says that agrees with all it was told: it learns any truth on its list (Gold 1967). Else 0.

    >>> enumerating([lambda q: 0, lambda q: q % 2])([0, 1])(5)
    1
    """

    def learner(known: Sequence[int]) -> State:
        fitting = (one for one in hypotheses if all(one(question) == answer for question, answer in enumerate(known)))
        return next(fitting, lambda _: 0)

    return learner


def majority(learners: Sequence[Learner]) -> Learner:
    """The learner that lets others vote: an ensemble is one learner more.

    >>> majority([constant, repeating(1), repeating(2)])([1, 1, 0])(3)
    1
    """

    def learner(known: Sequence[int]) -> State:
        states = [one(known) for one in learners]
        return lambda question: constant([state(question) for state in states])(question)

    return learner


def classifier(make: Callable[[], Any], questions: int) -> Learner:
    """The learner that fits a classifier of scikit-learn to the binary digits of the questions' numbers, which are below `questions`.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> classifier(DecisionTreeClassifier, 8)([0, 1, 0, 1])(7)
    1
    """
    from sklearn.exceptions import ConvergenceWarning

    _at_least_one("questions", questions)
    bits = (np.arange(questions)[:, None] >> np.arange(max(questions - 1, 1).bit_length())) & 1

    def learner(known: Sequence[int]) -> State:
        if len(set(known)) < 2:
            return constant(known)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a learner may stop early
            said = make().fit(bits[: len(known)], known).predict(bits)
        return lambda question: int(said[question])

    return learner


def nine_learners(rng: np.random.Generator, hypotheses: Sequence[State], questions: int) -> list[Learner]:
    """A search through `hypotheses`, a tree, a network, a look-up table, repetitions, neighbours, and the vote of these; in an order drawn from `rng`.

    >>> len(nine_learners(np.random.default_rng(0), [lambda question: question % 2], 8))
    9
    """
    from sklearn.neural_network import MLPClassifier
    from sklearn.tree import DecisionTreeClassifier

    seed = int(rng.integers(2**31))
    gold = enumerating([hypotheses[i] for i in rng.permutation(len(hypotheses))])
    tree = classifier(lambda: DecisionTreeClassifier(random_state=seed), questions)
    network = classifier(lambda: MLPClassifier((32,), random_state=seed, solver="lbfgs", max_iter=60), questions)
    single = [gold, tree, network, remembering, repeating(1), repeating(7), neighbours(1), neighbours(5)]
    return [(*single, majority(single))[i] for i in rng.permutation(len(single) + 1)]


def _at_least_one(name: str, value: int) -> None:
    if not (isinstance(value, int | np.integer) and value >= 1):
        raise Problem(f"{name}: expected a whole number of at least 1, got {value!r}.")
