"""Vectors that hold values and vectors that hold none; linear probes against least squares; lists counted."""

from itertools import permutations

import jax
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from unseen._problem import Problem
from unseen.measures.arithmetic.numeracy import different, numeracy

RNG = np.random.default_rng(0)
A = RNG.permutation(200)
TRAIN, TEST = A[:160], A[160:]


def probed(vectors, **kwargs):
    return numeracy((vectors[TRAIN], TRAIN), {"within": (vectors[TEST], TEST)}, jax.random.key(1), lists=500, steps=300, **kwargs)["within"]


def test_random_vectors_are_at_chance():
    found = probed(RNG.normal(size=(200, 8)))
    assert 0.05 < found.maximum < 0.4
    assert found.decoding > 0.9 * TEST.std()
    assert found.addition > 0.9 * 2**0.5 * TEST.std()


def test_a_turned_line_is_read_exactly():
    line = np.arange(200)[:, None] * RNG.normal(size=(1, 7)) + 0.001 * RNG.normal(size=(200, 7))
    found = probed(np.concatenate([line, np.full((200, 1), 7.0)], axis=1))
    assert found.maximum > 0.95
    assert max(found.decoding, found.addition) < 0.1 * TEST.std()


def test_linear_probes_are_least_squares():
    vectors = np.concatenate([np.arange(200)[:, None] / 50, RNG.normal(size=(200, 3))], axis=1) @ RNG.normal(size=(4, 4)) + RNG.normal(size=(200, 4))
    plain = LinearRegression().fit(vectors[TRAIN], TRAIN)
    error = np.sqrt(np.mean((plain.predict(vectors[TEST]) - TEST) ** 2))
    assert probed(vectors, hidden=(), rate=0.05).decoding == pytest.approx(error, rel=0.03)


def test_entries_that_were_constant_do_not_count():
    vectors = np.concatenate([np.arange(200)[:, None] / 50, RNG.normal(size=(200, 2)), np.zeros((200, 1))], axis=1)
    other = vectors.copy()
    other[TEST, 3] = 100.0
    assert probed(vectors, hidden=(), rate=0.05) == probed(other, hidden=(), rate=0.05)


def test_lists_are_different_and_equally_likely():
    drawn = np.asarray(different(jax.random.key(2), 12_000, 5))
    counts = dict.fromkeys(permutations(range(5)), 0)
    for one in drawn:
        counts[tuple(int(v) for v in one)] += 1
    assert min(counts.values()) > 60
    assert max(counts.values()) < 145
    many = np.asarray(different(jax.random.key(3), 20_000, 7))
    assert all(len(set(one)) == 5 for one in many[:500])
    np.testing.assert_allclose([np.bincount(many[:, k], minlength=7) / 20_000 for k in range(5)], 1 / 7, atol=0.015)


def test_wrong_shapes():
    with pytest.raises(Problem, match="within: expected vectors"):
        numeracy((np.zeros((9, 2)), np.arange(9)), {"within": (np.zeros((9, 3)), np.arange(9))}, jax.random.key(0))
