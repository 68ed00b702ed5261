"""Against the trace of the whole Hessian."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from unseen._types import Classes, Examples, Reals, Snapshot, Values, outputs, trainable
from unseen.measures.interpolation_sharpness import InterpolationSharpness, interpolation_sharpness
from unseen.models.mlp import MLP
from unseen.models.one_hidden import OneHidden

KEY, X = jax.random.key(0), jax.random.normal(jax.random.key(1), (9, 4))


def hessian_trace(network, y):
    params, rest = trainable(network)
    theta, unravel = ravel_pytree(params)

    def loss(t):
        return jnp.mean(jnp.sum(jnp.square(outputs(eqx.combine(unravel(t), rest), X) - y).reshape(len(X), -1), axis=1))

    return float(jnp.trace(jax.jit(jax.hessian(loss))(theta)))


@pytest.mark.parametrize(
    ("model", "outs"), [(OneHidden(width=5, normalization="layer"), Values(())), (MLP(hidden=(6, 5), activation="tanh", bias=True), Classes(3))]
)
def test_equals_the_trace_of_the_hessian_where_the_network_interpolates(model, outs):
    network = model.build(Reals((4,)), outs, KEY)
    found, said = float(interpolation_sharpness(network, X)), outputs(network, X)
    np.testing.assert_allclose(found, hessian_trace(network, said), rtol=1e-4)
    assert abs(hessian_trace(network, said + 3.0) - found) > 0.01 * found  # elsewhere it does not


@pytest.mark.parametrize("bias", [False, True])
def test_equals_it_everywhere_for_a_plain_two_layer_relu_network(bias):
    network = OneHidden(width=5, bias=bias).build(Reals((4,)), Values(()), KEY)
    np.testing.assert_allclose(float(interpolation_sharpness(network, X)), hessian_trace(network, jnp.full(9, 3.0)), rtol=1e-4)


def test_two_logits_of_one_score_have_half_its_sharpness():
    score, logits = (OneHidden(width=5).build(Reals((4,)), outs, KEY) for outs in (Values(()), Classes(2)))
    np.testing.assert_allclose(interpolation_sharpness(logits, X), interpolation_sharpness(score, X) / 2, rtol=1e-5)


def test_the_probe_looks_at_the_training_split():
    network = OneHidden(width=5).build(Reals((4,)), Values(()), KEY)
    splits = {"train": Examples(X, jnp.zeros(9)), "test": Examples(2 * X, jnp.zeros(9))}
    found = InterpolationSharpness()(Snapshot(network, network, splits, None, None, jnp.array(0), KEY))
    np.testing.assert_allclose(found["interpolation_sharpness"], interpolation_sharpness(network, X), rtol=1e-6)
