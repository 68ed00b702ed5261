"""What holds for every task."""

import dataclasses
import functools

import jax
import numpy as np
import pytest

from discovery import components
from unseen._types import Classes, Examples, Problem, Stream, Strings, Tokens
from unseen.tasks.strings._transduction import Transduction
from unseen.tasks.task import Task

TASKS = components("unseen.tasks", Task)


@functools.cache
def source(name):
    """A task with its splits as one compiled function of the key, few strings of each length; skipped where the data must come from the user."""
    task = TASKS[name]()
    if isinstance(task, Transduction):
        task = dataclasses.replace(task, samples=8)
    try:
        data = task.load()
    except Problem as problem:
        pytest.skip(str(problem))
    return task, jax.jit(lambda key: task.splits(key, data))


def drawn(name, seed):
    """The splits of a seed, every stream as a thousand of its examples."""
    found = source(name)[1](jax.random.key(seed))
    return {split: draw(part, jax.random.key(1)) if isinstance(part, Stream) else part for split, part in found.items()}


@jax.jit
def draw(stream, key):
    return stream.draw(key, 1000)


@functools.cache
def made(name):
    """The task and its splits, which the tests share."""
    return source(name)[0], drawn(name, 0)


def rows(split: Examples) -> set[bytes]:
    return {np.asarray(row).tobytes() for row in np.asarray(split.x)}


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


def test_found():
    assert len(TASKS) >= 9


@pytest.mark.parametrize("name", TASKS)
def test_every_task(name):
    task, splits = made(name)
    assert {"train", "test"} <= set(splits)
    assert set(task.unseen) == set(splits) - {"train"}, "every other split says in which sense it is unseen"
    for split in splits.values():
        x, y = np.asarray(split.x), np.asarray(split.y)
        assert len(x) == len(y) > 0
        assert all(len(fact) == len(x) for fact in split.info.values())
        if isinstance(task.inputs, Tokens):
            assert x.shape[1:] == (task.inputs.length,) or (task.inputs.padding and x.shape[1] <= task.inputs.length)
            assert 0 <= x.min() <= x.max() < task.inputs.vocabulary
        else:
            assert x.shape[1:] == task.inputs.shape
        if isinstance(task.outputs, Strings):
            assert y.shape == x.shape
            assert -1 == y.min() < y.max() < task.outputs.count
            assert (y >= 0).any(axis=1).all(), "every example is asked something"
        elif isinstance(task.outputs, Classes):
            assert 0 <= y.min() <= y.max() < task.outputs.count
        else:
            assert y.shape[1:] == task.outputs.shape


@pytest.mark.parametrize("name", TASKS)
def test_unseen_means_unseen(name):
    task, splits = made(name)
    for split, sense in task.unseen.items():
        if not sense.startswith("same"):
            assert not rows(splits["train"]) & rows(splits[split]), f"{split}: {sense}"


@pytest.mark.parametrize("name", TASKS)
def test_keys(name):
    one, again, other = made(name)[1], drawn(name, 0), drawn(name, 1)
    assert equal(one, again), "the same key, the same data"
    assert not all(equal(one[split].x, other[split].x) for split in one), "another key, other data"
