"""Against the loss written out in NumPy, and the property that gives the method its name: the minimum over free outputs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from unseen._types import Problem
from unseen.methods.objective.hinge import Hinge
from unseen.methods.objective.regularized import Regularized
from unseen.methods.objective.spectral_decoupling import SpectralDecoupling

SCORES, LABELS = np.array([-2.0, 0.5, 3.0, -1.0]), np.array([1, 0, 1, 0])


@pytest.mark.parametrize(("center", "target"), [(1.5, np.full(4, 1.5)), ((-0.5, 2.5), np.array([2.5, -0.5, 2.5, -0.5]))])
def test_the_formula(center, target):
    """log(1 + exp(−yf)) + (λ/2)(f − center)², for one score with labels ±1 and for two logits with labels 0, 1."""
    expected = np.log1p(np.exp(-(2 * LABELS - 1) * SCORES)) + 0.35 * (SCORES - target) ** 2
    objective = SpectralDecoupling(strength=0.7, center=center)
    one, two = jnp.array(SCORES), jnp.stack([0.3 - jnp.array(SCORES) / 2, 0.3 + jnp.array(SCORES) / 2], axis=1)
    np.testing.assert_allclose(objective.losses(one, jnp.array(2 * LABELS - 1)), expected, rtol=1e-5)
    np.testing.assert_allclose(objective.losses(two, jnp.array(LABELS)), expected, rtol=1e-5)


def test_what_is_inside_stays():
    inner = Regularized(Hinge(), strength=2.0)
    objective = SpectralDecoupling(inner, strength=0.0)
    params = {"w": jnp.array([1.0, 2.0])}
    assert float(objective.penalty(params)) == pytest.approx(10.0)
    np.testing.assert_allclose(objective.losses(jnp.array(SCORES), jnp.array(LABELS)), np.maximum(0, 1 - (2 * LABELS - 1) * SCORES))


def test_features_of_any_strength_are_learned_alike():
    """Gradient descent on weights of unequal features ends where each output alone would: λ m = 1/(1 + exp(m)); without the penalty it does not."""
    features = jnp.array([[4.0, -0.9], [1.0, 1.8]])
    labels, strength = jnp.array([1, 0]), 0.2
    margin = brentq(lambda m: strength * m - 1 / (1 + np.exp(m)), 0, 10)

    def trained(objective):
        def slope(w, _):
            return w - 0.05 * jax.grad(lambda w: jnp.sum(objective.losses(features @ w, labels)))(w), None

        return features @ jax.lax.scan(slope, jnp.zeros(2), None, 3000)[0]

    np.testing.assert_allclose(trained(SpectralDecoupling(strength=strength)), [margin, -margin], rtol=1e-3)
    assert float(jnp.abs(trained(SpectralDecoupling(strength=0.0))).min()) > 2 * margin


def test_wrong_use():
    with pytest.raises(Problem, match=r"SpectralDecoupling.strength: expected a number of at least 0, got -1"):
        SpectralDecoupling(strength=-1)
    with pytest.raises(Problem, match=r"expected one score or two logits an example, got outputs of shape \(3,\)"):
        SpectralDecoupling().losses(jnp.zeros((2, 3)), jnp.zeros(2))
