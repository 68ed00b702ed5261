"""Rotations against LAPACK, laws of eigenvalues against SciPy."""

import jax
import numpy as np
import pytest
import scipy.stats

from unseen._types import Problem
from unseen.tasks.arithmetic.spectra import LAWS, eigen, symmetric

COUNT, N, C = 2000, 3, 10.0
DEVIATION = C * np.sqrt(N / 3)


@pytest.fixture(scope="module")
def drawn():
    return {law: np.asarray(symmetric(jax.random.key(i), law, COUNT, N, C), np.float64) for i, law in enumerate(LAWS)}


@pytest.mark.parametrize("n", [2, 5])
def test_eigen_against_lapack(n):
    matrices = symmetric(jax.random.key(0), "semicircle", 100, n)
    values, vectors = eigen(matrices)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(np.asarray(matrices))[:, ::-1], atol=1e-4)
    np.testing.assert_allclose(np.einsum("bij,bj,bkj->bik", vectors, values, vectors), matrices, atol=1e-3)
    np.testing.assert_allclose(np.swapaxes(vectors, 1, 2) @ vectors, np.broadcast_to(np.eye(n), (100, n, n)), atol=1e-5)
    assert (np.take_along_axis(np.asarray(vectors), np.abs(vectors).argmax(axis=1, keepdims=True), axis=1) > 0).all()


@pytest.mark.parametrize(
    ("law", "frozen"),
    [
        ("uniform", scipy.stats.uniform(-np.sqrt(3) * DEVIATION, 2 * np.sqrt(3) * DEVIATION)),
        ("gaussian", scipy.stats.norm(0, DEVIATION)),
        ("laplace", scipy.stats.laplace(0, DEVIATION / np.sqrt(2))),
        ("positive laplace", scipy.stats.expon(0, DEVIATION / np.sqrt(2))),
    ],
)
def test_laws(drawn, law, frozen):
    values = np.linalg.eigvalsh(drawn[law]).ravel()
    assert scipy.stats.kstest(values, frozen.cdf).pvalue > 1e-3
    assert scipy.stats.kstest(1.3 * values, frozen.cdf).pvalue < 1e-6


def test_matrices_without_a_law_of_their_own(drawn):
    values = {law: np.linalg.eigvalsh(drawn[law]) for law in LAWS}
    assert np.std(values["semicircle"]) == pytest.approx(DEVIATION, rel=0.05)
    assert values["semicircle"].min() < -10
    assert min(values[law].min() for law in ("positive", "positive laplace", "marchenko")) > -1e-3
    assert np.sqrt(np.mean(values["positive"] ** 2)) == pytest.approx(DEVIATION, rel=0.05)
    assert np.abs(drawn["semicircle"]).max() <= C
    assert values["marchenko"].mean() == pytest.approx(N * C / 3, rel=0.05)  # the trace is a sum of n² squares of mean c/3


def test_unknown_law():
    with pytest.raises(Problem, match="law of eigenvalues"):
        symmetric(jax.random.key(0), "cauchy", 1, 2)
