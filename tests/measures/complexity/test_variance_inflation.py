import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from unseen._problem import Problem
from unseen.measures.complexity.variance_inflation import variance_inflation


def test_as_regressions_on_the_others_have_it():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)
    others = [np.delete(x, j, axis=1) for j in range(6)]
    r2 = [LinearRegression().fit(rest, x[:, j]).score(rest, x[:, j]) for j, rest in enumerate(others)]
    np.testing.assert_allclose(variance_inflation(x), 1 / (1 - np.array(r2)))


def test_it_does_not_change_with_scale_and_shift_of_features():
    x = np.random.default_rng(1).normal(size=(40, 4)).cumsum(axis=1)
    np.testing.assert_allclose(variance_inflation(x), variance_inflation(x * [1, -2, 1e4, 1e-4] + [5, 0, 0, 3]), rtol=1e-6)


def test_combinations_are_infinite_constants_not_applicable_the_rest_as_without_them():
    x = np.random.default_rng(2).normal(size=(60, 3))
    found = variance_inflation(np.column_stack([x, x[:, 0] - 2 * x[:, 1], np.ones(60)]))
    assert np.isinf(found[[0, 1, 3]]).all()
    assert np.isnan(found[4])
    assert found[2] == pytest.approx(variance_inflation(x)[2])


def test_mistakes_are_named():
    with pytest.raises(Problem, match="fewer features"):
        variance_inflation(np.ones((4, 3)))
    with pytest.raises(Problem, match="finite"):
        variance_inflation(np.full((9, 2), np.nan))
