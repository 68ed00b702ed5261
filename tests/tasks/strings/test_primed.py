"""How often training meets the strings that prime, and that no other string of those lengths is met."""

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.bucket_sort import BucketSort
from unseen.tasks.strings.primed import Primed
from unseen.tasks.xor_clusters import XorClusters

SORT = BucketSort(lengths=(1, 3), beyond=(5, 6), samples=200)


def rows(x):
    return {tuple(row) for row in np.asarray(x).tolist()}


@pytest.mark.parametrize("task", [SORT, Autoregressive(SORT)])
def test_few_strings_in_a_share_of_rows_and_none_of_them_is_judged(task):
    primed = Primed(task, count=7, share=0.3)
    splits = primed.splits(jax.random.key(0))
    batch = splits["train"].draw(jax.random.key(1), 4000)
    long = np.asarray(batch.info["length"]) > 3
    assert abs(long.mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 4000)
    assert len(rows(batch.x[long])) == 7 and batch.x.shape[1] == primed.inputs.length
    longer, before = splits["longer"], task.splits(jax.random.key(0))["longer"]
    assert not rows(batch.x) & rows(longer.x) and np.array_equal(longer.info["length"], before.info["length"])
    assert np.array_equal(splits["test"].x, task.splits(jax.random.key(0))["test"].x)


def test_answers_are_those_of_the_task():
    batch = Primed(SORT, count=3, share=0.5).splits(jax.random.key(0))["train"].draw(jax.random.key(1), 50)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), batch.info["length"].tolist(), strict=True):
        assert y[n : 2 * n] == sorted(x[:n]) and x[2 * n :] == [6] * (len(x) - 2 * n) and set(y[2 * n :] + y[:n]) <= {-1}


def test_strings_that_prime_are_taken_out_of_the_longer_ones():
    """Of the 25 strings of two symbols most prime, and stand among the 200 that would be judged."""
    task = BucketSort(lengths=(1, 1), beyond=(2, 2), samples=200)
    splits = Primed(task, count=15, share=1.0).splits(jax.random.key(0))
    met = rows(splits["train"].draw(jax.random.key(1), 2000).x)
    assert met & rows(task.splits(jax.random.key(0))["longer"].x) and not met & rows(splits["longer"].x)
    left = [tuple(row) for row in np.asarray(splits["longer"].x).tolist()]
    assert len(left) == 200 and max(map(left.count, left)) < 40, "all that are left take their turn"


def test_without_any_it_is_the_task():
    plain = SORT.splits(jax.random.key(0))["train"].draw(jax.random.key(1), 20)
    none = Primed(SORT, count=0).splits(jax.random.key(0))["train"].draw(jax.random.key(1), 20)
    assert np.array_equal(none.x[:, : plain.x.shape[1]], plain.x)


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Primed.task: expected a task from strings to strings"):
        _ = Primed(XorClusters()).inputs
    with pytest.raises(Problem, match=r"Primed.task: expected fresh strings"):
        Primed(BucketSort(train_size=5)).splits(jax.random.key(0))
    with pytest.raises(Problem, match=r"Primed.share"):
        Primed(SORT, share=1.5)
