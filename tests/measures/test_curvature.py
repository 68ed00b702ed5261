"""Products against dense matrices of small networks in float64, made from Jacobians and Hessians of other code paths."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from convolution import convolution
from unseen._types import Classes, Examples, Problem, Reals, Strings, Tokens, Values, outputs, trainable
from unseen.measures import curvature as module
from unseen.measures.curvature import Product, empirical_fisher, fisher, gauss_newton, hessian
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError
from unseen.models.encoder import Encoder
from unseen.models.linear import Linear
from unseen.models.mlp import MLP

KEYS = jax.random.split(jax.random.key(100), 4)
X = jax.random.normal(KEYS[0], (11, 3))
CONVOLUTION, IMAGES = convolution(KEYS[1])
PERCEPTRON = MLP(hidden=(5,), activation="tanh", bias=True).build(Reals((3,)), Classes(4), KEYS[1])
CASES = {
    "classes": (PERCEPTRON, CrossEntropy(), Examples(X, jnp.arange(11) % 4)),
    "values": (MLP(hidden=(4,), activation="tanh").build(Reals((3,)), Values((2,)), KEYS[1]), SquaredError("sum"), Examples(X, jnp.cos(X[:, :2]))),
    "frozen": (
        MLP(hidden=(6,), activation="tanh", fixed_readout=True).build(Reals((3,)), Classes(2), KEYS[1]),
        CrossEntropy(),
        Examples(X, jnp.arange(11) % 2),
    ),
    "convolution": (CONVOLUTION, CrossEntropy(), Examples(IMAGES, jnp.arange(7) % 3)),
    "linear": (Linear(bias=True).build(Reals((3,)), Classes(3), KEYS[1]), CrossEntropy(), Examples(X, jnp.arange(11) % 3)),
    "normalised": (
        MLP(hidden=(4,), activation="tanh", batch_norm=True).build(Reals((3,)), Classes(4), KEYS[1]),
        CrossEntropy(),
        Examples(X, jnp.arange(11) % 4),
    ),
}


def dense(network, objective, examples):
    """(H, J [n, outputs, size], ∇²_f ℓ_i [n, outputs, outputs], gradients [n, size], outputs [n, outputs]) in float64."""
    with jax.enable_x64(True):
        network, examples = (jax.tree.map(lambda a: a.astype("float64") if eqx.is_inexact_array(a) else a, tree) for tree in (network, examples))
        params, rest = trainable(network)
        theta, unravel = ravel_pytree(params)
        shape = outputs(network, examples.x).shape

        def f(t):
            return outputs(eqx.combine(unravel(t), rest), examples.x)

        def loss(out, y):
            return objective.each(out.reshape(1, *shape[1:]), y[None])[0]

        def parts(theta):
            out = f(theta).reshape(len(examples), -1)
            H = jax.hessian(lambda t: jnp.mean(objective.each(f(t), examples.y)))(theta)
            J = jax.jacfwd(f)(theta).reshape(*out.shape, -1)
            return H, J, jax.vmap(jax.hessian(loss))(out, examples.y), jax.jacrev(lambda t: objective.each(f(t), examples.y))(theta), out

        return [np.asarray(part) for part in jax.jit(parts)(theta)]


@pytest.mark.parametrize("case", CASES)
def test_against_dense_matrices(case):
    network, objective, examples = CASES[case]
    H, J, inner, gradients, out = dense(network, objective, examples)
    n, eye = len(examples), np.eye(len(H))
    expected = {hessian: H, gauss_newton: np.einsum("nap,nab,nbq->pq", J, inner, J) / n}
    if case != "normalised":
        expected[empirical_fisher] = gradients.T @ gradients / n
    for make, matrix in expected.items():
        product = make(network, objective, examples, dtype="float64")
        assert product.size == len(H) and product.dtype == np.float64
        np.testing.assert_allclose(product(eye), matrix, rtol=1e-9, atol=1e-12)
    if case == "values":
        information = np.broadcast_to(np.eye(2), (n, 2, 2))
    else:  # Σ_y p(y) (e_y − p)(e_y − p)ᵀ
        p = np.exp(out - out.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        scores = np.eye(out.shape[1])[None] - p[:, None]
        information = np.einsum("ny,nya,nyb->nab", p, scores, scores)
    if case == "linear":
        np.testing.assert_allclose(expected[gauss_newton], H, rtol=1e-9, atol=1e-12)
    else:
        assert np.abs(expected[gauss_newton] - H).max() > 1e-3  # so that the one cannot be taken for the other
    np.testing.assert_allclose(fisher(network, examples, dtype="float64")(eye), np.einsum("nap,nab,nbq->pq", J, information, J) / n, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("stored", "chunk"), [(True, 4), (False, 4), (False, 50)])
def test_chunks_and_memory_change_nothing(monkeypatch, stored, chunk):
    network, objective, examples = CASES["classes"]
    v = np.linspace(-1, 1, 44)
    makes = [hessian, gauss_newton]
    whole = [make(network, objective, examples, dtype="float64")(v) for make in makes]
    monkeypatch.setattr(module, "STORE", 2**30 if stored else 0)
    for make, expected in zip(makes, whole, strict=True):
        np.testing.assert_allclose(make(network, objective, examples, chunk=chunk, dtype="float64")(v), expected, rtol=1e-10, atol=1e-13)


def test_small_caches_cut_by_themselves(monkeypatch):
    network, objective, examples = CASES["classes"]
    examples = examples.take(jnp.arange(100) % 11)
    v = np.linspace(-1, 1, 44)
    expected = hessian(network, objective, examples)(v)
    widths = []
    monkeypatch.setattr(module, "CACHE", 1)
    monkeypatch.setattr(module, "mapped", lambda f, pieces, inner=module.mapped: widths.append(pieces.weight.shape) or inner(f, pieces))
    np.testing.assert_allclose(hessian(network, objective, examples)(v), expected, rtol=1e-4, atol=1e-6)
    assert set(widths) == {(7, 15)}


def test_strings_count_asked_places():
    network = Encoder(depth=1, width=4, heads=2).build(Tokens(4, 5), Strings(4, 3), KEYS[1])
    y = jnp.array([[0, 1, -1, -1], [2, -1, -1, -1], [-1, 1, 0, 2]])
    examples = Examples(jax.random.randint(KEYS[2], (3, 4), 0, 5), y)
    H, J, _, _, out = dense(network, CrossEntropy(), examples)
    np.testing.assert_allclose(hessian(network, CrossEntropy(), examples, dtype="float64")(np.eye(len(H))), H, rtol=1e-8, atol=1e-11)
    p = np.asarray(jax.nn.softmax(out.reshape(3, 4, 3)))
    J = J.reshape(3, 4, 3, -1)
    information = (np.einsum("nta,ab->ntab", p, np.eye(3)) - np.einsum("nta,ntb->ntab", p, p)) * (np.asarray(y) >= 0)[:, :, None, None]
    expected = np.einsum("ntap,ntab,ntbq->pq", J, information, J) / 3
    np.testing.assert_allclose(fisher(network, examples, dtype="float64")(np.eye(len(H))), expected, rtol=1e-4, atol=1e-7)


def test_nothing_is_left_switched_on():
    before = jax.config.read("jax_enable_x64")
    network, objective, examples = CASES["classes"]
    assert hessian(network, objective, examples, dtype="float64")(np.ones(44)).dtype == np.float64
    assert jax.config.read("jax_enable_x64") == before and jnp.ones(1).dtype == jnp.float32


def test_bad_input():
    network, objective, examples = CASES["classes"]
    with pytest.raises(Problem, match=r"examples: expected at least one"):
        hessian(network, objective, examples.take(jnp.arange(0)))
    with pytest.raises(Problem, match=r"network: expected finite parameters, got 15"):
        hessian(eqx.tree_at(lambda net: net.first, network, jnp.full((3, 5), jnp.nan)), objective, examples)
    with pytest.raises(Problem, match=r"finite loss"):
        gauss_newton(network, objective, Examples(X.at[0, 0].set(jnp.nan), examples.y))
    with pytest.raises(Problem, match=r"chunk: expected at least one"):
        hessian(network, objective, examples, chunk=0)
    with pytest.raises(Problem, match=r"v: expected a vector of 44"):
        hessian(network, objective, examples)(np.ones(43))
    with pytest.raises(Problem, match=r"v is not finite"):
        hessian(network, objective, examples)(np.full(44, np.inf))
    with pytest.raises(Problem, match=r"dtype: expected the name"):
        hessian(network, objective, examples, dtype="int32")
    with pytest.raises(Problem, match=r"arrays to train"):
        fisher(eqx.nn.Identity(), examples)
    normalised = CASES["normalised"][0]
    with pytest.raises(Problem, match=r"batch normalisation"):
        hessian(normalised, objective, examples, chunk=5)
    with pytest.raises(Problem, match=r"normalises over batches"):
        empirical_fisher(normalised, objective, examples)


def test_products_of_columns():
    A = np.arange(9.0).reshape(3, 3)
    product = Product(lambda v: A @ v, 3)
    np.testing.assert_array_equal(product(np.eye(3)), A)
    assert product(np.zeros((3, 0))).shape == (3, 0)
