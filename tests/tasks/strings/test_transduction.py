"""A finite training set of strings: how many of each length, and that no test string is in it wherever another of its length is at hand."""

import jax
import numpy as np
import pytest

from unseen._types import Examples, Problem
from unseen.tasks.strings.addition import Addition
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.parity_check import ParityCheck
from unseen.tasks.strings.reverse_string import ReverseString

KEY = jax.random.key(0)
SPAN = {"lengths": (1, 5), "beyond": (6, 7), "samples": 30}


def rows(split):
    return [row.tobytes() for row in np.asarray(split.x)]


def test_every_string_of_a_finite_training_set_is_one_of_the_task():
    splits = jax.jit(ReverseString(**SPAN, train_size=23).splits)(KEY)
    train = splits["train"]
    assert isinstance(train, Examples)
    assert np.bincount(train.info["length"]).tolist() == [0, 5, 5, 5, 4, 4]
    for x, y, n in zip(train.x.tolist(), train.y.tolist(), train.info["length"].tolist(), strict=True):
        assert [symbol for symbol in y if symbol >= 0] == x[:n][::-1]


def test_test_strings_are_not_trained_on():
    """Of the short lengths all strings are trained on, so all test strings are known and stay; of the long ones those that are new take the others' place."""
    known, spans = [], {"lengths": (2, 5), "beyond": (6, 7), "samples": 40}
    endless, finite = (jax.jit(ParityCheck(**spans, train_size=size).splits) for size in (None, 80))
    for seed in range(5):
        splits, fresh = finite(jax.random.key(seed)), endless(jax.random.key(seed))["test"]
        train, test = set(rows(splits["train"])), splits["test"]
        assert np.bincount(test.info["length"]).tolist() == [0, 0, 40, 40, 40, 40]
        for n in range(2, 6):
            there = np.asarray(test.info["length"]) == n
            trained = [row in train for row, at in zip(rows(test), there, strict=True) if at]
            drawn = {row.tobytes() for row in np.asarray(fresh.x)[np.asarray(fresh.info["length"]) == n]}
            assert any(trained) == (drawn <= train)
            known.append(any(trained))
            assert len({row for row, at in zip(rows(test), there, strict=True) if at}) == len(drawn - train or drawn)
    assert any(known) and not all(known)


def test_a_finite_training_set_changes_neither_the_stream_nor_the_longer_strings():
    endless, finite = (jax.jit(ReverseString(**SPAN, train_size=size).splits)(KEY) for size in (None, 3))
    np.testing.assert_array_equal(endless["longer"].x, finite["longer"].x)
    draw = jax.jit(lambda key: endless["train"].draw(key, 4).x)
    assert (np.asarray(draw(KEY)) != np.asarray(draw(jax.random.key(1)))).any()


@pytest.mark.parametrize("places", ["index", "coupled"])
def test_as_a_language_model_meets_them(places):
    plain = Addition(lengths=(1, 2), beyond=(3, 3), samples=50, train_size=200)
    splits = jax.jit(Autoregressive(plain, places=places).splits)(KEY)
    symbols = {name: np.asarray(splits[name].x) if places == "index" else np.asarray(splits[name].x)[:, :, 0] for name in ("train", "test")}
    assert len(splits["train"]) == 200
    trained = {row.tobytes() for row in np.asarray(symbols["train"])}
    assert not any(row.tobytes() in trained for row in np.asarray(symbols["test"])[50:])
    x, y, n = (np.asarray(part)[-1] for part in (symbols["train"], splits["train"].y, splits["train"].info["length"]))
    assert x[n] == 10 and x[2 * n + 1] == 11
    assert (x[2 * n + 2 : 3 * n + 3] == y[2 * n + 1 : 3 * n + 2]).all()


def test_wrong_fields():
    for size in (0, 2.5):
        with pytest.raises(Problem, match=r"ParityCheck.train_size: expected None or a number of strings, got"):
            ParityCheck(train_size=size)
