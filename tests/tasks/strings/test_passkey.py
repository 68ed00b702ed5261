"""Where the key stands, and that every place and digit is equally likely."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.strings.passkey import Passkey

TASK = Passkey(lengths=(4, 8), beyond=(9, 12), digits=3, fillers=2)


def test_the_answer_stands_after_the_mark_and_nowhere_else():
    batch = TASK.examples(jax.random.key(0), jnp.repeat(jnp.arange(4, 13), 20), 12)
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), batch.info["length"].tolist(), strict=True):
        mark = x.index(10)
        assert x.count(10) == 1 and y[n : n + 3] == x[mark + 1 : mark + 4] and max(y[n : n + 3]) < 10
        assert set(x[:mark] + x[mark + 4 : n]) <= {11, 12}


def test_places_and_digits_are_equally_likely():
    x = np.asarray(TASK.examples(jax.random.key(1), jnp.full(4000, 8), 12).x)
    places = np.bincount((x == 10).argmax(axis=1), minlength=5)
    digits = np.bincount(x[x < 10], minlength=10)
    assert len(places) == 5 and ((places - 800) ** 2 / 800).sum() < 4 + 5 * np.sqrt(8)
    assert ((digits - 1200) ** 2 / 1200).sum() < 9 + 5 * np.sqrt(18)


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Passkey.lengths: expected strings of at least 4 symbols"):
        Passkey(lengths=(3, 8), digits=3)
    with pytest.raises(Problem, match=r"Passkey.digits"):
        Passkey(digits=0)
