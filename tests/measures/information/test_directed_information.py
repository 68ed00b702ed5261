"""Against sums over all strings, the conservation law, and channels whose information is known."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.information.directed_information import directed_information, expected_terms, information_flow, log_conditionals, mean_over

X, Y = (0, 2, 4), (1, 3, 5)


def law(seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(64)).reshape((2,) * 6)


def entropy(p, axes):
    marginal = p.sum(axis=tuple(i for i in range(p.ndim) if i not in axes)).ravel()
    return -np.sum(marginal * np.log(marginal))


def test_is_massey_s_sum_of_entropies():
    p = law()
    for source, target in ((X, Y), (Y, X)):
        expected = []
        for i in target:
            own, other = [j for j in target if j < i], [j for j in source if j < i]
            expected.append(entropy(p, [*own, i]) - entropy(p, own) - entropy(p, [*own, *other, i]) + entropy(p, [*own, *other]))
        np.testing.assert_allclose(directed_information(p, source, target), expected, atol=1e-12)


def test_both_directions_are_the_mutual_information():
    p = law(1)
    both = directed_information(p, X, Y).sum() + directed_information(p, Y, X).sum()
    assert both == pytest.approx(entropy(p, X) + entropy(p, Y) - entropy(p, range(6)))


def test_a_memoryless_channel_without_feedback():
    flip = 0.1
    pair = np.array([[1 - flip, flip], [flip, 1 - flip]]) / 2
    p = np.einsum("ab,cd,ef->abcdef", pair, pair, pair)
    capacity = np.log(2) + flip * np.log(flip) + (1 - flip) * np.log(1 - flip)
    np.testing.assert_allclose(directed_information(p, X, Y), capacity)
    np.testing.assert_allclose(directed_information(p, Y, X), 0, atol=1e-12)


def test_an_impossible_string_does_not_count():
    copied = np.zeros((2, 2, 2, 2))
    for a in (0, 1):
        for b in (0, 1):
            copied[a, b, b, a] = 0.25  # the third repeats the second, the fourth the first
    np.testing.assert_allclose(directed_information(copied, [1], [2]), [np.log(2)])
    np.testing.assert_allclose(directed_information(copied, [1, 2], [0, 3]), [0, 0], atol=1e-12)


def test_the_flow_is_a_submartingale_that_falls_and_has_the_information_as_mean():
    p = law(2)
    given, alone = log_conditionals(p, Y, X), log_conditionals(p, Y, ())
    flow = information_flow(given, alone)
    np.testing.assert_allclose(np.diff(mean_over(p, flow), prepend=0), directed_information(p, X, Y))
    terms = given - alone
    means = expected_terms(p, terms, Y, X)
    expected = [np.sum(conditional * term, axis=i, keepdims=True) for i, conditional, term in zip(Y, np.exp(given), terms, strict=True)]
    for one, mean in zip(expected, means, strict=True):
        np.testing.assert_allclose(mean, np.broadcast_to(one, p.shape))
    assert (means > -1e-12).all()
    assert (terms < 0).any()


@pytest.mark.parametrize(("p", "target"), [(np.full((2, 2), 0.3), [1]), (np.array([1.5, -0.5]), [0]), (np.full((2, 2), 0.25), [2])])
def test_says_what_is_wrong(p, target):
    with pytest.raises(Problem, match="expected"):
        log_conditionals(p, target, ())
