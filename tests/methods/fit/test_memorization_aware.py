"""On data where what a twin does with an example that it never saw is known, and against gradient descent written out in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax

from unseen._types import Classes, Examples, Problem, Reals, correct, outputs
from unseen.methods.fit.memorization_aware import MemorizationAware, calibrated
from unseen.methods.update.sgd import SGD
from unseen.models.linear import Linear
from unseen.tasks.spurious import Spurious

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def test_calibration():
    """Example by example; and confident predictions become the shares of labels among them."""
    logits, y = RNG.normal(size=(30, 3)), RNG.integers(0, 3, 30)
    p = softmax(logits / 0.7, axis=1)
    table = np.array([[sum(p[i, a] for i in range(30) if y[i] == b) for b in range(3)] for a in range(3)])
    np.testing.assert_allclose(calibrated(jnp.asarray(logits), jnp.asarray(y), 0.7), p @ (table / table.sum(axis=1, keepdims=True)), rtol=1e-5)
    sure = calibrated(50.0 * jax.nn.one_hot(jnp.array([0, 0, 0, 0, 1]), 3), jnp.array([0, 0, 0, 1, 2]), 1.0)
    np.testing.assert_allclose(sure, [[0.75, 0.25, 0]] * 4 + [[0, 0, 1]], atol=1e-6)


def test_held_out_means_unseen():
    """With one coordinate for each example, a linear twin that did not see an example has no gradient there: its logits are those of the start."""
    x, y = jnp.eye(20), jnp.asarray(RNG.integers(0, 2, 20))
    network = Linear().build(Reals((20,)), Classes(2), KEY)
    fit = MemorizationAware(update=SGD(learning_rate=5.0), steps=20, relabel=False)
    np.testing.assert_allclose(fit.held_out(network, Examples(x, y), KEY), outputs(network, x), rtol=1e-6)
    same = MemorizationAware(update=SGD(learning_rate=5.0), steps=20).fit(network, {"train": Examples(x, y)}, KEY)
    assert bool(correct(outputs(same, x), y).all()), "nothing is explained by held-out predictions, so all is learned"


@pytest.mark.parametrize("relabel", [True, False])
def test_relabelling(relabel):
    """Twins sure of class 1 where all labels are 0: labels flip at once, so that the first gradient is the last; else every step has it.

    The gradient of one twin by its logits is ∓1 times its share of the examples, and the shares sum to 1.
    """
    n, steps, rate = 10, 4, 0.1
    network = jax.tree.map(lambda leaf: jnp.array([[0.0, 30.0]], leaf.dtype), Linear().build(Reals((1,)), Classes(2), KEY))
    fit = MemorizationAware(update=SGD(learning_rate=rate), steps=steps, relabel=relabel)
    found = np.asarray(fit.held_out(network, Examples(jnp.ones((n, 1)), jnp.zeros(n, int)), KEY))
    lost = np.unique((30 - (found[:, 1] - found[:, 0])).round(4))
    assert lost.sum() * (2 if len(lost) == 1 else 1) == pytest.approx(2 * rate * (1 if relabel else steps), rel=1e-3)


def test_the_shifted_steps():
    """Gradient descent on cross-entropy of logits plus log q."""
    x, y = RNG.normal(size=(12, 4)), RNG.integers(0, 3, 12)
    data = Examples(jnp.asarray(x), jnp.asarray(y))
    network = Linear().build(Reals((4,)), Classes(3), KEY)
    fit = MemorizationAware(update=SGD(learning_rate=0.5), steps=6, temperature=0.3)
    shift = np.log(np.asarray(calibrated(fit.held_out(network, data, KEY), data.y, 0.3)) + 1e-6)
    weight = np.asarray(network.weight, float)
    for _ in range(6):
        weight = weight - 0.5 * x.T @ (softmax(x @ weight + shift, axis=1) - np.eye(3)[y]) / 12
    np.testing.assert_allclose(fit.fit(network, {"train": data}, KEY).weight, weight, rtol=1e-3, atol=1e-4)


def test_it_does_what_it_is_for():
    """Where plain training knows the exceptions to a spurious feature by heart, it learns the core feature."""
    task = Spurious(dimensions=400, train_size=200, test_size=400)
    splits, network = task.splits(KEY), Linear(init_scale=0.0).build(task.inputs, task.outputs, KEY)
    aware = np.asarray(MemorizationAware(steps=300, temperature=0.1).fit(network, splits, KEY).weight)
    x, y, plain = np.asarray(splits["train"].x), np.asarray(splits["train"].y), np.zeros((402, 2))
    for _ in range(300):
        plain = plain - 0.01 * x.T @ (softmax(x @ plain, axis=1) - np.eye(2)[y]) / 200
    minority = np.asarray(splits["balanced"].info["minority"])
    held, labels = np.asarray(splits["balanced"].x)[minority], np.asarray(splits["balanced"].y)[minority]
    accuracy = [np.mean((held @ weight).argmax(axis=1) == labels) for weight in (aware, plain)]
    assert accuracy[0] > accuracy[1] + 0.3


def test_mistakes():
    with pytest.raises(Problem, match="whose labels are classes"):
        MemorizationAware().fit(Linear().build(Reals((2,)), Classes(2), KEY), {"train": Examples(jnp.ones((3, 2)), jnp.ones(3))}, KEY)
    with pytest.raises(Problem, match=r"MemorizationAware.temperature: expected a number above 0, got 0"):
        MemorizationAware(temperature=0)
