"""The tables are scikit-learn's, divided and standardised by what trains."""

import jax
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine

from unseen._types import Problem
from unseen.tasks.measurements import TABLES, Measurements


@pytest.mark.parametrize(("table", "load"), [("tumours", load_breast_cancer), ("wines", load_wine)])
def test_scikit_learns_each_once(table, load):
    x, y = load(return_X_y=True)
    assert TABLES[table][1:] == (*x.shape, len(np.unique(y)))
    task = Measurements(table, train_size=100, test_size=len(y) - 100)
    splits = jax.jit(task.splits)(jax.random.key(0), task.load())
    train = np.asarray(splits["train"].x, float)
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-4)
    ours, labels = (np.concatenate([np.asarray(getattr(split, part), float) for split in splits.values()]) for part in ("x", "y"))
    scale = (x.max(axis=0) - x.min(axis=0)) / (ours.max(axis=0) - ours.min(axis=0))
    back = ours * scale + x.min(axis=0) - (ours * scale).min(axis=0)
    order, known = np.lexsort(np.round(back / scale, 2).T), np.lexsort(np.round(x / scale, 2).T)
    np.testing.assert_allclose(back[order] / scale, x[known] / scale, atol=2e-2)
    np.testing.assert_array_equal(labels[order], y[known])


def test_refused():
    for arguments, said in [({"table": "irises"}, "'tumours', 'wines'"), ({"table": "wines", "train_size": 150}, "at most the 178 wines, got 239")]:
        with pytest.raises(Problem, match=said):
            Measurements(**arguments)
