"""Every answer recomputed in plain Python, and that what is drawn is uniform."""

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.composition.function_composition import FunctionComposition

N = 5


def drawn(split, count=400, **fields):
    found = FunctionComposition(n=N, questions=3, **fields).splits(jax.random.key(0))[split].draw(jax.random.key(1), count)
    return np.asarray(found.x), np.asarray(found.y), np.asarray(found.info["hops"])


def right(x, y):
    """For each question (row, kind, whether the answer is the right one)."""
    for i, (row, told) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        f, g = row[:N], row[N : 2 * N]
        assert told[: 2 * N] == [-1] * 2 * N and max(f + g) < N
        for q, answer in zip(row[2 * N :], told[2 * N :], strict=True):
            kind, at = divmod(q - N, N)
            yield i, kind, answer == (g[f[at]], f[at], g[at])[kind]


@pytest.mark.parametrize(("asked", "kind"), [("composed", 0), ("first", 1), ("second", 2)])
def test_answers_are_those_of_the_functions_listed(asked, kind):
    x, y, hops = drawn("test", asked=asked)
    found = list(right(x, y))
    assert len(found) == 1200 and all(fine for _, _, fine in found) and {k for _, k, _ in found} == {kind}
    assert set(hops.tolist()) == {1 + (kind == 0)}


def test_helped_training_asks_for_parts_and_the_test_does_not():
    x, y, hops = drawn("train", helped=0.5)
    found = list(right(x, y))
    assert all(fine for _, _, fine in found) and all(hops[i] == 1 + (kind == 0) for i, kind, _ in found)
    shares = np.bincount([kind for _, kind, _ in found[::3]], minlength=3) / 400
    np.testing.assert_allclose(shares, [0.5, 0.25, 0.25], atol=4 * 0.025)
    assert set(drawn("test", helped=0.5)[2].tolist()) == {2}


def test_functions_and_arguments_are_uniform_and_fresh():
    x, _, _ = drawn("train", 2000)
    for symbols in (x[:, : 2 * N], x[:, 2 * N :] - N):
        counts = np.bincount(symbols.ravel(), minlength=N)
        assert ((counts - counts.mean()) ** 2 / counts.mean()).sum() < N - 1 + 5 * np.sqrt(2 * (N - 1))
    assert abs(np.corrcoef(x[:, :N].ravel(), x[:, N : 2 * N].ravel())[0, 1]) < 4 / np.sqrt(2000 * N)
    assert len({row.tobytes() for row in x[:, : 2 * N]}) > 1990


def test_wrong_fields():
    for wrong in ({"n": 1}, {"questions": 0}, {"asked": "third"}, {"helped": 1.5}):
        with pytest.raises(Problem, match=f"FunctionComposition.{next(iter(wrong))}"):
            FunctionComposition(**wrong)
