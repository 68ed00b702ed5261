"""Orders put together in Python from what a string tells."""

from collections import Counter

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Problem
from unseen.tasks.strings.linear_order import LinearOrder


def read(x, y, m):
    """(the order that the pairs tell, the pairs in the order told, what is asked, the answer)."""
    pairs = list(zip(x[: 2 * m : 2], x[1 : 2 * m : 2], strict=True))
    after = dict(pairs)
    (start,) = set(after) - set(after.values())
    order = [start]
    while order[-1] in after:
        order.append(after[order[-1]])
    assert len(order) == m + 1
    return order, pairs, (x[2 * m], x[2 * m + 1]), y[2 * m + 2]


@pytest.mark.parametrize("told", [False, True])
def test_the_answer_follows_from_the_pairs(told):
    lengths = jnp.array([1, 2, 4, 4, 4] * 300)
    batch = LinearOrder(letters=6, beyond=(5, 5), told=told).examples(jax.random.key(0), lengths, 4)
    asked, first_told = Counter(), Counter()
    for x, y, m in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        order, pairs, (a, b), answer = read(x, y, m)
        assert answer == (order.index(a) < order.index(b))
        assert [one for one in y if one >= 0] == [answer]
        assert not told or (a, b) in pairs or (b, a) in pairs
        if m == 4:
            asked[order.index(a), order.index(b)] += 1
            first_told[order.index(pairs[0][0])] += 1
    possible = [(i, j) for i in range(5) for j in range(5) if i != j and (not told or abs(i - j) == 1)]
    for counts, cells in ((asked, possible), (first_told, range(4))):
        assert set(counts) == set(cells)
        expected = 900 / len(cells)
        chi = sum((counts[cell] - expected) ** 2 / expected for cell in cells)
        assert chi < len(cells) + 3 * (2 * len(cells)) ** 0.5, "uniform, three standard deviations of χ² allowed"


def test_wrong_fields():
    with pytest.raises(Problem, match=r"LinearOrder.letters: expected more than 8"):
        LinearOrder(letters=8)
