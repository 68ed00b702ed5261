"""Ground truths that no state of any listed learner gets right, built by diagonalisation."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Int
from numpy.typing import ArrayLike

from unseen._problem import Problem, whole

State = Callable[[int], int]
"""A trained learner: the number of a question → the number of its answer, both from 0 on."""

Learner = Callable[[Sequence[int]], State]
"""Trained on the answers to the questions 0, 1, …: the state."""

Turn = Callable[[int], tuple[int, int]]
"""What stands at place n of the list of states: (learner, on how many answers it is trained), the latter at most n."""


def cantor(n: int) -> tuple[int, int]:
    """Place n of the list of all pairs (learner, samples) of endlessly many learners, along the diagonals: (0, 0), (1, 0), (0, 1), (2, 0), (1, 1) …

    >>> [cantor(n) for n in range(6)]
    [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
    """
    whole(n=n)
    if n < 0:
        raise Problem(f"n: expected a whole number of at least 0, got {n!r}.")
    diagonal = (math.isqrt(8 * n + 1) - 1) // 2
    samples = n - diagonal * (diagonal + 1) // 2
    return diagonal - samples, samples


def in_turn(count: int) -> Turn:
    """`count` learners one after the other, each trained on all answers that are fixed when a round begins; then the next round.

    >>> [in_turn(2)(n) for n in range(5)]
    [(0, 0), (1, 0), (0, 2), (1, 2), (0, 4)]
    """
    whole(1, count=count)
    return lambda n: (n % count, n - n % count)


def diagonal_truth(learner: Callable[[int], Learner], turn: Turn, questions: int, every: bool = True) -> tuple[Int[np.ndarray, " n"], list[State]]:
    """(answers f(0), f(1), …, the states h_0, h_1, … that they are built from), as many of both as there are `questions`.

    f(n) is the smallest answer that none of h_0(n) … h_n(n) gives: h_k is wrong about every question from k on (theorem 2 of Xu, Jain & Kankanhalli 2024).
    Without `every`, the smallest other than h_n(n): 0 or 1, and h_k is wrong about question k at least (theorem 1). State h_n learns from no
    more than the first n answers, so that f can be computed from the list, one question after the other.

    Raises:
        Problem: a turn that asks for answers that are not yet fixed, or an answer that is no number from 0 on.

    >>> diagonal_truth(lambda i: lambda known: lambda question: i, in_turn(3), 5)[0].tolist()
    [1, 2, 3, 3, 3]
    """
    whole(0, questions=questions)
    truth: list[int] = []
    states: list[State] = []
    for n in range(questions):
        who, samples = turn(n)
        if not 0 <= samples <= n:
            raise Problem(f"turn: expected at most {n} answers to train on at place {n}, as more are not yet fixed, got {samples!r}.")
        states.append(learner(who)(tuple(truth[:samples])))
        said = {state(n) for state in (states if every else states[-1:])}
        if any(not isinstance(answer, int | np.integer) or answer < 0 for answer in said):
            raise Problem(f"learner: expected answers that are whole numbers from 0 on, got {said!r} to question {n}.")
        truth.append(next(answer for answer in range(len(said) + 1) if answer not in said))
    return np.array(truth, int), states


def trained_states(learner: Callable[[int], Learner], turn: Turn, truth: ArrayLike) -> list[State]:
    """The states at places 0, 1, … of the list, as many as there are answers, where the truth is given and not built from them.

    >>> [state(9) for state in trained_states(lambda i: lambda known: lambda question: sum(known), in_turn(1), [4, 4, 4])]
    [0, 4, 8]
    """
    answers = np.asarray(truth, int).tolist()
    return [learner(who)(tuple(answers[:samples])) for who, samples in map(turn, range(len(answers)))]


def hallucinates(states: Sequence[State], truth: ArrayLike) -> Bool[np.ndarray, "states questions"]:
    """Whether each state is wrong about each question.

    >>> hallucinates([lambda question: 0, lambda question: question], [0, 1, 0]).tolist()
    [[False, True, False], [False, False, True]]
    """
    return np.array([[state(question) != answer for question, answer in enumerate(np.asarray(truth, int))] for state in states])
