"""Values by loops over the definitions, entropy by SciPy, and the two ways to generalize by hand."""

import itertools

import numpy as np
import pytest
from scipy.stats import entropy

from unseen._problem import Problem
from unseen.measures.complexity.attribute_representativeness import (
    by_rule,
    by_similarity,
    described,
    description_length,
    local_entropy,
    representativeness,
)

RNG = np.random.default_rng(0)
FEATURES, Y = RNG.exponential(size=(60, 5)), np.repeat(np.arange(4), 15)


def test_representativeness_by_loops():
    found = representativeness(FEATURES, Y)
    mean = np.array([[FEATURES[c == Y, a].mean() for a in range(5)] for c in range(4)])
    for c, a in itertools.product(range(4), range(5)):
        given_concept = mean[c, a] / mean[c].sum()
        others = sum(mean[k, a] / mean[:, a].sum() for k in range(4) if k != c)
        assert found[c, a] == pytest.approx(given_concept / others)


def test_representativeness_does_not_change_with_the_scale_of_all_attributes_but_with_that_of_one():
    np.testing.assert_allclose(representativeness(7 * FEATURES, Y), representativeness(FEATURES, Y))
    assert not np.allclose(representativeness(FEATURES * [7, 1, 1, 1, 1], Y), representativeness(FEATURES, Y))


def test_an_attribute_of_one_concept_and_one_of_none():
    features = np.column_stack([np.where(Y == 2, 1.0, 0.0), np.zeros(60), np.ones(60)])
    found = representativeness(features, Y)
    assert found[2, 0] == np.inf
    assert (found[[0, 1, 3], 0] == 0).all()
    assert (found[:, 1] == 0).all()
    np.testing.assert_allclose(found[:, 2], [4 / 3, 4 / 3, 2 / 3, 4 / 3])


def test_described_by_loops():
    weight = RNG.normal(size=(5, 4))
    ranking = RNG.normal(size=(4, 5))
    found = described(FEATURES, Y, ranking, lambda z: np.argmax(z @ weight, axis=1))
    for c, k in itertools.product(range(4), range(1, 6)):
        best = sorted(range(5), key=lambda a: -ranking[c, a])[:k]
        kept = [[value if a in best else 0.0 for a, value in enumerate(row)] for row in FEATURES[c == Y]]
        assert found[c, k - 1] == pytest.approx(np.mean(np.argmax(np.array(kept) @ weight, axis=1) == c))


@pytest.mark.parametrize("k", [1, 2, 5])
def test_description_length_counts_attributes(k):
    """Concept 0 is named when its first k attributes are there, with all weight of one sign; concept 1 always."""
    features, weight = np.ones((3, 5)), np.zeros((5, 2))
    weight[:k, 0] = 1.0
    curve = described(features, np.zeros(3, int), np.arange(5, 0, -1.0)[None], lambda z: np.where(z @ weight[:, 0] > k - 0.5, 0, 1))
    np.testing.assert_allclose(description_length(curve), [k - 1])


def test_a_concept_never_named_has_no_length():
    assert np.isnan(description_length(np.zeros((1, 4))))[0]


def test_entropy_against_scipy():
    image = RNG.uniform(size=(9, 8))
    image[0, :2] = 0, 1
    pairs = []
    for i, j in itertools.product(range(1, 8), range(1, 7)):
        around = (image[i - 1 : i + 2, j - 1 : j + 2].sum() - image[i, j]) / 8
        pairs.append((min(int(image[i, j] * 4), 3), min(int(around * 4), 3)))
    counts = np.unique(pairs, axis=0, return_counts=True)[1]
    assert local_entropy(image, levels=4) == pytest.approx(entropy(counts, base=2))
    assert local_entropy(0.2 + 0.3 * image, levels=4) == pytest.approx(local_entropy(image, levels=4)), "stretched first"


def test_entropy_grows_from_uniform_to_noise():
    ramp = np.linspace(0, 1, 16)[None].repeat(16, axis=0)
    assert local_entropy(np.zeros((16, 16))) == 0
    assert local_entropy(ramp) == pytest.approx(np.log2(14))
    assert local_entropy(RNG.uniform(size=(16, 16))) > 7.3


def test_rule_is_all_or_none_and_similarity_graded():
    examples = np.array([[1, 1, 1, 0], [1, 1, 0, 1]], bool)
    others = np.array([[1, 1, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
    np.testing.assert_array_equal(by_rule(examples, others), [1, 0, 0, 1])
    np.testing.assert_allclose(by_similarity(examples, others), [2 / 3, 2 / 3, 0, 1])
    assert by_rule(np.array([[True, False], [False, True]]), np.zeros((1, 2), bool))[0] == 1, "nothing shared forbids nothing"


def test_mistakes_are_named():
    with pytest.raises(Problem, match="features"):
        representativeness(-FEATURES, Y)
    with pytest.raises(Problem, match="none of 1"):
        representativeness(FEATURES, np.where(Y == 1, 0, Y))
