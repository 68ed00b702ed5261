"""The expansion of a network, against its own derivatives written out."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from unseen._types import Classes, Problem, Reals, outputs, trainable
from unseen.measures.neural_tangent_kernel import neural_tangent_kernel
from unseen.models.mlp import MLP
from unseen.models.taylor import Taylor

KEY = jax.random.key(0)
X = jax.random.normal(jax.random.key(1), (5, 3))
run, kernel = eqx.filter_jit(outputs), eqx.filter_jit(neural_tangent_kernel)


def moved(order, activation, scale):
    """An expansion away from its start, the same change as a vector, and the network as a function of a vector."""
    network = eqx.filter_jit(Taylor(MLP(hidden=(6,), activation=activation, bias=True), order=order).build)(Reals((3,)), Classes(2), KEY)
    params, rest = trainable(network.start.value)
    flat, unravel = ravel_pytree(params)
    delta = scale * jax.random.normal(jax.random.key(2), flat.shape)
    return eqx.tree_at(lambda n: n.change, network, unravel(delta)), flat, delta, lambda v: outputs(eqx.combine(unravel(v), rest), X)


@pytest.mark.parametrize("activation", ["tanh", "relu", "quadratic"])
@pytest.mark.parametrize("order", [1, 2])
def test_against_explicit_derivatives(order, activation):
    network, flat, delta, function = moved(order, activation, 0.7)
    first, second = jax.jit(lambda v: (function(v) + jax.jacfwd(function)(v) @ delta, jnp.einsum("nkpq,p,q->nk", jax.hessian(function)(v), delta, delta)))(flat)
    np.testing.assert_allclose(run(network, X), first if order == 1 else first + second / 2, rtol=1e-4, atol=1e-5)


def test_error_falls_with_the_order():
    """Halving the change divides the error by 4 (linear) and 8 (quadratic)."""
    for order, power in ((1, 4), (2, 8)):
        errors = []
        for scale in (0.2, 0.1):
            network, flat, delta, function = moved(order, "tanh", scale)
            errors.append(float(np.abs(np.asarray(run(network, X)) - np.asarray(jax.jit(function)(flat + delta))).max()))
        assert 0.6 * power < errors[0] / errors[1] < 1.7 * power


def test_only_the_change_is_trained_and_starts_with_the_networks_own_kernel():
    network = eqx.filter_jit(Taylor(MLP(hidden=(6,))).build)(Reals((3,)), Classes(2), KEY)
    params, _ = trainable(network)
    assert all(not leaf.any() for leaf in jax.tree.leaves(params))
    np.testing.assert_allclose(kernel(network, X), kernel(network.start.value, X), rtol=1e-5, atol=1e-6)


def test_kernel_moves_only_at_order_two():
    for order, still in ((1, True), (2, False)):
        network, *_ = moved(order, "tanh", 0.5)
        same = np.allclose(kernel(network, X), kernel(network.start.value, X), rtol=1e-4, atol=1e-4)
        assert same == still


def test_order():
    with pytest.raises(Problem, match=r"Taylor.order: expected 1 .* got 3"):
        Taylor(order=3)
