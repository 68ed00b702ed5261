"""Against closed forms, a general minimiser, and Shannon's function."""

import numpy as np
import pytest
from scipy.optimize import minimize

from unseen._problem import Problem
from unseen.measures.information.causal_rate_distortion import binary_markov_rate, causal_rate_distortion

FAIR, HAMMING = np.full(2, 0.5), 1 - np.eye(2)


def entropy(p):
    return -p * np.log(p) - (1 - p) * np.log(1 - p)


def markov(flip):
    return np.array([[1 - flip, flip], [flip, 1 - flip]])


def curve(flip, slope, steps=5, seed=0):
    return causal_rate_distortion(FAIR, markov(flip), HAMMING, slope, steps, np.random.default_rng(seed))


@pytest.mark.parametrize(("flip", "slope"), [(0.1, np.log(19)), (0.3, np.log(6)), (0.4, np.log(9))])
def test_a_binary_symmetric_markov_source_has_its_closed_form(flip, slope):
    found = curve(flip, slope)
    first, inner, last = found.distortion[0], found.distortion[1:-1], found.distortion[-1]
    np.testing.assert_allclose(found.rate[1:-1], entropy(flip + inner - 2 * flip * inner) - entropy(inner), rtol=1e-4)
    assert found.rate[0] == pytest.approx(np.log(2) - entropy(first), rel=1e-4)
    assert last == pytest.approx(1 / (1 + np.exp(slope)), rel=1e-4), "after the last symbol nothing is to be foretold"
    assert (np.diff(found.lagrangian) <= 1e-12).all()


def test_is_above_shannon_s_function_where_symbols_remember_and_equal_to_it_where_they_do_not():
    remembering, fresh = curve(0.3, np.log(19)), curve(0.5, np.log(19))
    assert remembering.rate[2] > 1.02 * (entropy(0.3) - entropy(remembering.distortion[2]))
    assert remembering.rate[2] == pytest.approx(binary_markov_rate(0.3, remembering.distortion[2])[0], rel=1e-4)
    assert binary_markov_rate(0.3, 0.04)[1] == pytest.approx(entropy(0.3) - entropy(0.04))
    np.testing.assert_allclose(fresh.rate, np.log(2) - entropy(fresh.distortion), rtol=1e-6)


def test_no_other_way_to_write_two_symbols_is_better():
    rng = np.random.default_rng(3)
    start, transition, cost, slope = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(2), 2), np.array([[0.0, 1.0], [0.7, 0.1]]), 2.5

    def lagrangian(logits):
        one = 1 / (1 + np.exp(-logits[:2]))  # p(y_1 = 1 | x_1)
        two = 1 / (1 + np.exp(-logits[2:].reshape(2, 2, 2)))  # p(y_2 = 1 | x_1, y_1, x_2): may look at x_1 too
        joint = np.zeros((2, 2, 2, 2))
        for a, b, c, d in np.ndindex(2, 2, 2, 2):
            joint[a, b, c, d] = start[a] * (one[a] if b else 1 - one[a]) * transition[a, c] * (two[a, b, c] if d else 1 - two[a, b, c])
        y = joint.sum(axis=(0, 2))
        way = np.stack([1 - one, one], 1)[:, :, None, None] * np.stack([1 - two, two], -1)
        rate = np.sum(joint * (np.log(way) - np.log(y[None, :, None, :])))
        return rate + slope * (np.sum(joint.sum(axis=(2, 3)) * cost) + np.sum(joint.sum(axis=(0, 1)) * cost))

    best = min(minimize(lagrangian, rng.normal(size=10)).fun for _ in range(5))
    found = causal_rate_distortion(start, transition, cost, slope, 2, rng)
    assert found.lagrangian[-1] == pytest.approx(best, abs=1e-5)


def test_does_not_depend_on_where_it_starts():
    np.testing.assert_allclose(curve(0.2, 3.0, seed=0).rate, curve(0.2, 3.0, seed=1).rate, atol=1e-6)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="slope above 0"):
        curve(0.2, 0.0)
    with pytest.raises(Problem, match="laws"):
        causal_rate_distortion(FAIR, np.ones((2, 2)), HAMMING, 1.0, 2, np.random.default_rng(0))
