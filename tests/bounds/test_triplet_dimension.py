import itertools

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.triplet_dimension import arbitrary, hard_error, place, shattered, upper


def answers(places, triplets, p):
    first, second = (np.sum(np.abs(places[triplets[:, 0]] - places[triplets[:, k]]) ** p, axis=1) for k in (1, 2))
    return first < second


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize(("points", "dimension"), [(4, 1), (5, 3), (8, 2), (9, 2)])
def test_shattered_sets_are_answered_in_all_ways(points, dimension, p):
    triplets = shattered(points, dimension)
    assert all(len(set(triplet)) == 3 for triplet in triplets.tolist())
    for wanted in itertools.islice(itertools.product([True, False], repeat=len(triplets)), 300):
        np.testing.assert_array_equal(answers(place(points, dimension, wanted), triplets, p), wanted)


def patterns(triplets, distances):
    """All answers of a few triplets that distances [draws, n, n] give."""
    a, b, c = triplets.T
    return len(np.unique(distances[:, a, b] < distances[:, a, c], axis=0))


def test_arbitrary_distances_of_four_points():
    """By brute force over all orders of the six distances: some set of 5 comparisons is answered in all 32 ways, and none of 6 is in all 64."""
    n, pairs = 4, list(itertools.combinations(range(4), 2))
    distances = np.zeros((720, n, n))
    for row, order in enumerate(itertools.permutations(range(6))):
        for (i, j), rank in zip(pairs, order, strict=True):
            distances[row, i, j] = distances[row, j, i] = rank
    every = np.array([(a, b, c) for a in range(n) for b, c in itertools.combinations([i for i in range(n) if i != a], 2)])
    largest = {size: max(patterns(every[list(chosen)], distances) for chosen in itertools.combinations(range(12), size)) for size in (5, 6)}
    assert arbitrary(n) == 5
    assert largest[5] == 2**5
    assert largest[6] < 2**6


@pytest.mark.parametrize(("points", "dimension"), [(100, 1), (100, 10), (1000, 3), (8, 50)])
def test_upper_limit_is_where_patterns_run_out_and_above_what_is_shattered(points, dimension):
    found, n = upper(points, dimension), points * dimension
    assert len(shattered(points, dimension)) <= found <= arbitrary(points)
    if found < arbitrary(points):
        assert found <= n * np.log2(8 * np.e * found / n)
        assert found + 1 > n * np.log2(8 * np.e * (found + 1) / n)


def test_both_limits_are_of_order_nd():
    for points, dimension in ((1000, 4), (4000, 16), (2000, 64)):
        assert 0.8 <= len(shattered(points, dimension)) / (points * dimension) <= 1
        assert 7 <= upper(points, dimension) / (points * dimension) <= 7.5


def test_no_learner_is_better_on_the_hard_distribution():
    """The learner that remembers and answers "no" elsewhere, on random answers."""
    rng, size, draws = np.random.default_rng(0), 12, 20
    truth, seen = rng.random((20_000, size)) < 0.5, rng.integers(size, size=(20_000, draws))
    known = (seen[:, :, None] == np.arange(size)).any(axis=1)
    assert (truth & ~known).mean() == pytest.approx(hard_error(size, draws), rel=0.03)


def test_bad_input():
    with pytest.raises(Problem, match="even"):
        upper(10, 2, p=3)
    with pytest.raises(Problem, match="at least 4"):
        arbitrary(3)
    with pytest.raises(Problem, match="answers"):
        place(8, 2, [True])
    with pytest.raises(Problem, match="draws"):
        hard_error(0, 1)
