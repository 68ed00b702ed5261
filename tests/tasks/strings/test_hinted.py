"""Which answer each mark asks for, how often, and that tests ask for the task's alone."""

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.bucket_sort import BucketSort
from unseen.tasks.strings.hinted import Hinted
from unseen.tasks.strings.recopy import ReCopy

SORT = BucketSort(lengths=(2, 4), beyond=(5, 6), samples=10)
COPY = ReCopy(alphabet=5, repeats=(1,), lengths=(2, 4), beyond=(5, 6), samples=10)


def test_each_mark_has_its_answer():
    batch = Hinted(SORT, COPY, share=0.25).splits(jax.random.key(0))["train"].draw(jax.random.key(1), 2000)
    hints = 0
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), batch.info["length"].tolist(), strict=True):
        string, hint = x[1 : 1 + n], x[0] == 6
        answer = [*string, 5] if hint else sorted(string)
        hints += hint
        assert x[1 + n :] == [7] * len(answer) + [8] * (len(x) - 1 - n - len(answer))
        assert y == [-1] * (1 + n) + answer + [-1] * (len(y) - 1 - n - len(answer))
    assert abs(hints / 2000 - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 2000)


def test_tests_are_those_of_the_task_marked():
    hinted = Hinted(Autoregressive(SORT), Autoregressive(COPY))
    splits, plain = hinted.splits(jax.random.key(0)), Autoregressive(SORT).splits(jax.random.key(0))
    for name in ("test", "longer"):
        found, own = splits[name], plain[name]
        width = own.y.shape[1]
        assert found.x.shape[1] == hinted.inputs.length and set(np.asarray(found.x[:, 0]).tolist()) == {hinted.inputs.vocabulary - 4}
        assert np.array_equal(found.y[:, 1 : 1 + width], own.y) and (np.asarray(found.y[:, 1 + width :]) == -1).all()


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Hinted.task, Hinted.hint: expected fresh strings"):
        Hinted(BucketSort(train_size=5)).splits(jax.random.key(0))
    with pytest.raises(Problem, match=r"Hinted.share"):
        Hinted(share=-0.1)
