"""Orders and successors against Python's `sorted`."""

import jax
import jax.numpy as jnp
import pytest

from unseen.tasks.strings.unique_sort import UniqueSort


@pytest.mark.parametrize("step", [False, True])
def test_against_sorted(step):
    lengths = jnp.repeat(jnp.arange(1, 7), 20)
    task, places = UniqueSort(lengths=(1, 4), beyond=(5, 6), alphabet=9, step=step), set()
    batch = task.examples(jax.random.key(1), lengths, 6)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        order, before = [*sorted(x[:n]), 9], n + step
        assert len(set(order)) == n + 1
        if step:
            place = order.index(x[n])
            places.add((n, place))
            order = [order[place + 1]]
        assert x[before : before + len(order)] == [9] * len(order)
        assert y == [-1] * before + order + [-1] * (len(y) - before - len(order))
    assert not step or {place for n, place in places if n == 6} == set(range(6))
