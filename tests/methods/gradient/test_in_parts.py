"""Gradients in parts against the gradient of the whole batch; that devices take a part each is tested with the engine's programs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Examples, Problem
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.gradient.in_parts import InParts

BATCH = Examples(jax.random.normal(jax.random.key(1), (12, 5)), jax.random.normal(jax.random.key(2), (12, 3)))
PARAMS = {"weights": jax.random.normal(jax.random.key(3), (5, 3)), "bias": jnp.ones(3)}


def loss(params, batch, key):
    return jnp.mean(jnp.square(jnp.tanh(batch.x @ params["weights"] + params["bias"]) - batch.y))


@pytest.mark.parametrize("parts", [1, 2, 3, 12])
def test_the_mean_of_the_parts_is_the_whole(parts):
    found, whole = (gradient(loss, PARAMS, BATCH, jax.random.key(0), None) for gradient in (InParts(parts), Backprop()))
    assert jax.tree.structure(found) == jax.tree.structure(whole)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(whole), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_each_part_has_noise_of_its_own():
    def noise(params, batch, key):
        return params * jax.random.normal(key)

    drawn = [jax.random.normal(jax.random.fold_in(jax.random.key(7), part)).item() for part in range(3)]
    _, found, _ = InParts(3)(noise, jnp.array(1.0), BATCH, jax.random.key(7), None)
    assert len(set(drawn)) == 3
    np.testing.assert_allclose(found, np.mean(drawn), rtol=1e-6)


def test_parts_must_divide_the_batch():
    with pytest.raises(Problem, match=r"InParts.parts: expected a number that divides the batch of 12, got 5"):
        InParts(5)(loss, PARAMS, BATCH, jax.random.key(0), None)
    with pytest.raises(Problem, match=r"InParts.parts: expected a whole number"):
        InParts(1.5)
