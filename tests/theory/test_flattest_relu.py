"""Sharpness against the trace of the Hessian, what the networks say on a whole hypercube, and a search that must find what exists and only that."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from unseen._types import Problem, Reals, Values, outputs, trainable
from unseen.measures.interpolation_sharpness import interpolation_sharpness
from unseen.models.one_hidden import OneHidden
from unseen.theory.flattest_relu import flattest_found, least_sharpness, memorizing_network, parity_network

D = 5
CUBE = np.array(np.meshgrid(*[[-1.0, 1.0]] * D)).reshape(D, -1).T[np.random.default_rng(0).permutation(2**D)]
PARITY = CUBE[:, 0] * CUBE[:, 1]
SEEN = 12


def hessian_trace(network, x, y):
    params, rest = trainable(network)
    theta, unravel = ravel_pytree(params)
    return float(jnp.trace(jax.jit(jax.hessian(lambda t: jnp.mean((outputs(eqx.combine(unravel(t), rest), x) - y) ** 2)))(theta)))


@pytest.mark.parametrize("normalization", ["none", "layer"])
@pytest.mark.parametrize("learnt", [False, True])
def test_both_interpolate_at_the_least_sharpness_and_one_knows_all_the_other_nothing(normalization, learnt):
    x, y = jnp.array(CUBE[:SEEN]), PARITY[:SEEN]
    network = parity_network(D, normalization=normalization) if learnt else memorizing_network(CUBE[:SEEN], y, normalization=normalization)
    said = np.asarray(outputs(network, jnp.array(CUBE)))
    np.testing.assert_allclose(said[:SEEN], y, atol=1e-4)
    np.testing.assert_allclose(said[SEEN:], PARITY[SEEN:] if learnt else 0.0, atol=1e-4)
    np.testing.assert_allclose(hessian_trace(network, x, y), least_sharpness(D, normalization=normalization), rtol=1e-4)
    active = np.asarray(jax.vmap(network.features)(x)) > 1e-3
    assert (active.sum(axis=1) == 1).all()


@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_another_balance_of_the_layers_is_sharper(factor):
    network = parity_network(D)
    moved = eqx.tree_at(lambda n: (n.first, n.biases, n.readout), network, (factor * network.first, factor * network.biases, network.readout / factor))
    np.testing.assert_allclose(outputs(moved, jnp.array(CUBE)), PARITY, atol=1e-4)
    assert interpolation_sharpness(moved, jnp.array(CUBE)) > 1.05 * least_sharpness(D)


@pytest.mark.parametrize("bias", [False, True])
def test_no_network_is_flatter_for_what_it_says(bias):
    """‖∇f(x)‖² ≥ 2 ‖(x, 1)‖ |f(x)|, the inequality that the least sharpness rests on."""
    network = OneHidden(width=7, bias=bias, first_scale=3.0).build(Reals((D,)), Values(()), jax.random.key(0))
    squares = jax.jit(jax.vmap(lambda x: interpolation_sharpness(network, x[None]) / 2))(jnp.array(CUBE))
    limits = np.abs(outputs(network, jnp.array(CUBE))) * least_sharpness(D, bias=bias) / 2
    assert (squares >= limits - 1e-5).all()
    assert limits.max() > 0.1


def test_search_finds_wrong_answers_as_flat_as_right_ones_with_a_bias_and_not_without():
    """No input is another's opposite: without a bias f(x) − f(−x) is linear, so that wrong answers may be impossible."""
    x = jax.random.rademacher(jax.random.key(0), (54, 14), float)
    assert (x @ x.T > -14).all()
    labels = x[:, 0] * x[:, 1] * jnp.where(jnp.arange(54) < 40, 1.0, -1.0)
    sharp = {}
    for bias in (False, True):
        network = flattest_found(x, labels, jax.random.key(0), counted=40, bias=bias, width=80, steps=2000)
        np.testing.assert_allclose(outputs(network, x), labels, atol=0.1)
        sharp[bias] = float(interpolation_sharpness(network, x[:40])) / least_sharpness(14, bias=bias)
    assert 0.98 < sharp[True] < 1.15
    assert sharp[False] > 1.4


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: least_sharpness(3, normalization="batch"), "normalization"),
        (lambda: memorizing_network(np.array([[1.0, 0.5]]), np.ones(1)), "x"),
        (lambda: memorizing_network(np.array([[1.0, -1.0]] * 2), np.ones(2)), "x"),
        (lambda: memorizing_network(np.array([[1.0, -1.0]]), np.array([0.5])), "y"),
        (lambda: parity_network(1), "d"),
        (lambda: flattest_found(jnp.ones((3, 2)), jnp.ones(3), jax.random.key(0), counted=4), "counted"),
    ],
)
def test_mistakes_are_named(call, named):
    with pytest.raises(Problem, match=f"^{named}:"):
        call()
