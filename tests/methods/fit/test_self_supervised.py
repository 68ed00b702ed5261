"""The loss against a loop, and that labels are seen by the readout alone."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from unseen._types import Classes, Examples, Problem, Reals, Stream, outputs
from unseen.methods.fit.self_supervised import SelfSupervised, info_nce, views
from unseen.models.mlp import MLP

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def test_loss_against_a_loop():
    first, second = RNG.normal(size=(2, 5, 3))
    z = [row / np.linalg.norm(row) for row in (*first, *second)]
    total = 0.0
    for i in range(10):
        other = (i + 5) % 10
        total -= math.log(math.exp(z[i] @ z[other] / 0.3) / sum(math.exp(z[i] @ z[j] / 0.3) for j in range(10) if j != i))
    assert float(info_nce(jnp.asarray(first), jnp.asarray(second), 0.3)) == pytest.approx(total / 10, rel=1e-4)


def test_views_move_by_at_most_that_and_add_noise():
    image = jnp.zeros((200, 5, 5)).at[:, 2, 2].set(1.0)
    moved = np.asarray(views(image, KEY, 0.0, 1))
    places = {tuple(np.argwhere(one)[0]) for one in moved}
    assert places == {(i, j) for i in (1, 2, 3) for j in (1, 2, 3)}
    assert np.std(views(jnp.zeros((500, 4)), KEY, 0.3, 1)) == pytest.approx(0.3, rel=0.1)


def clusters():
    """Images of a bright row or a bright column, at one of four places; labels follow which, and are fair coins in the second set."""
    place, kind = RNG.integers(1, 5, 60), RNG.integers(2, size=60)
    x = np.zeros((60, 6, 6))
    for one, at, k in zip(x, place, kind, strict=True):
        one[at, :] = 1.0 * (k == 0)
        one[:, at] += 1.0 * (k == 1)
    return Examples(jnp.asarray(x, jnp.float32), jnp.asarray(kind)), Examples(jnp.asarray(x, jnp.float32), jnp.asarray(RNG.integers(2, size=60)))


def test_labels_change_the_readout_alone_and_that_is_least_squares():
    network = MLP(hidden=(16, 8), bias=True).build(Reals((6, 6)), Classes(2), KEY)
    fit = eqx.filter_jit(SelfSupervised(steps=60, batch=32).fit)
    one, other = (fit(network, {"train": examples}, KEY) for examples in clusters())
    for mine, theirs in ((one.first, other.first), *zip(one.hidden, other.hidden, strict=True), *zip(one.biases[:-1], other.biases[:-1], strict=True)):
        np.testing.assert_array_equal(mine, theirs)
    assert not np.allclose(one.readout, other.readout, atol=1e-3)
    assert not np.allclose(one.first, network.first, atol=1e-3)
    x, y = clusters()[0].x, np.eye(2)[np.asarray(clusters()[0].y)]
    refit = fit(network, {"train": Examples(x, jnp.asarray(y.argmax(axis=1)))}, KEY)
    phi = np.asarray(jax.vmap(refit.features)(x), float)
    np.testing.assert_allclose(outputs(refit, x), LinearRegression().fit(phi, y).predict(phi), atol=2e-2)


def test_pretraining_lowers_its_loss():
    examples = clusters()[0]
    network = MLP(hidden=(16, 8), bias=True).build(Reals((6, 6)), Classes(2), KEY)
    fit = SelfSupervised(steps=100, batch=32, head=None)
    after = eqx.filter_jit(fit.pretrain)(network, examples.x, KEY)

    def loss(one):
        seen = [jax.vmap(one.features)(views(examples.x, jax.random.key(k), fit.noise, fit.shift)) for k in (5, 6)]
        return float(info_nce(*seen, fit.temperature))

    assert loss(after) < loss(network) - 0.3


def test_bad_input():
    network = MLP(hidden=(4,)).build(Reals((3,)), Classes(2), KEY)
    with pytest.raises(Problem, match="finite"):
        SelfSupervised().fit(network, {"train": Stream()}, KEY)
    fixed = MLP(hidden=(4,), fixed_readout=True).build(Reals((3,)), Classes(2), KEY)
    with pytest.raises(Problem, match="readout"):
        SelfSupervised().fit(fixed, {"train": Examples(jnp.ones((2, 3)), jnp.zeros(2, int))}, KEY)
    with pytest.raises(Problem, match="temperature"):
        SelfSupervised(temperature=0.0)
