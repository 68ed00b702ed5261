"""The diagonal constructions, by brute force and against learners that a truth of theirs would expose."""

from itertools import product

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.computability.diagonal_truth import cantor, diagonal_truth, hallucinates, in_turn, trained_states
from unseen.theory.computability.small_learners import constant, enumerating, majority, neighbours, remembering, repeating

BASE = (constant, remembering, repeating(1), repeating(3), neighbours(1), neighbours(3))
LEARNERS = (*BASE, majority(BASE))


def test_the_list_holds_each_pair_once():
    pairs = [cantor(n) for n in range(210)]
    assert sorted(pairs) == sorted((i, j) for i, j in product(range(20), repeat=2) if i + j < 20)
    assert all(samples <= n for n, (_, samples) in enumerate(pairs))


@pytest.mark.parametrize("turn", [cantor, in_turn(len(LEARNERS))])
def test_no_state_is_right_from_its_place_on(turn):
    truth, states = diagonal_truth(lambda i: LEARNERS[i % len(LEARNERS)], turn, 60)
    wrong = hallucinates(states, truth)
    assert all(wrong[k, k:].all() for k in range(60))
    for n, answer in enumerate(truth):
        said = {state(n) for state in states[: n + 1]}
        assert answer not in said
        assert set(range(answer)) <= said, "a smaller answer was free"


def test_with_two_answers_each_state_is_wrong_once():
    truth, states = diagonal_truth(lambda i: LEARNERS[i], in_turn(len(LEARNERS)), 70, every=False)
    assert set(truth) == {0, 1}
    assert hallucinates(states, truth).diagonal().all()


def test_states_learn_from_the_truth_that_they_miss():
    """Trained again on the finished truth, each state is the one that it was built from."""
    truth, states = diagonal_truth(lambda i: LEARNERS[i], in_turn(len(LEARNERS)), 40)
    again = trained_states(lambda i: LEARNERS[i], in_turn(len(LEARNERS)), truth)
    assert np.array_equal(hallucinates(states, truth), hallucinates(again, truth))


def test_a_truth_on_the_list_is_learned():
    """Gold's learner is right from some place on, and wrong for ever about a truth built from it."""
    hypotheses = [lambda q, a=a, b=b: (a * q + b) % 5 for a, b in product(range(5), repeat=2)]
    gold = enumerating(hypotheses)
    for truth in ([hypothesis(q) for q in range(12)] for hypothesis in hypotheses):
        states = trained_states(lambda _: gold, in_turn(1), truth)
        assert not hallucinates(states[2:], truth).any(), "two answers tell a line modulo 5"
    truth, states = diagonal_truth(lambda _: gold, in_turn(1), 30)
    assert hallucinates(states, truth)[:, -1].all()


def test_wrong_arguments():
    with pytest.raises(Problem, match="turn: expected at most 0 answers"):
        diagonal_truth(lambda _: constant, lambda n: (0, n + 1), 3)
    with pytest.raises(Problem, match="learner: expected answers that are whole numbers"):
        diagonal_truth(lambda _: lambda _: lambda _: -1, in_turn(1), 3)
