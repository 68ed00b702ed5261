"""Lengths that a curriculum lets through, on streams of strings."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.methods.order.sample import Sample
from unseen.methods.order.stream_curriculum import StreamCurriculum
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.copy_string import CopyString
from unseen.tasks.strings.parity_check import ParityCheck

PARITY = ParityCheck(lengths=(1, 12), beyond=(13, 14), samples=4)


@functools.lru_cache
def drawer(order, task):
    train = task.splits(jax.random.key(0))["train"]
    draw = jax.vmap(lambda key, step: order.next(train, None, step, key)[0].info["length"], (0, None))
    return jax.jit(lambda step: draw(jax.random.split(jax.random.key(1), 700), step))


def lengths(order, step, task=PARITY):
    return np.asarray(drawer(order, task)(step))[:, 0]


def test_the_limit_grows_and_all_lengths_below_it_are_met():
    order = StreamCurriculum(by="length", batch=2, start=2.0, end=12.0, growth=100.0)
    assert set(lengths(order, 0)) == {1, 2}
    assert set(lengths(order, 100)) == set(range(1, 13))
    counts = np.bincount(lengths(order, 50), minlength=8)[1:]
    assert len(counts) == 7
    assert ((counts - 100) ** 2 / 100).sum() < 6 + 5 * np.sqrt(12)  # evenly many of each
    assert set(lengths(StreamCurriculum(by="length", batch=2, start=0.0, end=0.0), 5)) <= set(range(1, 13))  # nothing is so easy: the last draw is taken


def test_where_all_is_allowed_batches_are_those_of_sample_up_to_their_keys():
    train = PARITY.splits(jax.random.key(0))["train"]
    found, _ = StreamCurriculum(by="length", batch=3, start=99.0).next(train, None, jnp.array(4), jax.random.key(2))
    plain, _ = Sample(batch=3).next(train, None, jnp.array(0), jax.random.fold_in(jax.random.key(2), 4))
    np.testing.assert_array_equal(found.x, plain.x)


def test_answers_that_are_written_take_it_too():
    task = Autoregressive(CopyString(alphabet=3, lengths=(1, 5), beyond=(6, 7), samples=2))
    assert set(lengths(StreamCurriculum(by="length", batch=2, start=2.0), 0, task=task)) == {1, 2}


def test_what_it_refuses():
    with pytest.raises(Problem, match="unknown field of info 'depth'"):
        lengths(StreamCurriculum(by="depth", batch=2), 0)
    with pytest.raises(Problem, match=r"StreamCurriculum.growth: expected a number above 0, got 0"):
        StreamCurriculum(growth=0.0)
