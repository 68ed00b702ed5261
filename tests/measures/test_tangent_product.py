"""Products with tangent kernels against Jacobians of small networks, in float64, and what Krylov methods find with all kinds of products."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from convolution import convolution
from unseen._types import Classes, Examples, Problem, Reals, Strings, Tokens, outputs, trainable
from unseen.measures import tangent_product as module
from unseen.measures.curvature import empirical_fisher, fisher, gauss_newton, hessian
from unseen.measures.neural_tangent_kernel import as_matrix, neural_tangent_kernel
from unseen.measures.spectrum import eigenpairs, spectral_density
from unseen.measures.tangent_product import tangent_product
from unseen.measures.trace import trace
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.models.encoder import Encoder
from unseen.models.mlp import MLP

KEYS = jax.random.split(jax.random.key(100), 4)
X = jax.random.normal(KEYS[0], (7, 3))


CASES = {
    "perceptron": (MLP(hidden=(4,), activation="tanh", bias=True).build(Reals((3,)), Classes(3), KEYS[1]), X),
    "convolution": convolution(KEYS[1]),
    "places": (Encoder(depth=1, width=4, heads=2).build(Tokens(3, 5), Strings(3, 2), KEYS[1]), jax.random.randint(KEYS[2], (7, 3), 0, 5)),
    "normalised": (MLP(hidden=(4,), activation="tanh", batch_norm=True).build(Reals((3,)), Classes(3), KEYS[1]), X),
}


def jacobian(network, x):
    """[n · outputs, parameters]."""
    with jax.enable_x64(True):
        network, x = (jax.tree.map(lambda a: a.astype("float64") if eqx.is_inexact_array(a) else a, tree) for tree in (network, x))
        params, rest = trainable(network)
        theta, unravel = ravel_pytree(params)
        return np.asarray(jax.jit(jax.jacfwd(lambda t: outputs(eqx.combine(unravel(t), rest), x).reshape(-1)))(theta))


@pytest.mark.parametrize("case", CASES)
def test_against_jacobians(case):
    network, x = CASES[case]
    J = jacobian(network, x)
    product = tangent_product(network, x, dtype="float64")
    assert product.size == len(J) and product.dtype == np.float64
    np.testing.assert_allclose(product(np.eye(len(J))), J @ J.T, rtol=1e-9, atol=1e-12)


def test_the_kernel_itself():
    network, x = CASES["perceptron"]
    matrix = as_matrix(neural_tangent_kernel(network, x))
    product = tangent_product(network, x)
    assert product.dtype == np.float32
    np.testing.assert_allclose(product(np.eye(21)), matrix, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("stored", "chunk"), [(True, 3), (False, 3), (False, 50)])
def test_chunks_and_memory_change_nothing(monkeypatch, stored, chunk):
    network, x = CASES["convolution"]
    v = np.linspace(-1, 1, 21)
    whole = tangent_product(network, x, dtype="float64")(v)
    monkeypatch.setattr(module, "STORE", 2**30 if stored else 0)
    np.testing.assert_allclose(tangent_product(network, x, chunk=chunk, dtype="float64")(v), whole, rtol=1e-10, atol=1e-13)


def test_spectra_and_traces_of_all_kinds_of_products():
    """Lanczos, the density by quadrature, and the trace by sketches, each against the dense matrix of the same products."""
    network, x = CASES["convolution"]
    examples = Examples(x, jnp.arange(7) % 3)
    wide = {"dtype": "float64"}
    found = [make(network, CrossEntropy(), examples, **wide) for make in (hessian, gauss_newton, empirical_fisher)]
    for product in [*found, fisher(network, examples, **wide), tangent_product(network, x, **wide)]:
        exact = np.linalg.eigvalsh(product(np.eye(product.size)))
        np.testing.assert_allclose(eigenpairs(product, 2, tolerance=1e-7).values, exact[::-1][:2], rtol=1e-6)
        for deflate in ("sketch", "krylov"):
            one = trace(product, tolerance=0.02, deflate=deflate)
            assert abs(one.value - exact.sum()) <= 4 * one.error + 1e-9 * np.abs(exact).max() and one.error <= 0.02 * abs(one.value)
        mean, error = spectral_density(product, probes=20, steps=10).mean(lambda nodes: np.stack([nodes, nodes**2], axis=-1))
        assert np.all(np.abs(mean - [exact.mean(), np.mean(exact**2)]) <= 4 * error)


def test_bad_input():
    network, x = CASES["perceptron"]
    with pytest.raises(Problem, match=r"examples: expected at least one"):
        tangent_product(network, x[:0])
    with pytest.raises(Problem, match=r"finite outputs"):
        tangent_product(network, x.at[0, 0].set(jnp.nan))
    with pytest.raises(Problem, match=r"chunk: expected at least one"):
        tangent_product(network, x, chunk=0)
    with pytest.raises(Problem, match=r"arrays to train"):
        tangent_product(eqx.nn.Identity(), x)
    with pytest.raises(Problem, match=r"v: expected a vector of 21"):
        tangent_product(network, x)(np.ones(20))
    with pytest.raises(Problem, match=r"batch normalisation"):
        tangent_product(CASES["normalised"][0], x, chunk=2)
