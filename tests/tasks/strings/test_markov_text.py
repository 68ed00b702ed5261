"""Texts against their law: how often each symbol follows each past."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.strings.markov_text import MarkovText


@pytest.mark.parametrize("order", [1, 2])
def test_symbols_follow_the_law(order):
    task = MarkovText(lengths=(40, 40), beyond=(41, 50), alphabet=3, order=order, law=1)
    batch = task.examples(jax.random.key(0), jnp.full(400, 40), 50)
    text = np.concatenate([np.zeros((400, order - 1), int), batch.x[:, :1], batch.y[:, 1:41]], axis=1)
    counts = np.zeros((3**order, 3))
    for i in range(order, text.shape[1]):
        past = sum(text[:, i - 1 - back] * 3**back for back in range(order))
        np.add.at(counts, (past, text[:, i]), 1)
    law, total = np.exp(np.asarray(task.logits())), counts.sum(axis=1, keepdims=True)
    assert (total > 50).all()
    assert ((counts - total * law) ** 2 / (total * law)).sum() < 2 * 3**order + 5 * np.sqrt(4 * 3**order)


def test_laws_differ_and_sharper_ones_are_easier():
    def entropy(task):
        return float(-(jnp.exp(task.logits()) * task.logits()).sum(axis=1).mean())

    assert not np.allclose(MarkovText(law=0).logits(), MarkovText(law=1).logits())
    assert entropy(MarkovText(sharpness=4.0)) < entropy(MarkovText()) < entropy(MarkovText(sharpness=0.5))


def test_wrong_fields():
    with pytest.raises(Problem, match=r"MarkovText.order"):
        MarkovText(order=0)
