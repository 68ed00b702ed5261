"""Every format of a product against Python's integers."""

import itertools

import jax
import jax.numpy as jnp
import pytest

from unseen.tasks.strings.padded_multiplication import PaddedMultiplication


@pytest.mark.parametrize(("padded", "reverse"), list(itertools.product([True, False], repeat=2)))
def test_against_integers(padded, reverse):
    task = PaddedMultiplication(lengths=(1, 3), beyond=(4, 5), base=7, padded=padded, reverse=reverse)
    lengths = jnp.repeat(jnp.arange(1, 5), 10)
    batch = task.examples(jax.random.key(1), lengths, 4)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        shown = 5 if padded else n
        number = sum(d * 7 ** (shown - 1 - i) for i, d in enumerate(x[1 : shown + 1]))
        assert number < 7**n and x[shown + 1 : 2 * shown + 2] == [7] * (shown + 1)
        digits = [x[0] * number // 7**i % 7 for i in range(shown + 1)]
        wanted = digits if reverse else digits[::-1]
        assert y == [-1] * (shown + 1) + wanted + [-1] * (len(y) - 2 * shown - 2)
