from itertools import pairwise

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.compression import occam, quantize, self_delimiting


def test_the_code_is_prefix_free():
    """Kraft: the code lengths of all strings add up to at most 1."""
    assert sum(2.0 ** (bits - self_delimiting(bits)) for bits in range(1000)) <= 1


def test_holds_for_the_best_of_a_class_and_not_without_its_bits():
    rng, n, delta = np.random.default_rng(0), 40, 0.1
    rates, times = np.unique(rng.binomial(n, 0.5, (2000, 256)).min(axis=1) / n, return_counts=True)
    violated = {bits: times[[occam(rate, bits, n, delta).value < 0.5 for rate in rates]].sum() / 2000 for bits in (0, 8)}
    assert violated[8] <= delta
    assert violated[0] > 0.9


def test_quantize():
    values = np.random.default_rng(0).normal(size=500)
    found = {levels: quantize(values, levels) for levels in (1, 2, 4, 16)}
    errors = [np.mean((one.values - values) ** 2) for one in found.values()]
    assert all(a > b for a, b in pairwise(errors))
    assert [len(np.unique(one.values)) for one in found.values()] == [1, 2, 4, 16]
    assert errors[1] == pytest.approx(1 - 2 / np.pi, abs=0.03), "the best two levels of a normal variable are ±√(2/π)"
    share = np.unique(found[4].values, return_counts=True)[1] / 500
    assert found[4].bits == np.ceil(500 * -(share @ np.log2(share))) + 4 * (16 + 9) + 2
    np.testing.assert_array_equal(found[4].values, found[4].values.astype(np.float16))


def test_bad_input():
    with pytest.raises(Problem, match="half precision"):
        quantize([np.nan, 1.0], 1)
    with pytest.raises(Problem, match="levels"):
        quantize([1.0, 2.0], 3)
    with pytest.raises(Problem, match="half precision"):
        quantize([1e9, 0.0], 1)
    with pytest.raises(Problem, match="bits"):
        occam(0.1, -1, 10)
