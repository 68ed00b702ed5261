"""Values against plain NumPy, the start, and derivatives where no unit is active."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, Values, outputs
from unseen.models.one_hidden import OneHidden

KEY, X = jax.random.key(0), jax.random.normal(jax.random.key(1), (7, 5))


@pytest.mark.parametrize("outs", [Values(()), Classes(2)])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("normalization", ["none", "layer"])
def test_values(outs, bias, normalization):
    network = OneHidden(width=6, bias=bias, normalization=normalization, epsilon=0.2).build(Reals((5,)), outs, KEY)
    h = np.maximum(np.asarray(X) @ np.asarray(network.first) + (np.asarray(network.biases) if bias else 0), 0)
    if normalization == "layer":
        h = h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 0.2)
    found = np.asarray(outputs(network, X))
    np.testing.assert_allclose(found[:, 1] - found[:, 0] if outs == Classes(2) else found, h @ np.asarray(network.readout), rtol=1e-4, atol=1e-6)


def test_layer_normalization_ignores_the_scale_of_the_first_layer():
    one, other = (OneHidden(width=6, normalization="layer", first_scale=scale).build(Reals((5,)), Values(()), KEY) for scale in (1.0, 0.01))
    np.testing.assert_allclose(np.abs(other.first).max(), 0.01 * np.abs(one.first).max(), rtol=1e-5)
    np.testing.assert_allclose(outputs(one, X), outputs(other, X), rtol=1e-4)


def test_start_is_uniform_by_fan_in():
    network = OneHidden(width=4000).build(Reals((25,)), Values(()), KEY)
    for array, bound in ((network.first, 1 / 5), (network.biases, 1 / 5), (network.readout, 4000**-0.5)):
        np.testing.assert_allclose(np.abs(array).max(), bound, rtol=0.01)
        np.testing.assert_allclose(np.std(array), bound / 3**0.5, rtol=0.05)


@pytest.mark.parametrize("normalization", ["none", "layer"])
def test_the_derivative_is_zero_where_no_unit_is_active(normalization):
    network = OneHidden(width=6, bias=False, normalization=normalization).build(Reals((5,)), Values(()), KEY)
    gradient = jax.grad(lambda net: net(jnp.zeros(5)))(network)
    for leaf in jax.tree.leaves(gradient):
        np.testing.assert_array_equal(leaf, 0.0)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"normalization": "batch"}, {"epsilon": 0.0}, {"first_scale": -1.0}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        OneHidden(**wrong)
