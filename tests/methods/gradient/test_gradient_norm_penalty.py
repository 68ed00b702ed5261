"""Against double backpropagation of the penalised loss, NumPy, and sharpness-aware minimisation."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Examples, Problem, Reals, outputs, trainable
from unseen.methods.gradient.gradient_norm_penalty import GradientNormPenalty
from unseen.methods.gradient.sharpness_aware import SharpnessAware
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.models.mlp import MLP

KEY = jax.random.key(100)
rng = np.random.default_rng(100)
BATCH = Examples(jnp.array(rng.normal(size=(20, 4))), jnp.arange(20) % 3)
NETWORK = MLP(hidden=(6,), activation="tanh", bias=True).build(Reals((4,)), Classes(3), KEY)
PARAMS = trainable(NETWORK)[0]


def loss(params, batch, key):
    return jnp.mean(CrossEntropy().each(outputs(eqx.combine(params, NETWORK), batch.x), batch.y))


def flat(tree):
    return np.concatenate([np.asarray(leaf, float).ravel() for leaf in jax.tree.leaves(tree)])


def direction(gradient, params=PARAMS):
    value, found, state = jax.jit(lambda p: gradient(loss, p, BATCH, KEY, None))(params)
    assert state is None and value == pytest.approx(float(loss(params, BATCH, KEY)), rel=1e-5)
    return flat(found)


def test_exact_is_double_backpropagation():
    def penalised(params):
        slope = jax.grad(loss)(params, BATCH, KEY)
        return loss(params, BATCH, KEY) + 0.5 * 3.0 * sum(jnp.sum(g**2) for g in jax.tree.leaves(slope))

    np.testing.assert_allclose(direction(GradientNormPenalty(3.0, None)), flat(jax.jit(jax.grad(penalised))(PARAMS)), rtol=1e-3, atol=1e-5)


def test_differences_become_exact():
    """Forward and backward are off by ε each, on opposite sides: their mean by ε²."""
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), PARAMS)
        exact = direction(GradientNormPenalty(3.0, None), wide)
        forward, backward = ({e: direction(GradientNormPenalty(3.0, sign * e), wide) - exact for e in (0.4, 0.04)} for sign in (1, -1))
    for off in (forward, backward):
        assert np.linalg.norm(off[0.04]) == pytest.approx(0.1 * np.linalg.norm(off[0.4]), rel=0.2)
        assert np.linalg.norm(off[0.4]) > 1e-4 * np.linalg.norm(exact)
    assert np.linalg.norm(forward[0.04] + backward[0.04]) < 0.05 * np.linalg.norm(forward[0.04])


@pytest.mark.parametrize("step", [0.3, -0.3])
def test_against_numpy(step):
    """L = ¼ Σ θ⁴."""
    theta = rng.normal(size=5)
    g = theta**3
    there = (theta + step * g) ** 3
    expected = g + 2.0 * ((there - g) / 0.3 if step > 0 else (g - there) / 0.3)
    _, found, _ = GradientNormPenalty(2.0, step)(lambda t, batch, key: jnp.sum(t**4) / 4, jnp.array(theta), BATCH, KEY, None)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_sharpness_aware_minimisation_is_the_forward_difference():
    size = float(np.linalg.norm(flat(jax.grad(loss)(PARAMS, BATCH, KEY))))
    step = 0.2 / size
    np.testing.assert_allclose(direction(GradientNormPenalty(step, step)), direction(SharpnessAware(rho=0.2)), rtol=1e-3, atol=1e-5)


def test_an_ascent_and_a_descent_step_follow_the_forward_difference():
    """Flooding around its level: θ + ηg(θ), then − ηg there, moves by −η² times the forward difference of step η."""
    rate = 0.3
    up = jax.tree.map(lambda p, g: p + rate * g, PARAMS, jax.grad(loss)(PARAMS, BATCH, KEY))
    down = jax.tree.map(lambda p, g: p - rate * g, up, jax.grad(loss)(up, BATCH, KEY))
    difference = direction(GradientNormPenalty(1.0, rate)) - flat(jax.grad(loss)(PARAMS, BATCH, KEY))
    np.testing.assert_allclose(flat(down) - flat(PARAMS), -(rate**2) * difference, rtol=1e-3, atol=1e-6)


def test_bad_input():
    for fields in ({"strength": -1.0}, {"epsilon": 0.0}):
        with pytest.raises(Problem, match=next(iter(fields))):
            GradientNormPenalty(**fields)
