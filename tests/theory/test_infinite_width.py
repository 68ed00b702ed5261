import itertools

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss

from unseen._types import Problem, Reals, Values
from unseen.measures.neural_tangent_kernel import trace_kernel
from unseen.models.mlp import MLP
from unseen.theory.infinite_width import ACTIVATIONS, DUALS, erf_dual, infinite_width, relu_dual, simulate

X = np.random.default_rng(0).normal(size=(6, 3))
SETTINGS = list(itertools.product(["relu", "erf"], [1, 3], [(1.0, 0.0), (1.8, 0.3)]))


@pytest.mark.parametrize("name", ["relu", "erf"])
def test_duals_against_monte_carlo_and_quadrature(name):
    """Of u, v with variances 0.8 and 1.7: a sample of four million for the values, Gauss-Hermite quadrature where it is smooth."""
    rng = np.random.default_rng(1)
    function, derivative = ACTIVATIONS[name]
    nodes, weights = hermegauss(80)
    for c in (-0.9, 0.0, 0.6, 1.1):
        L = np.linalg.cholesky([[0.8, c], [c, 1.7]])
        found = DUALS[name](*(np.array([[value]]) for value in (c, 0.8, 1.7)))
        u, v = L @ rng.normal(size=(2, 4_000_000))
        expected = [np.mean(f(u) * f(v)) for f in (function, derivative)]
        np.testing.assert_allclose([value.item() for value in found], expected, atol=3e-3)
        if name == "erf":
            p, q = np.meshgrid(nodes, nodes, indexing="ij")
            both = np.outer(weights, weights) / weights.sum() ** 2
            exact = [np.sum(both * f(L[0, 0] * p) * f(L[1, 0] * p + L[1, 1] * q)) for f in (function, derivative)]
            np.testing.assert_allclose([value.item() for value in found], exact, atol=1e-8)


@pytest.mark.parametrize(("activation", "depth", "variances"), SETTINGS)
def test_against_finite_networks(activation, depth, variances):
    """Width 600 over 60 networks: means within the error of the mean and a bias of order depth/width."""
    known = {"depth": depth, "activation": activation, "weight_variance": variances[0], "bias_variance": variances[1]}
    kernels = infinite_width(X, **known)
    outputs, ntk = simulate(np.random.default_rng(2), X, width=600, repetitions=60, **known)
    error = ntk.std(axis=0) / 60**0.5
    assert (np.abs(ntk.mean(axis=0) - kernels.ntk) < 4.5 * error + 0.01 * np.abs(kernels.ntk).max()).all()
    outputs, _ = simulate(np.random.default_rng(3), X, width=100, repetitions=3000, **known)
    scale = np.sqrt(np.outer(np.diag(kernels.nngp), np.diag(kernels.nngp)))
    np.testing.assert_allclose(outputs.T @ outputs / 3000 / scale, kernels.nngp / scale, atol=0.13)


def test_repetitions_together_are_one_after_another():
    together, rng, known = np.random.default_rng(7), np.random.default_rng(7), {"width": 60, "depth": 2, "activation": "erf", "bias_variance": 0.3}
    found = simulate(together, X, repetitions=50, **known)  # in two blocks
    singly = [simulate(rng, X, **known) for _ in range(50)]
    for many, one in zip(found, zip(*singly, strict=True), strict=True):
        np.testing.assert_allclose(many, np.concatenate(one), rtol=1e-12)
    assert together.random() == rng.random()


def test_the_simulator_against_automatic_differentiation():
    """Same law, other code: the mean kernel of the library's own perceptron."""
    _, ntk = simulate(np.random.default_rng(4), X, width=300, depth=2, repetitions=60)
    model = MLP(hidden=(300, 300), parametrization="ntk")
    build = lambda key: trace_kernel(model.build(Reals((3,)), Values((1,)), key), jnp.asarray(X, jnp.float32))  # noqa: E731
    own = np.asarray(jax.lax.map(build, jax.random.split(jax.random.key(0), 60)))
    error = np.sqrt((own.var(axis=0) + ntk.var(axis=0)) / 60)
    assert (np.abs(own.mean(axis=0) - ntk.mean(axis=0)) < 4.5 * error + 1e-6).all()


def test_one_hidden_layer_of_relu_in_closed_form():
    """On the sphere κ(u) = (u (π - arccos u) + √(1 - u²))/2π + u (π - arccos u)/2π, per input dimension (Bietti & Mairal 2019)."""
    x = X / np.linalg.norm(X, axis=1, keepdims=True)
    u = np.clip(x @ x.T, -1, 1)
    first, zeroth = (u * (np.pi - np.arccos(u)) + np.sqrt(1 - u**2)) / (2 * np.pi), (np.pi - np.arccos(u)) / (2 * np.pi)
    kernels = infinite_width(x)
    np.testing.assert_allclose(kernels.nngp, first / 3, atol=1e-8)
    np.testing.assert_allclose(kernels.ntk, (first + u * zeroth) / 3, atol=1e-8)


def test_diagonal_at_the_edge_of_chaos_is_one_more_for_each_layer():
    x = X / np.linalg.norm(X, axis=1, keepdims=True) * np.sqrt(3 / 2)
    for depth in (1, 2, 5):
        kernels = infinite_width(x, depth=depth, weight_variance=2.0)
        np.testing.assert_allclose(np.diag(kernels.nngp), 1.0, atol=1e-7)
        np.testing.assert_allclose(np.diag(kernels.ntk), depth + 1.0, atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "erf"])
def test_blocks_symmetry_and_sign(activation):
    known = {"depth": 3, "activation": activation, "weight_variance": 1.7, "bias_variance": 0.1}
    whole, part = infinite_width(X, **known), infinite_width(X[:2], X[2:], **known)
    for one, two in zip(whole, part, strict=True):
        np.testing.assert_allclose(one, one.T, atol=1e-12)
        np.testing.assert_allclose(one[:2, 2:], two, atol=1e-12)
        assert np.linalg.eigvalsh(one).min() > -1e-9
    assert (np.diag(whole.ntk) >= np.diag(whole.nngp)).all()


def test_an_input_of_zeros():
    kernels = infinite_width(np.zeros((1, 3)), X, depth=2)
    assert not kernels.nngp.any()
    assert not kernels.ntk.any()
    np.testing.assert_allclose(infinite_width(np.zeros((1, 3)), activation="erf").nngp, 0.0)


def test_wrong_arguments():
    for call in (infinite_width, lambda x, **known: simulate(np.random.default_rng(0), x, width=2, **known)):
        with pytest.raises(Problem, match=r"depth: expected at least one"):
            call(X, depth=0)
        with pytest.raises(Problem, match=r"weight_variance, bias_variance"):
            call(X, bias_variance=-1.0)
        with pytest.raises(Problem, match=r"activation"):
            call(X, activation="relux")
        with pytest.raises(Problem, match=r"x: expected inputs \[n, d\]"):
            call(X[:0])
    with pytest.raises(Problem, match=r"of one length"):
        infinite_width(X, X[:, :2])
    with pytest.raises(Problem, match=r"width, repetitions"):
        simulate(np.random.default_rng(0), X, width=0)


def test_what_is_no_number_is_refused():
    x = np.eye(2)
    for given in ({"weight_variance": np.inf}, {"bias_variance": np.nan}, {"weight_variance": np.nan}, {"bias_variance": np.inf}):
        with pytest.raises(Problem, match="weight_variance, bias_variance: expected"):
            infinite_width(x, **given)
    for bad in (np.nan, np.inf):
        with pytest.raises(Problem, match="x: expected finite"):
            infinite_width(np.array([[bad, 1.0]]))
        with pytest.raises(Problem, match="other: expected finite"):
            infinite_width(x, np.array([[bad, 1.0]]))
        with pytest.raises(Problem, match="x: expected finite"):
            simulate(np.random.default_rng(0), np.array([[bad, 1.0]]), width=2)


@pytest.mark.parametrize("cosine", [1.0, 1 - 1.1e-15, 1 - 1.3e-11, 1 - 1.7e-8, 1 - 1.9e-3, 0.3, -1 + 1.9e-3, -1 + 1.7e-8, -1 + 1.1e-15, -1.0])
def test_arc_cosine_kernels_in_fifty_digits(cosine):
    with mp.workdps(50):
        angle = mp.acos(mp.mpf(cosine))
        wanted = ((mp.sin(angle) + (mp.pi - angle) * mp.cos(angle)) / (2 * mp.pi), (mp.pi - angle) / (2 * mp.pi))
        for got, want in zip(relu_dual(np.full((1, 1), cosine), np.ones((1, 1)), np.ones((1, 1))), wanted, strict=True):
            assert abs(got.item() - want) < 2e-16


@pytest.mark.parametrize("variance", [1e-8, 1.0, 1e8, 1e12])
def test_duals_of_the_error_function_in_fifty_digits(variance):
    with mp.workdps(50):
        spread = (1 + 2 * mp.mpf(variance)) ** 2
        wanted = (2 / mp.pi * mp.asin(2 * mp.mpf(variance) / mp.sqrt(spread)), 4 / mp.pi / mp.sqrt(spread - 4 * mp.mpf(variance) ** 2))
        for got, want in zip(erf_dual(*(np.full((1, 1), variance) for _ in range(3))), wanted, strict=True):
            assert abs(got.item() / want - 1) < 1e-15
