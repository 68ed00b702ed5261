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


def unheard(cls):
    """Fields of a task in which what is no number is not refused by their name, and how many were tried."""
    found, tried, nan = [], 0, float("nan")
    for field in dataclasses.fields(cls):
        value, kind = getattr(cls(), field.name), str(field.type)
        if type(value) is int or (value is None and "int" in kind):
            wrong = ["text", nan, 2.5]
        elif type(value) is float:
            wrong = ["text", nan]
        elif type(value) is tuple and kind.startswith(("tuple[int", "tuple[float")):
            wrong = ["text", nan, 3, (nan,) * len(value), ("text",) * len(value), *[(2.5,) * len(value)] * ("int" in kind)]
        else:
            continue
        for bad in wrong if value is None or "None" in kind else [*wrong, None]:
            tried += 1
            try:
                cls(**{field.name: bad})
                found.append(f"{field.name}={bad!r}: expected a Problem, got a task")
            except Problem as problem:
                if f"{cls.__name__}.{field.name}: " not in str(problem):
                    found.append(f"{field.name}={bad!r}: expected its name, got {problem}")
    return found, tried


def test_what_is_no_number_is_refused_by_name():
    heard = {name: unheard(cls) for name, cls in TASKS.items()}
    assert {name: found for name, (found, _) in heard.items() if found} == {}
    assert sum(tried for _, tried in heard.values()) > 1500

    class Unchecked(Task):
        places: int = 3

        def __check_init__(self):
            if self.places < 1:
                raise ValueError

    with pytest.raises(TypeError, match="'<' not supported"):
        unheard(Unchecked)


@pytest.mark.parametrize("name", TASKS)
def test_keys(name):
    one, again, other = made(name)[1], drawn(name, 0), drawn(name, 1)
    assert equal(one, again), "the same key, the same data"
    assert not all(equal(one[split].x, other[split].x) for split in one), "another key, other data"
