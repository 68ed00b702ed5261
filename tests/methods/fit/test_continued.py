"""Further training of a network, against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np

from unseen._types import Examples, Reals, Values
from unseen.methods.fit.continued import continued
from unseen.methods.keep.ema import Ema
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.sgd import SGD
from unseen.models.linear import Linear
from unseen.models.mlp import MLP

KEY = jax.random.key(3)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 1))
TRAIN = Examples(jnp.asarray(X), jnp.asarray(Y))
DESCENT = Method(objective=SquaredError(), update=SGD(learning_rate=0.05))


def line(inputs=3):
    return Linear().build(Reals((inputs,)), Values((1,)), jax.random.key(1))


def by_hand(weight, steps, rate=0.05):
    path = [weight]
    for _ in range(steps):
        path.append(path[-1] - rate * 2 * X.T @ (X @ path[-1] - Y) / len(X))
    return path


def test_it_is_gradient_descent_from_the_given_weights():
    network = line()
    start = np.asarray(network.weight)
    after = continued(network, TRAIN, DESCENT, 7, KEY)
    np.testing.assert_allclose(after.weight, by_hand(start, 7)[-1], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(network.weight, start)


def test_what_is_kept_is_what_the_method_keeps():
    network = line()
    path = by_hand(np.asarray(network.weight), 3)
    average = path[0]
    for weight in path[1:]:
        average = 0.5 * average + 0.5 * weight
    after = continued(network, TRAIN, Method(objective=SquaredError(), update=SGD(learning_rate=0.05), keep=Ema(0.5)), 3, KEY)
    np.testing.assert_allclose(after.weight, average, rtol=1e-5, atol=1e-6)


def test_every_example_is_met_once_an_epoch():
    """With unit vectors as inputs and weights 0, each step moves the weights of its own examples alone, by 2·rate/batch."""
    network = jax.tree.map(jnp.zeros_like, line(6))
    train = Examples(jnp.eye(6), jnp.ones((6, 1)))
    method = Method(order=Shuffle(2), objective=SquaredError(), update=SGD(learning_rate=0.1))
    moved = [np.asarray(continued(network, train, method, steps, KEY).weight).ravel() for steps in (1, 2, 3)]
    for count, weight in zip((2, 4, 6), moved, strict=True):
        np.testing.assert_allclose(np.sort(weight)[::-1][:count], 0.1, rtol=1e-5)
        np.testing.assert_array_equal(np.sort(weight)[: 6 - count], 0)
    again, *others = (np.asarray(continued(network, train, method, 1, key).weight).ravel() for key in (KEY, *jax.random.split(KEY, 3)))
    np.testing.assert_array_equal(again, moved[0])
    assert any((other != again).any() for other in others)


def test_what_is_fixed_stays():
    network = MLP(hidden=(4,), fixed_readout=True).build(Reals((3,)), Values((1,)), KEY)
    after = continued(network, TRAIN, DESCENT, 2, KEY)
    np.testing.assert_array_equal(after.readout.value, network.readout.value)
    assert (np.asarray(after.first) != np.asarray(network.first)).any()
