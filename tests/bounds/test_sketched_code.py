"""Sketches against a matrix, decoding against what was sketched, the length of the code against its parts, and coverage."""

import math

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.bounds.compression import occam
from unseen.bounds.pruned_code import pruned_code
from unseen.bounds.sketched_code import Hashes, sketched_code


def sparse(rng, n, kept):
    values = np.zeros(n)
    values[rng.choice(n, kept, replace=False)] = rng.normal(size=kept)
    return values


def test_a_sketch_is_a_matrix_of_one_sign_in_each_column_of_each_row():
    rng, hashes = np.random.default_rng(0), Hashes(40, 7, rows=2, seed=3)
    matrix = np.stack([hashes.sketch(one).ravel() for one in np.eye(40)], axis=1)
    assert (np.abs(matrix).reshape(2, 7, 40).sum(axis=1) == 1).all()
    values = rng.normal(size=40)
    np.testing.assert_allclose(hashes.sketch(values).ravel(), matrix @ values)
    assert (Hashes(40, 7, seed=4).bucket != Hashes(40, 7, seed=5).bucket).any() and (Hashes(40, 7).bucket == Hashes(40, 7).bucket).all()


def test_sparse_numbers_are_read_off_few_sums_and_not_off_too_few():
    rng, n, kept = np.random.default_rng(1), 2000, 40
    read = {}
    for buckets, rows in ((60, 2), (60, 6), (20, 6)):
        hashes = Hashes(n, buckets, rows)
        found = [(values, hashes.decode(hashes.sketch(values), kept)) for values in (sparse(rng, n, kept) for _ in range(10))]
        read[buckets, rows] = np.mean([np.allclose(one, other, atol=1e-6) for one, other in found])
        assert all(np.count_nonzero(other) <= kept for _, other in found)
    assert read == {(60, 2): 0, (60, 6): 1, (20, 6): 0}, "360 sums for 40 of 2,000 numbers, and no third of that"
    assert not hashes.decode(np.zeros((6, 20)), kept).any()


def test_the_code_says_how_many_and_the_sums_and_what_is_read_hangs_on_it_alone():
    rng, n, kept = np.random.default_rng(2), 500, 12
    values, hashes = sparse(rng, n, kept), Hashes(n, 24)
    sums = hashes.sketch(values).ravel()
    for levels in (1, 3, 12):
        rounded = pruned_code(sums, np.count_nonzero(sums), levels)
        found = sketched_code(values, kept, levels, hashes)
        assert found.bits == rounded.bits + math.ceil(math.log2(n))
        np.testing.assert_array_equal(found.values, hashes.decode(rounded.values.reshape(6, 24), kept))
    exact = sketched_code(values, kept, np.count_nonzero(sums), hashes)
    np.testing.assert_allclose(exact.values, values, atol=0.02)  # half precision, and close sums share a level
    plain = sketched_code(values + 1e-4 * (values == 0), kept, 12, hashes)
    assert plain.bits == sketched_code(values, kept, 12, hashes).bits, "what is pruned is not sketched"


@pytest.mark.parametrize(("n", "kept"), [(20_000, 20), (1000, 100)])
def test_places_are_the_shorter_code(n, kept):
    values, hashes = sparse(np.random.default_rng(3), n, kept), Hashes(n, 2 * kept, rows=math.ceil(math.log2(n / kept)))
    for levels in (3, 7, 15):
        found, plain = sketched_code(values, kept, levels, hashes), pruned_code(values, kept, levels)
        assert np.linalg.norm(found.values - values) < 0.45 * np.linalg.norm(values)
        assert 1.3 < found.bits / plain.bits < 3


def test_coverage_for_the_best_of_all_sketches_and_not_without_its_bits():
    """Fair coins predicted by what is read off one row of 8 buckets with a sign each, whichever of the 2^8 suits the sample: the true error rate is 1/2."""
    rng, n, delta, draws, bits = np.random.default_rng(4), 30, 0.1, 400, 8
    hashes = Hashes(n, bits, rows=1)
    written = 1.0 - 2 * ((np.arange(2**bits)[:, None] >> np.arange(bits)) & 1)
    predicted = np.sign([hashes.decode(one[None], n) for one in written])
    wrong = [np.mean(predicted != rng.choice([-1, 1], n), axis=1).min() for _ in range(draws)]
    assert np.mean([occam(rate, bits, n, delta).value < 0.5 for rate in wrong]) <= delta
    assert np.mean([occam(rate, 0, n, delta).value < 0.5 for rate in wrong]) > 2 * delta


def test_refusals():
    with pytest.raises(Problem, match="kept"):
        sketched_code([1.0, 2.0], 3, 1, Hashes(2, 2))
    with pytest.raises(Problem, match="hashes"):
        sketched_code([1.0, 2.0], 1, 1, Hashes(3, 2))
    with pytest.raises(Problem, match="buckets"):
        Hashes(3, 0)
