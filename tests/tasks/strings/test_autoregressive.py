"""Answers written one symbol after the other: what is read where, and that one pass with the true answers tells what greedy decoding writes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from padded import shaken
from unseen._types import Problem, Tokens, outputs, share_correct
from unseen.models.decoder import Decoder
from unseen.tasks.strings.addition import Addition
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.binary_addition import BinaryAddition
from unseen.tasks.strings.reverse_string import ReverseString

KEY = jax.random.key(0)


def told(task, lengths, size):
    def both(lengths):
        examples = task.task.examples(jax.random.key(1), lengths, size)
        return examples, task.told(examples, KEY)

    return jax.jit(both)(jnp.array(lengths))


@pytest.mark.parametrize("task", [ReverseString(), BinaryAddition(), Addition(reverse=False)])
def test_reads_what_it_was_asked_before(task):
    plain, written = told(Autoregressive(task), [4, 5, 3, 5] * 5, 5)
    ask, padding = max(task.symbols, task.classes), max(task.symbols, task.classes) + 1
    for x, y, new in zip(plain.x.tolist(), plain.y.tolist(), written.x.tolist(), strict=True):
        string = [symbol for symbol in x if symbol < task.symbols]
        answer = [symbol for symbol in y if symbol >= 0]
        expected = [*string, ask, *answer[:-1]]
        assert new == expected + [padding] * (len(x) - len(expected))
    np.testing.assert_array_equal(plain.y, written.y)


def test_exact_is_greedy_decoding():
    """The answers that a network itself writes, symbol by symbol, are those of which one pass says that all are right; with one symbol changed, none is."""
    task = Autoregressive(ReverseString(lengths=(1, 5), beyond=(6, 6)))
    network = shaken(eqx.filter_jit(Decoder("buckets", width=8, depth=1, heads=2).build)(task.inputs, task.outputs, KEY), seed=2)
    run = eqx.filter_jit(outputs)
    _, examples = told(task, [5] * 8, 5)
    x, y = np.array(examples.x), np.full(examples.y.shape, -1)
    x[:, 6:] = task.symbols + 1
    for at in range(5, 10):
        y[:, at] = np.argmax(np.asarray(run(network, x))[:, at], axis=1)
        x[:, at + 1 : at + 2] = y[:, at : at + 1]  # nothing follows the last one
    assert len(np.unique(y, axis=0)) > 1
    share = jax.jit(share_correct)
    assert (np.asarray(share(run(network, x), y)) == 1).all()
    y[:, 7] = 1 - y[:, 7]
    x[:, 8] = y[:, 7]
    assert (np.asarray(share(run(network, x), y)) < 1).all()


@pytest.mark.parametrize("places", ["shifted", "coupled"])
def test_places(places):
    """Moved by one number a string, any that leaves room."""
    task = Autoregressive(Addition(lengths=(1, 3), beyond=(4, 6)), places=places, room=30)
    assert task.inputs == Tokens(21, 13, padding=True, places=30)
    _, written = told(task, [2] * 400 + [3] * 400, 3)
    x = np.asarray(written.x)
    for n, rows in ((2, x[:400]), (3, x[400:])):
        used = 3 * n + 3
        plain = np.arange(used) if places == "shifted" else np.asarray(task.task.coupled(jnp.arange(used), jnp.array(n)))
        moved = rows[:, :used, 1] - plain
        assert (moved == moved[:, :1]).all()
        assert {*moved[:, 0].tolist()} == set(range(30 - plain.max()))
        assert (rows[:, used:, 0] == 12).all()


def test_training_and_tests_are_alike():
    task = Autoregressive(Addition(lengths=(1, 3), beyond=(4, 6), samples=5), places="coupled")
    splits = jax.jit(task.splits)(KEY)
    batch = jax.eval_shape(lambda stream: stream.draw(KEY, 7), splits["train"])
    assert batch.x.shape == (7, 12, 2)
    assert splits["test"].x.shape == (15, 12, 2)
    assert splits["longer"].x.shape == (15, 21, 2)
    assert int(splits["longer"].x[:, :, 1].max()) < task.inputs.places == 8


def test_wrong_fields():
    with pytest.raises(Problem, match="expected a task from strings to strings"):
        Autoregressive(3)
    with pytest.raises(Problem, match=r"Autoregressive.places: expected one of 'index', 'shifted', 'coupled', got 'same'"):
        Autoregressive(places="same")
    with pytest.raises(Problem, match=r"Autoregressive.room: expected at least 18 places for strings of length 16, got 10"):
        Autoregressive(places="coupled", room=10).inputs  # noqa: B018
    with pytest.raises(Problem, match="does not say which of its symbols belong together"):
        Autoregressive(ReverseString(), places="coupled").inputs  # noqa: B018
