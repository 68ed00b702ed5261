"""Every problem against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.float_tokens import FloatTokens
from unseen.tasks.arithmetic.matrix_problem import PROBLEMS, MatrixProblem
from unseen.tasks.arithmetic.spectra import LAWS

N = 3


def numpy_answer(problem, a, b, v, y):
    if problem == "eigenvectors":
        vectors = y[:, N:].reshape(-1, N, N)
        np.testing.assert_allclose(a @ vectors, vectors * y[:, None, :N], atol=1e-4)
        return np.concatenate([np.linalg.eigvalsh(a)[:, ::-1], y[:, N:]], axis=1)
    if problem == "singular vectors":
        u, w = y[:, N : N + N * N].reshape(-1, N, N), y[:, N + N * N :].reshape(-1, N, N)
        np.testing.assert_allclose(u * y[:, None, :N] @ np.swapaxes(w, 1, 2), a, atol=1e-3)
        np.testing.assert_allclose(np.swapaxes(w, 1, 2) @ w, np.broadcast_to(np.eye(N), a.shape), atol=1e-4)
        return np.concatenate([np.linalg.svd(a, compute_uv=False), y[:, N:]], axis=1)
    answers = {
        "transpose": lambda: np.swapaxes(a, 1, 2),
        "add": lambda: a + b,
        "multiply vector": lambda: np.einsum("bij,bj->bi", a, v),
        "multiply": lambda: a @ b,
        "eigenvalues": lambda: np.linalg.eigvalsh(a)[:, ::-1],
        "inverse": lambda: np.linalg.inv(a),
        "singular values": lambda: np.linalg.svd(a, compute_uv=False),
    }
    return answers[problem]().reshape(len(a), -1)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_against_numpy(problem):
    task = MatrixProblem(problem, size=N)
    a = np.random.default_rng(0).uniform(-1, 1, (50, N, N)) + 2 * np.eye(N) * (problem == "inverse")
    a = (a + np.swapaxes(a, 1, 2)) / 2 if problem in ("eigenvalues", "eigenvectors") else a
    b, v = np.random.default_rng(1).uniform(-1, 1, (50, N, N)), np.random.default_rng(2).uniform(-1, 1, (50, N))
    rest = {"add": b, "multiply": b, "multiply vector": v}.get(problem)
    given = a.reshape(50, -1) if rest is None else np.concatenate([a.reshape(50, -1), rest.reshape(50, -1)], axis=1)
    assert given.shape[1] == task.entries
    y = np.asarray(task.solved(jnp.array(given, jnp.float32)), np.float64)
    assert y.shape == (50, task.answers)
    np.testing.assert_allclose(y, numpy_answer(problem, a, b, v, y), rtol=2e-3, atol=2e-4)


def test_written_answers_and_numbers_are_the_same():
    coder = FloatTokens("P10", digits=3)
    tasks = [MatrixProblem("add", size=2, coder=coder, written=written) for written in (False, True)]
    (x, y), (told, asked) = (task.example(jnp.arange(-8.0, 8.0).reshape(2, 8)) for task in tasks)
    places = x.shape[1]
    assert (told[:, :places] == x).all() and (told[:, places] == coder.vocabulary).all() and (asked[:, :places] == -1).all()
    assert (told[:, places + 1 :] == asked[:, places:-1]).all() and told.shape[1] == tasks[1].inputs.length
    np.testing.assert_allclose(coder.decode(asked[:, places:].reshape(2, 4, coder.width)), 10 * y, rtol=1e-5)


def test_other_laws_come_in_turn():
    task = MatrixProblem(law="laplace", others=("semicircle", "uniform"), train_size=5, test_size=40)
    splits = task.splits(jax.random.key(0))
    assert np.bincount(splits["other"].info["law"]).tolist() == [40, 0, 40]
    assert (splits["test"].info["law"] == LAWS.index("laplace")).all()
    assert np.abs(splits["other"].y[40:]).max() <= np.sqrt(3) < np.abs(splits["test"].y).max()  # uniform on ± sqrt(3) deviations, which are 1 for n = 3


def test_wrong_fields():
    with pytest.raises(Problem, match=r"MatrixProblem.problem: expected one of 'transpose'"):
        MatrixProblem("determinant")
    with pytest.raises(Problem, match=r"MatrixProblem.others"):
        MatrixProblem(others=())
