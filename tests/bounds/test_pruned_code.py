"""The code of pruned weights, against counting."""

import math

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.compression import quantize
from unseen.bounds.pruned_code import pruned_code


def test_as_many_codes_as_patterns():
    """Without values to tell (one level), the bits beyond the book are those of the number kept and of the pattern."""
    rng = np.random.default_rng(0)
    for n, kept in ((10, 3), (64, 20), (1000, 10)):
        values = np.sign(rng.standard_normal(n)) * 0.001
        values[rng.choice(n, kept, replace=False)] = 1.0
        found = pruned_code(values, kept, 1)
        assert found.bits - quantize(np.ones(kept), 1).bits == math.ceil(math.log2(n)) + math.ceil(math.log2(math.comb(n, kept)))
        assert np.array_equal(found.values, np.where(values == 1.0, 1.0, 0.0))


def test_all_kept_is_quantize():
    values = np.random.default_rng(1).standard_normal(50)
    found, plain = pruned_code(values, 50, 5), quantize(values, 5)
    assert np.array_equal(found.values, plain.values) and found.bits == plain.bits + 6


def test_refusals():
    with pytest.raises(Problem, match="kept"):
        pruned_code([1.0, 2.0], 3, 1)
    with pytest.raises(Problem, match="levels"):
        pruned_code([1.0, 2.0], 1, 2)
