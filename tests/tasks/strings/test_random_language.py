"""Frequencies, and what may come next, against what the formula says."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.strings.random_language import RandomLanguage


def test_without_structure_words_are_independent_and_follow_zipf():
    task = RandomLanguage(words=6, structure=jnp.array(0.0), zipf=jnp.array(1.2), train_size=30_000, test_size=2)
    train = eqx.filter_jit(lambda task, key: task.splits(key))(task, jax.random.key(0))["train"]
    wanted = np.arange(1, 7) ** -1.2
    wanted /= wanted.sum()
    for column in (train.y, train.x[:, 0], train.x[:, 3], train.y[train.x[:, 3] == 0]):
        np.testing.assert_allclose(np.bincount(np.asarray(column), minlength=6) / len(column), wanted, atol=0.015)


def test_the_next_word_is_drawn_as_logits_say_by_the_last_words_alone():
    task = RandomLanguage(words=4, length=3, order=2, structure=1.0, zipf=0.5, rank=4, train_size=60_000, test_size=2)
    train = task.splits(jax.random.key(1))["train"]
    contexts = jnp.array([[0, 1, 2], [3, 1, 2], [0, 2, 1]])
    probability = np.asarray(jax.nn.softmax(task.logits(contexts)))
    np.testing.assert_allclose(probability[0], probability[1], rtol=1e-5)
    assert np.abs(probability[0] - probability[2]).max() > 0.05
    for context, wanted in zip(contexts[1:], probability[1:], strict=True):
        at = np.asarray(jnp.all(train.x[:, 1:] == context[1:], axis=1))
        found = np.bincount(np.asarray(train.y)[at], minlength=4) / at.sum()
        np.testing.assert_allclose(found, wanted, atol=5 * 0.5 / np.sqrt(at.sum()))


def test_logits_are_the_formula():
    task = RandomLanguage(words=5, length=2, order=2, structure=0.9, zipf=1.1, rank=3, language=7)
    keys = jax.random.split(jax.random.key(7), 3)
    e, u, m = (np.asarray(jax.random.normal(k, shape)) for k, shape in zip(keys, ((5, 3), (5, 3), (2, 3, 3)), strict=True))
    context = (4, 1)
    h = np.tanh((e[context[0]] @ m[0] + e[context[1]] @ m[1]) / np.sqrt(3) / np.sqrt(2))
    wanted = [0.9 * u[w] @ h - 1.1 * np.log(w + 1) for w in range(5)]
    np.testing.assert_allclose(task.logits(jnp.array([context]))[0], wanted, rtol=1e-4, atol=1e-5)


def test_the_test_text_is_the_languages_and_the_training_text_the_keys():
    task = RandomLanguage(words=8, train_size=20, test_size=20)
    one, other = (task.splits(jax.random.key(k)) for k in (0, 1))
    assert eqx.tree_equal(one["test"], other["test"])
    assert not np.array_equal(one["train"].x, other["train"].x)
    assert not np.array_equal(one["test"].x, RandomLanguage(words=8, language=1, test_size=20).splits(jax.random.key(0))["test"].x)


@pytest.mark.parametrize("wrong", [{"words": 1}, {"length": 1}, {"order": 0}, {"zipf": -1.0}, {"structure": -0.1}, {"rank": 0}, {"train_size": 0}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        RandomLanguage(**wrong)
