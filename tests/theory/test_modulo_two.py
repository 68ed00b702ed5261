import itertools

import numpy as np
import pytest

from unseen._types import Problem
from unseen.theory.modulo_two import solve_modulo_two


@pytest.mark.parametrize("seed", range(30))
def test_against_all_possible_solutions(seed):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 7, 2)
    matrix, right = rng.integers(0, 5, (n, m)), rng.integers(0, 2, n)
    solutions = [s for s in itertools.product((0, 1), repeat=m) if ((matrix @ s - right) % 2 == 0).all()]
    found = solve_modulo_two(matrix, right)
    assert (found is None) == (not solutions)
    assert found is None or tuple(found.astype(int)) in solutions


def test_a_hidden_parity_is_found_from_few_examples():
    rng = np.random.default_rng(0)
    hidden, x = rng.random(60) < 0.5, rng.integers(0, 2, (80, 60))
    np.testing.assert_array_equal(solve_modulo_two(x, x @ hidden % 2), hidden)


def test_mistakes_are_named():
    with pytest.raises(Problem, match="matrix, right"):
        solve_modulo_two(np.zeros((2, 3), int), np.zeros(3, int))
