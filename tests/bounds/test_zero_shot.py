import itertools

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.zero_shot import pair_bounds, patterns, worst_error, zero_shot_bound


def tables():
    rng = np.random.default_rng(0)
    return [rng.beta(0.5, 0.5, size=shape) for shape in ((2, 3), (3, 2), (4, 4), (5, 3))]


@pytest.mark.parametrize("table", tables())
def test_the_law_has_the_table_and_its_bayes_error_is_the_bound(table):
    found = zero_shot_bound(table)
    np.testing.assert_allclose(found.law.sum(axis=1), 1 / len(table), atol=1e-9)
    np.testing.assert_allclose(found.law @ patterns(table.shape[1]) * len(table), table, atol=1e-9)
    assert found.law.min() >= -1e-12
    assert 1 - found.law.max(axis=0).sum() == pytest.approx(found.error)


@pytest.mark.parametrize("table", tables())
def test_the_rule_attains_it_and_no_other_does_better(table):
    found, rng = zero_shot_bound(table), np.random.default_rng(1)
    assert worst_error(table, found.rule) == pytest.approx(found.error, abs=1e-8)
    for _ in range(5):
        other = rng.dirichlet(np.ones(len(table)), size=len(found.rule))
        assert worst_error(table, (found.rule + other) / 2) >= found.error - 1e-9
        assert worst_error(table, np.eye(len(table))[rng.integers(len(table), size=len(found.rule))]) >= found.error - 1e-9


def test_two_classes_in_closed_form():
    rng = np.random.default_rng(2)
    for _ in range(5):
        table = rng.random((2, 4))
        assert zero_shot_bound(table).error == pytest.approx((1 - np.abs(table[0] - table[1]).max()) / 2)
        assert pair_bounds(table)[0, 1] == pytest.approx((1 - np.abs(table[0] - table[1]).max()) / 2)


def test_no_law_is_worse_than_the_bound():
    """Random laws with the same table: mixtures of corners of two that are known, and of independent attributes."""
    rng = np.random.default_rng(3)
    table = rng.random((3, 3))
    independent = np.stack([np.prod(np.where(patterns(3) == 1, row, 1 - row), axis=1) for row in table]) / 3
    together = np.zeros_like(independent)  # attributes that depend on each other as much as they can: one number decides all
    for j, row in enumerate(table):
        cuts = np.unique(np.concatenate([[0.0, 1.0], row]))
        for low, high in itertools.pairwise(cuts):
            together[j, int((row >= high) @ (2 ** np.arange(3)))] += (high - low) / 3
    for share in np.linspace(0, 1, 6):
        law = share * independent + (1 - share) * together
        np.testing.assert_allclose(law @ patterns(3) * 3, table, atol=1e-9)
        assert 1 - law.max(axis=0).sum() <= zero_shot_bound(table).error + 1e-9


def test_extremes():
    assert zero_shot_bound(np.eye(3)).error == pytest.approx(0, abs=1e-9)
    assert zero_shot_bound(np.full((4, 2), 0.3)).error == pytest.approx(0.75)


def test_bad_input():
    with pytest.raises(Problem, match="table"):
        zero_shot_bound(np.array([[1.5], [0.2]]))
    with pytest.raises(Problem, match="attributes"):
        patterns(13)
    with pytest.raises(Problem, match="rule"):
        worst_error(np.array([[1.0], [0.5]]), np.eye(2)[[0, 1, 0]])
