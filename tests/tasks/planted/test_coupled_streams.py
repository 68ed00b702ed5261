"""Against sums over all paths of the unseen bit, and counts of drawn strings."""

import itertools

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.planted.coupled_streams import BLANK, START, CoupledStreams, log_law

TABLES = np.array([0.5, -0.8, 0.9, 1.2, -0.4, 1.1, 0.2])


def probability(bits, stay, tossed):
    """By the definition: a sum over every path of z."""
    total = 0.0
    for path in itertools.product((-1, 1), repeat=len(bits) // 2):
        p = 0.5 * np.prod([stay if a == b else 1 - stay for a, b in itertools.pairwise(path)])
        x = y = 0
        for z, x_next, y_next in zip(path, bits[::2], bits[1::2], strict=True):
            odds = 0.0 if tossed else TABLES[0] * x + TABLES[1] * y + TABLES[2] * z + TABLES[6]
            x = 2 * x_next - 1
            p *= 1 / (1 + np.exp(-x * odds))
            odds = TABLES[3] * x + TABLES[4] * y + TABLES[5] * z
            y = 2 * y_next - 1
            p *= 1 / (1 + np.exp(-y * odds))
        total += p
    return total


@pytest.mark.parametrize("tossed", [False, True])
def test_the_law_is_the_sum_over_paths(tossed):
    bits = np.array(list(itertools.product((0, 1), repeat=6)))
    expected = [probability(row, 0.8, tossed) for row in bits]
    np.testing.assert_allclose(np.exp(log_law(jax.numpy.asarray(bits), jax.numpy.asarray(TABLES), 0.8, tossed)), expected, rtol=1e-5)
    assert sum(expected) == pytest.approx(1)


def test_strings_are_drawn_by_their_law():
    task = CoupledStreams(length=2, common=1.5)
    splits = task.splits(jax.random.key(3))
    drawn = splits["train"].draw(jax.random.key(4), 30_000)
    whole = np.asarray(drawn.y)[(np.asarray(drawn.y) >= 0).all(axis=1)]
    counts = np.bincount(whole @ [8, 4, 2, 1], minlength=16) / len(whole)
    np.testing.assert_allclose(counts, np.exp(splits["test"].info["log_probability"][:16]), atol=0.01)
    assert len(whole) == pytest.approx(10_000, rel=0.06)


def test_what_is_blank_is_neither_shown_nor_asked():
    splits = CoupledStreams(length=2).splits(jax.random.key(0))
    x, y = (np.asarray(one).reshape(3, 16, 4) for one in (splits["test"].x, splits["test"].y))
    assert (x[..., 0] == START).all()
    np.testing.assert_array_equal(x[0][:, 1:], y[0][:, :-1])
    assert (y[1][:, ::2] == -1).all()
    assert (x[1][:, [1, 3]] == BLANK).all()
    np.testing.assert_array_equal(y[1][:, 1::2], y[0][:, 1::2])
    assert (y[2][:, 1::2] == -1).all()
    assert (x[2][:, 2] == BLANK).all()


def test_mixing_leaves_each_stream_and_parts_them():
    def pairs(mixed):
        y = np.asarray(CoupledStreams(length=1, mixed=mixed).splits(jax.random.key(1))["train"].draw(jax.random.key(2), 10_000).y)
        return y[(y >= 0).all(axis=1)]

    own, other = pairs(0.0), pairs(1.0)
    assert abs(np.corrcoef(own.T)[0, 1]) > 0.4
    assert abs(np.corrcoef(other.T)[0, 1]) < 0.05
    np.testing.assert_allclose(own.mean(axis=0), other.mean(axis=0), atol=0.02)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="1 to 6"):
        CoupledStreams(length=7)
