"""Sequences of linear tasks: against all orders, sequences of projections, published bounds, and tasks that are drawn and fitted."""

import itertools

import jax
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.dynamics.task_sequences import (
    expected_errors,
    forgetting,
    random_order_forgetting,
    simulate_orders,
    simulate_tasks,
    two_task_forgetting,
)

RNG = np.random.default_rng(0)
TARGETS = RNG.standard_normal((4, 30)) / np.sqrt(30) + np.linspace(0, 0.5, 30)
TASKS = [RNG.standard_normal((rows, 5)) / 3 for rows in (1, 2, 3)]
TARGET = RNG.standard_normal(5)


def test_against_the_sum_over_tasks():
    """The closed form of the theorem, where the code goes from task to task."""
    n, noise, p = 12, 0.7, TARGETS.shape[1]
    errors, r = expected_errors(TARGETS, n, noise), 1 - n / p
    for t, i in itertools.product(range(5), range(4)):
        gaps = sum((1 - r) * r ** (t - k) * np.sum((TARGETS[k - 1] - TARGETS[i]) ** 2) for k in range(1, t + 1))
        np.testing.assert_allclose(errors[t, i], r**t * np.sum(TARGETS[i] ** 2) + gaps + noise**2 * p / (p - n - 1) * (1 - r**t), rtol=1e-12)


def test_special_cases():
    same = np.tile(TARGETS[:1], (6, 1))
    errors = expected_errors(same, 10)
    np.testing.assert_allclose(errors, np.sum(TARGETS[0] ** 2) * (1 - 10 / 30) ** np.arange(7)[:, None] * np.ones(6))
    assert (forgetting(errors) < 0).all()  # one target: each task helps the earlier ones
    np.testing.assert_allclose(expected_errors(np.zeros((50, 30)), 10, noise=0.5)[-1], 0.25 * 30 / 19, rtol=1e-6)  # what noise leaves in the end
    wide = np.pad(TARGETS, ((0, 0), (0, 100_000)))
    np.testing.assert_allclose(expected_errors(wide, 1)[-1], expected_errors(wide, 1)[0], rtol=1e-3)  # so wide that nothing is learned


@pytest.mark.parametrize(("n", "noise"), [(10, 0.0), (24, 0.5)])
def test_simulated_tasks(n, noise):
    errors = simulate_tasks(jax.random.key(1), TARGETS, n, noise, repetitions=400)
    for found, predicted in ((errors, expected_errors(TARGETS, n, noise)), (forgetting(errors), forgetting(expected_errors(TARGETS, n, noise)))):
        assert (np.abs(found.mean(axis=0) - predicted) < 4 * found.std(axis=0) / 20 + 1e-5).all()
    without = expected_errors(TARGETS, n, noise)[-1] - (noise**2 * 30 / (29 - n) if noise else np.sum(TARGETS**2, axis=1) * (1 - n / 30) ** 4)
    assert (np.abs(errors[:, -1].mean(axis=0) - without) > 6 * errors[:, -1].std(axis=0) / 20).any()  # a formula that lacks a term is noticed


def by_projections(cosine, turns):
    """The largest forgetting over starts of two planes of R² × R at that angle, in alternation."""
    rows = [np.array([[0.0, 1.0, 0.0]]), np.array([[np.sqrt(1 - cosine**2), cosine, 0.0]])]
    projections = [np.eye(3) - x.T @ x for x in rows]
    total = np.linalg.multi_dot([projections[k % 2] for k in range(turns)][::-1])
    return np.linalg.norm(rows[0] @ total, 2) ** 2 / 2  # half the turns were the first task; the second one fits


@pytest.mark.parametrize("turns", [2, 4, 10])
def test_two_tasks_against_projections_and_the_bound(turns):
    cosines = np.linspace(0, 1, 201)
    found = two_task_forgetting(cosines, turns)
    np.testing.assert_allclose(found, [by_projections(c, turns) for c in cosines], atol=1e-12)
    assert found.max() < 1 / (2 * np.e * (turns - 1))
    assert abs(cosines[found.argmax()] ** 2 - (1 - 1 / turns)) < 0.02


def test_random_orders_against_all_orders():
    for turns in (1, 2, 4):
        all_orders = []
        for order in itertools.product(range(3), repeat=turns):
            error = TARGET
            for task in order:
                error = error - np.linalg.pinv(TASKS[task]) @ TASKS[task] @ error
            all_orders.append(np.mean([np.sum((TASKS[task] @ error) ** 2) for task in order]))
        np.testing.assert_allclose(random_order_forgetting(TASKS, TARGET, turns)[-1], np.mean(all_orders), rtol=1e-9, atol=1e-15)


def test_simulated_orders():
    found = simulate_orders(jax.random.key(0), TASKS, TARGET, 12, repetitions=2000)
    assert (np.abs(found.mean(axis=0) - random_order_forgetting(TASKS, TARGET, 12)) < 4.5 * found.std(axis=0) / np.sqrt(2000) + 1e-6).all()


def test_a_long_sequence_is_hardly_forgotten():
    curve = random_order_forgetting(TASKS, TARGET, 1000)
    assert curve[-1] < 1e-3 * curve.max()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_errors(TARGETS, 29), "n: expected 1 to p - 2 = 28"),
        (lambda: expected_errors(TARGETS, 0), "n: expected 1"),
        (lambda: expected_errors(TARGETS * np.inf, 5), "targets: expected finite"),
        (lambda: expected_errors(TARGETS, 5, -1.0), "noise: expected"),
        (lambda: forgetting(np.ones((3, 3))), "errors: expected shape"),
        (lambda: two_task_forgetting(1.5, 2), "cosines, turns: expected cosines"),
        (lambda: two_task_forgetting(0.5, 3), "even numbers of turns"),
        (lambda: random_order_forgetting(TASKS, TARGET[1:], 3), "tasks, target: expected matrices"),
        (lambda: random_order_forgetting(TASKS, TARGET, 0), "turns: expected at least 1"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
