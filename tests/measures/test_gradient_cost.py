"""Directions that are made of a known number of gradients."""

import jax
import jax.numpy as jnp
import pytest

from unseen._types import Classes, Examples, Reals
from unseen.measures.gradient_cost import gradient_cost
from unseen.methods.gradient.gradient_norm_penalty import GradientNormPenalty
from unseen.methods.gradient.sharpness_aware import SharpnessAware
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.models.mlp import MLP


def test_in_gradients():
    """Two gradients for SAM; almost three for the exact regularizer of a deep network: a tangent of the gradient costs twice the gradient."""
    network = MLP(hidden=(64,) * 4).build(Reals((64,)), Classes(10), jax.random.key(100))
    batch = Examples(jnp.ones((256, 64)), jnp.zeros(256, int))
    cost = {
        gradient: gradient_cost(joint, network, CrossEntropy(), batch)
        for gradient, joint in (("sam", SharpnessAware()), ("exact", GradientNormPenalty(0.1, None)))
    }
    assert cost["sam"] == pytest.approx(2, rel=0.03)
    assert cost["exact"] == pytest.approx(3, rel=0.1)
