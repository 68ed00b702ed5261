"""Products against Python's integers, in two bases."""

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Problem
from unseen.tasks.strings.short_multiplication import ShortMultiplication


@pytest.mark.parametrize("base", [4, 10])
def test_against_integers(base):
    lengths, digits = jnp.repeat(jnp.arange(1, 6), 20), set()
    batch = ShortMultiplication(base=base).examples(jax.random.key(1), lengths, 5)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        product = x[0] * sum(d * base**i for i, d in enumerate(x[1 : n + 1]))
        assert x[n + 1 : 2 * n + 2] == [base] * (n + 1) and max(x[: n + 1]) < base
        assert y == [-1] * (n + 1) + [product // base**i % base for i in range(n + 1)] + [-1] * (len(y) - 2 * n - 2)
        digits.add(x[0])
    assert digits == set(range(2, base))


def test_wrong_fields():
    with pytest.raises(Problem, match=r"ShortMultiplication.base: expected a whole number of at least 3"):
        ShortMultiplication(base=2)
