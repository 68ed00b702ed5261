"""Updates against loops in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from unseen._types import Problem, Reals, Values, trainable
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.methods.update.cosine import Cosine
from unseen.methods.update.muon import Muon
from unseen.methods.update.on_sphere import OnSphere
from unseen.methods.update.sgd import SGD
from unseen.methods.update.warmup import Warmup
from unseen.models.mlp import MLP

THETA = np.array([1.0, -2.0, 3.0])
GRADIENTS = np.random.default_rng(0).normal(size=(6, 3))


def path(update, theta=THETA, gradients=GRADIENTS):
    transformation = update.transformation()
    params = jnp.asarray(theta, jnp.float32)
    state, out = transformation.init(params), []
    for g in gradients:
        change, state = transformation.update(jnp.asarray(g, jnp.float32), state, params)
        params = optax.apply_updates(params, change)
        out.append(np.asarray(params))
    return np.array(out)


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd(nesterov):
    theta, m, expected = THETA.copy(), 0.0, []
    for gradient in GRADIENTS:
        g = gradient + 0.1 * theta
        m = 0.9 * m + g
        theta = theta - 0.05 * (g + 0.9 * m if nesterov else m)
        expected.append(theta)
    np.testing.assert_allclose(path(SGD(0.05, momentum=0.9, weight_decay=0.1, nesterov=nesterov)), expected, rtol=1e-5)


@pytest.mark.parametrize("coupled", [False, True])
def test_adamw(coupled):
    theta, m, v, expected = THETA.copy(), 0.0, 0.0, []
    for t, gradient in enumerate(GRADIENTS, start=1):
        g = gradient + 0.3 * theta * coupled
        m, v = 0.9 * m + 0.1 * g, 0.98 * v + 0.02 * g**2
        step = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.98**t)) + 1e-8)
        theta = theta - 0.01 * (step + 0.3 * theta * (not coupled))
        expected.append(theta)
    np.testing.assert_allclose(path(AdamW(0.01, b2=0.98, weight_decay=0.3, coupled=coupled)), expected, rtol=1e-4)


def test_schedules():
    np.testing.assert_allclose([float(Warmup(0.5, 10.0)(jnp.array(t))) for t in (0, 5, 10, 99)], [0, 0.25, 0.5, 0.5])
    cosine = Cosine(peak=1.0, steps=110.0, warmup=10.0, floor=0.1)
    t = np.array([0, 5, 10, 60, 85, 110, 500])
    s = np.clip((t - 10) / 100, 0, 1)
    expected = np.where(t < 10, t / 10, 0.1 + 0.9 * (1 + np.cos(np.pi * s)) / 2)
    np.testing.assert_allclose(jax.vmap(cosine)(jnp.asarray(t)), expected, rtol=1e-5)
    steps = -np.diff(np.vstack([THETA, path(SGD(Warmup(1.0, 4.0)), gradients=np.ones((6, 3)))]), axis=0)[:, 0]
    np.testing.assert_allclose(steps, [0, 0.25, 0.5, 0.75, 1, 1], atol=1e-6)


def test_schedules_can_be_swept():
    rates = jax.vmap(lambda peak: SGD(Warmup(peak, 1.0)).transformation().update(jnp.ones(()), SGD(Warmup()).transformation().init(jnp.ones(())))[0])
    np.testing.assert_allclose(rates(jnp.array([1.0, 2.0])), 0.0)


@pytest.mark.parametrize("scope", ["all", "tensor"])
def test_on_sphere(scope):
    params = {"a": jnp.array([3.0, 4.0]), "b": jnp.array([12.0])}
    transformation = OnSphere(SGD(0.3), scope=scope).transformation()
    state = transformation.init(params)
    gradient = {"a": jnp.array([1.0, -1.0]), "b": jnp.array([5.0])}
    change, _ = transformation.update(gradient, state, params)
    moved = np.array([2.7, 4.3, 10.5])
    kept = moved * 13 / np.linalg.norm(moved) if scope == "all" else np.array([*(moved[:2] * 5 / np.linalg.norm(moved[:2])), 12.0])
    after = optax.apply_updates(params, change)
    np.testing.assert_allclose([*after["a"], *after["b"]], kept, rtol=1e-5)
    given = OnSphere(SGD(0.3), norm=2.0).transformation()
    change, _ = given.update(gradient, given.init(params), params)
    assert float(optax.tree.norm(optax.apply_updates(params, change))) == pytest.approx(2.0, rel=1e-5)


def test_muon_orthogonalises_matrices():
    network = MLP(hidden=(6,), bias=True).build(Reals((6,)), Values((6,)), jax.random.key(0))
    params, _ = trainable(network)
    transformation = Muon(learning_rate=0.1, adam_learning_rate=0.01).transformation()
    gradient = jax.tree.map(lambda p: jax.random.normal(jax.random.key(p.size), p.shape), params)
    change, _ = transformation.update(gradient, transformation.init(params), params)
    values = np.linalg.svd(np.asarray(change.first), compute_uv=False)
    assert values.min() > 0.05
    assert values.max() < 0.13  # Newton-Schulz brings singular values near 1, times the rate
    u, _, vt = np.linalg.svd(np.asarray(gradient.first))
    assert np.sum(np.asarray(change.first) * (u @ vt)) < -0.9 * 6 * 0.08
    np.testing.assert_allclose(jnp.abs(change.biases[0]), 0.01 * (0.9 * 0.1 / (1 - 0.9**2) + 1), rtol=1e-3)  # NAdam's first step


def test_mistakes():
    for wrong in (
        lambda: AdamW(-1.0),
        lambda: AdamW(b1=1.0),
        lambda: SGD("fast"),
        lambda: Muon(beta=2.0),
        lambda: Warmup(steps=0.0),
        lambda: OnSphere(scope="layer"),
    ):
        with pytest.raises(Problem, match="expected"):
            wrong()


def test_clipped_scales_the_direction_to_the_norm_and_leaves_short_ones() -> None:
    params = {"a": jnp.ones(2), "b": jnp.ones((2, 2))}
    for length, expected in ((6.0, 2.0), (1.5, 1.5)):
        gradient = jax.tree.map(lambda p, length=length: length * p / np.sqrt(6.0), params)
        transformation = Clipped(SGD(learning_rate=1.0, momentum=None), norm=2.0).transformation()
        updates, _ = transformation.update(gradient, transformation.init(params), params)
        np.testing.assert_allclose(optax.tree.norm(updates), expected, rtol=1e-5)
        np.testing.assert_allclose(updates["a"] / updates["b"][0], 1.0, rtol=1e-6)
