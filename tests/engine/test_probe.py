"""Scores against their definitions."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tiny
from unseen._types import Examples, Snapshot, Stream, share_correct
from unseen.engine import execute
from unseen.engine.probe import Score, forward
from unseen.methods.fit.least_squares import LeastSquares
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.models.linear import Linear
from unseen.models.rnn import RNN
from unseen.tasks.linear_regression import LinearRegression
from unseen.tasks.operation_table import OperationTable
from unseen.tasks.strings.parity_check import ParityCheck


def snapshot(study) -> Snapshot:
    cell = study.cells()[0]
    network, splits = execute.rebuild(cell, None)
    return Snapshot(network, network, splits, cell.recipe, None, jnp.array(0), jax.random.key(0))


def by_hand(network, split) -> tuple[np.ndarray, np.ndarray]:
    """(cross-entropy, correct) of every example, one after the other, in NumPy."""
    losses, right, alone = [], [], eqx.filter_jit(network)
    for x, y in zip(np.asarray(split.x), np.asarray(split.y), strict=True):
        logits = np.asarray(alone(x), float)
        losses.append(np.log(np.exp(logits).sum()) - logits[y])
        right.append(logits.argmax() == y)
    return np.array(losses), np.array(right)


@pytest.mark.parametrize("chunk", [1, 5, 7, 1024])
def test_score_by_hand(chunk: int) -> None:
    seen = snapshot(tiny.study())
    found = eqx.filter_jit(Score(chunk=chunk))(seen)
    assert set(found) == {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}
    for name, split in seen.splits.items():
        losses, right = by_hand(seen.network, split)
        np.testing.assert_allclose(found[f"{name}_loss"], losses.mean(), rtol=1e-5)
        np.testing.assert_allclose(found[f"{name}_accuracy"], right.mean(), rtol=1e-6)


def test_score_of_some_splits_and_facts() -> None:
    seen = snapshot(tiny.study(task=OperationTable(p=5, template=("a", "b"), label_noise=0.25)))
    found = eqx.filter_jit(Score(splits=("train",), where=("corrupted",)))(seen)
    train = seen.splits["train"]
    losses, right = by_hand(seen.network, train)
    holds = np.asarray(train.info["corrupted"])
    assert 0 < holds.sum() < len(holds)
    expected = {
        "train_loss": losses.mean(), "train_accuracy": right.mean(),
        "train_corrupted_loss": losses[holds].mean(), "train_corrupted_accuracy": right[holds].mean(),
        "train_not_corrupted_loss": losses[~holds].mean(), "train_not_corrupted_accuracy": right[~holds].mean(),
    }  # fmt: skip
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
    nowhere = eqx.filter_jit(Score(where=("corrupted",)))(snapshot(tiny.study()))  # nothing is corrupted there
    assert np.isnan(nowhere["train_corrupted_loss"])
    assert "test_corrupted_loss" not in nowhere


def test_score_of_values_and_of_a_fit() -> None:
    seen = snapshot(tiny.study(task=LinearRegression(d_in=3, train_size=5, test_size=4), model=Linear(), method=LeastSquares()))
    found = Score()(seen)
    assert set(found) == {"train_loss", "test_loss"}
    test = jax.tree.map(np.asarray, seen.splits["test"])
    errors = test.x @ np.asarray(seen.network.weight) - test.y
    ratio = float(found["test_loss"]) / np.mean(np.sum(errors.reshape(4, -1) ** 2, 1))
    assert ratio == pytest.approx(1.0, rel=1e-5) or ratio == pytest.approx(0.5, rel=1e-5)  # the objective's own convention


def test_forward_in_pieces_is_forward_at_once() -> None:
    split = Examples({"a": jnp.arange(22.0).reshape(11, 2)}, jnp.zeros(11))

    def network(x, key):
        return {"out": x["a"].sum(), "twice": 2 * x["a"]}

    whole = forward(network, split, 11)
    for chunk in (1, 2, 3, 5, 10):
        pieces = forward(network, split, chunk)
        assert jax.tree.map(lambda a: a.tolist(), pieces) == jax.tree.map(lambda a: a.tolist(), whole)


class Ones(Stream):
    """The same example for ever."""

    def draw(self, key, n):
        return Examples(jnp.ones((n, 2), jnp.int32), jnp.full(n, 2))


def test_score_draws_from_streams() -> None:
    seen = snapshot(tiny.study())
    found = Score(splits=("later",), samples=3)(Snapshot(seen.network, seen.initial, {"later": Ones()}, seen.cell, None, seen.step, seen.key))
    losses, _ = by_hand(seen.network, Ones().draw(jax.random.key(0), 1))
    np.testing.assert_allclose(found["later_loss"], losses[0], rtol=1e-5)


def test_the_share_of_asked_places_that_are_right() -> None:
    logits = jax.nn.one_hot(jnp.array([[0, 1, 2], [2, 2, 2], [0, 0, 0]]), 3)
    y = jnp.array([[0, 1, 1], [-1, 2, -1], [-1, -1, -1]])
    np.testing.assert_allclose(share_correct(logits, y), [2 / 3, 1.0, 0.0], rtol=1e-6)
    np.testing.assert_allclose(share_correct(logits[:, 0], jnp.array([0, 1, 0])), [1, 0, 1])
    np.testing.assert_allclose(share_correct(logits.at[0, 0, 0].set(jnp.nan), y), [1 / 3, 1.0, 0.0], rtol=1e-6)


def test_scores_of_strings_and_by_length() -> None:
    task = ParityCheck(lengths=(1, 3), beyond=(4, 6), samples=4)
    study = tiny.study(task=task, model=RNN(width=4), method=Method(order=Sample(4)))
    seen = snapshot(study)
    found = eqx.filter_jit(Score(splits=("longer",), by="length", values=(4, 5, 6, 9)))(seen)
    assert set(found) == {"longer_loss", "longer_accuracy", "longer_exact", "longer_accuracy_by_length"}
    longer, alone = jax.tree.map(np.asarray, seen.splits["longer"]), eqx.filter_jit(seen.network)
    right = [float(np.argmax(np.asarray(alone(x))[n]) == y[n]) for x, y, n in zip(longer.x, longer.y, longer.info["length"], strict=True)]
    assert found["longer_accuracy"] == found["longer_exact"] == pytest.approx(np.mean(right))
    np.testing.assert_allclose(found["longer_accuracy_by_length"], [*np.mean(np.reshape(right, (3, 4)), axis=1), np.nan], rtol=1e-6)
