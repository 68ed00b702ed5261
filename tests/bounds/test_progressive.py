"""The chance of failure is exact here: every sequence of losses is listed, for predictors whose expected loss depends on what came before."""

import itertools

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.pac_bayes import catoni
from unseen.bounds.progressive import ORDER, progressive

N, DELTA = 12, 0.1
PATHS = np.array(list(itertools.product((0, 1), repeat=N)))
BEFORE = np.concatenate([np.zeros((len(PATHS), 1)), np.cumsum(PATHS, axis=1)[:, :-1]], axis=1)
STRATEGIES = {
    "steady": np.full(PATHS.shape, 0.3),
    "learning": np.broadcast_to(0.6 / (1 + np.arange(N)), PATHS.shape),
    "worse while lucky": np.where(BEFORE == 0, 0.35, 0.05),
    "worse after errors": np.minimum(0.9, 0.1 + 0.3 * BEFORE),
    "better after errors": 0.5 / (1 + BEFORE),
}


def failure(strategy, bound):
    chance = np.where(PATHS == 1, strategy, 1 - strategy).prod(axis=1)
    return chance[bound < strategy.mean(axis=1)].sum()


@pytest.mark.parametrize("name", STRATEGIES)
def test_fails_at_most_as_often_as_promised(name):
    by_errors = np.array([progressive([1.0] * k + [0.0] * (N - k), DELTA).value for k in range(N + 1)])
    assert failure(STRATEGIES[name], by_errors[PATHS.sum(axis=1)]) <= DELTA


def test_a_variant_that_pays_nothing_for_chance_is_caught():
    paid = np.array([catoni(k / N, 0.0, N, 0.999999, temperatures=[1.0]).value for k in range(N + 1)])
    assert max(failure(strategy, paid[PATHS.sum(axis=1)]) for strategy in STRATEGIES.values()) > 2 * DELTA


def test_says_what_it_rests_on_and_refuses_other_losses():
    found = progressive([0.0, 1.0, 0.0], 0.2)
    assert found.assumptions[ORDER] is None and found.empirical == pytest.approx(1 / 3)
    for wrong in ([], [2.0], np.zeros((1, 2)), [float("nan")]):
        with pytest.raises(Problem, match="losses"):
            progressive(wrong)
