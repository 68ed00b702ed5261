"""What holds for every component of a method."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from discovery import components
from unseen._types import Classes, Examples, Reals, Values, correct, outputs, trainable
from unseen.methods.joints import Fit, Gradient, Keep, Objective, Order, Update
from unseen.methods.method import Method
from unseen.methods.update.sgd import SGD
from unseen.models.linear import Linear
from unseen.models.mlp import MLP

JOINTS = {"order": Order, "objective": Objective, "gradient": Gradient, "update": Update, "keep": Keep}
PARTS = {f"{joint}.{name}": (joint, cls) for joint, base in JOINTS.items() for name, cls in components(f"unseen.methods.{joint}", base).items()}
FITS = components("unseen.methods.fit", Fit)
FOR_CLASSES = {"memorization_aware.MemorizationAware"}


def examples(n=24, classes=2):
    x = jax.random.normal(jax.random.key(9), (n, 5))
    return Examples(x, (x[:, 0] > 0).astype(int) % classes, {"difficulty": jnp.abs(x[:, 0])})


@functools.cache
def given():
    """What every method trains and trains on, drawn once: an argument of the programs, whose compilation is what takes time here."""
    return trainable(MLP(hidden=(4,), bias=True).build(Reals((5,)), Classes(2), jax.random.key(0))), examples()


def train(method, key, start, train_set, steps=3):
    """The parameters after a few steps, the smallest training loop there is."""
    params, rest = start
    params, kept = method.keep.init(params)
    update = method.update.transformation()

    def loss(params, batch, key):
        return jnp.mean(method.objective.losses(outputs(eqx.combine(params, rest), batch.x, key), batch.y)) + method.objective.penalty(params)

    def advance(carry, step):
        params, kept, ordered, gradient_state, update_state = carry
        batch, ordered = method.order.next(train_set, ordered, step, key)
        value, direction, gradient_state = method.gradient(loss, params, batch, jax.random.fold_in(key, step), gradient_state)
        change, update_state = update.update(direction, update_state, params)
        params, kept = method.keep.after(optax.apply_updates(params, change), kept, step + 1)
        return (params, kept, ordered, gradient_state, update_state), value

    start = (params, kept, method.order.init(train_set, key), method.gradient.init(params), update.init(params))
    (params, kept, *_), values = jax.lax.scan(advance, start, jnp.arange(steps))
    return method.keep.result(params, kept), values


def test_found():
    assert {joint for joint, _ in PARTS.values()} == set(JOINTS)
    assert len(PARTS) >= 24 and len(FITS) >= 2


@pytest.mark.parametrize("name", PARTS)
def test_trains(name):
    """Three steps in one program: finite, reproducible, and it moves."""
    joint, cls = PARTS[name]
    method = Method(**{joint: cls()})
    run = eqx.filter_jit(train)
    params, values = run(method, jax.random.key(0), *given())
    again, _ = run(method, jax.random.key(0), *given())
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((params, values)))
    assert eqx.tree_equal(params, again)
    start = given()[0][0]
    assert jax.tree.structure(params) == jax.tree.structure(start) and not eqx.tree_equal(params, start)


@pytest.mark.parametrize("name", PARTS)
def test_numbers_are_leaves(name):
    """Under vmap over all numeric fields each run equals the run alone: hyperparameters may be traced."""
    joint, cls = PARTS[name]
    method = Method(**{joint: cls()}, **({} if joint == "update" else {"update": SGD(0.1)}))
    numbers, rest = eqx.partition(method, lambda leaf: isinstance(leaf, float))
    numbers = jax.tree.map(lambda f: jnp.array([f, 0.9 * f]), numbers)

    def run(numbers, start, train_set):
        return train(eqx.combine(numbers, rest), jax.random.key(0), start, train_set)

    batched = eqx.filter_jit(eqx.filter_vmap(run, in_axes=(0, None, None)))(numbers, *given())
    alone = eqx.filter_jit(run)(jax.tree.map(lambda leaf: leaf[1], numbers), *given())
    jax.tree.map(lambda many, one: np.testing.assert_allclose(many[1], one, rtol=1e-4, atol=2e-5), batched, alone)


@pytest.mark.parametrize("name", [name for name, (joint, _) in PARTS.items() if joint == "order"])
def test_batches_are_training_examples(name):
    order, data, key = PARTS[name][1](), examples(), jax.random.key(3)
    state = order.init(data, key)
    batch, _ = jax.jit(order.next)(data, state, jnp.array(0), key)
    known = {(row.tobytes(), int(label)) for row, label in zip(np.asarray(data.x), data.y, strict=True)}
    assert all((row.tobytes(), int(label)) in known for row, label in zip(np.asarray(batch.x), batch.y, strict=True))


@pytest.mark.parametrize("name", FITS)
def test_fits(name):
    """Every fit interpolates a linear function of few examples, inside jit; one for classes alone tells those apart that a line does."""
    x = jax.random.normal(jax.random.key(9), (4, 5))
    data = Examples(x, x @ jnp.arange(5.0))
    if name in FOR_CLASSES:
        data = Examples(x, (data.y > 0).astype(int))
        network = Linear().build(Reals((5,)), Classes(2), jax.random.key(0))
        fitted = eqx.filter_jit(FITS[name]().fit)(network, {"train": data}, jax.random.key(0))
        assert bool(correct(outputs(fitted, x), data.y).all())
        return
    network = Linear().build(Reals((5,)), Values(()), jax.random.key(0))
    fitted = eqx.filter_jit(FITS[name]().fit)(network, {"train": data}, jax.random.key(0))
    np.testing.assert_allclose(outputs(fitted, x), data.y, rtol=1e-3, atol=1e-3)
