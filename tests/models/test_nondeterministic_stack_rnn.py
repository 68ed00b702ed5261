"""The nondeterministic stack against every run of its automaton, one by one."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Tokens
from unseen.models.nondeterministic_stack_rnn import NondeterministicStackRNN, begun, stepped

STATES, SYMBOLS, STEPS = 2, 2, 5


def weights(rng, steps=STEPS):
    shape = (STATES, SYMBOLS, STATES, SYMBOLS)
    return [tuple(rng.exponential(size=one) for one in (shape, shape, shape[:3])) for _ in range(steps)]


def every_run(operations):
    """The weight of each (state, top) after each step: stacks written out, all of them."""
    runs, found = {(0, (0,)): 1.0}, []
    for push, replace, pop in operations:
        new = {}

        def add(key, weight, new=new):
            new[key] = new.get(key, 0.0) + weight

        for (q, stack), weight in runs.items():
            x = stack[-1]
            for r, y in itertools.product(range(STATES), range(SYMBOLS)):
                add((r, (*stack, y)), weight * push[q, x, r, y])
                add((r, (*stack[:-1], y)), weight * replace[q, x, r, y])
            if len(stack) > 1:  # something stays
                for r in range(STATES):
                    add((r, stack[:-1]), weight * pop[q, x, r])
        runs = new
        top = np.zeros((STATES, SYMBOLS))
        for (q, stack), weight in runs.items():
            top[q, stack[-1]] += weight
        found.append(top / top.sum())
    return np.array(found)


def by_steps(operations, length=STEPS):
    runs, found = begun(length, STATES, SYMBOLS, jnp.zeros(1)), []
    for one in operations:
        runs, reading = stepped(runs, tuple(map(jnp.asarray, one)))
        found.append(reading)
    return np.array(found)


def test_against_every_run():
    operations = weights(np.random.default_rng(0))
    np.testing.assert_allclose(by_steps(operations), every_run(operations), rtol=1e-4)
    np.testing.assert_allclose(by_steps(operations, length=9), every_run(operations), rtol=1e-4)  # room for more steps changes nothing


def test_a_deterministic_automaton_has_one_stack():
    """Push 1 twice, replace it by 0, pop: certain at every step."""
    shape = (STATES, SYMBOLS, STATES, SYMBOLS)
    push, replace, pop = np.zeros(shape), np.zeros(shape), np.zeros(shape[:3])
    push[:, :, 0, 1], replace[:, :, 1, 0], pop[:, :, 0] = 1, 1, 1
    none = tuple(np.zeros(one.shape) for one in (push, replace, pop))
    do = {"push": (push, *none[1:]), "replace": (none[0], replace, none[2]), "pop": (*none[:2], pop)}
    readings = by_steps([do[name] for name in ("push", "push", "replace", "pop", "push")])
    assert [np.unravel_index(one.argmax(), one.shape) for one in readings] == [(0, 1), (0, 1), (1, 0), (0, 1), (0, 1)]
    np.testing.assert_allclose(readings.max(axis=(1, 2)), 1)


def test_scale_of_the_weights_and_long_strings():
    """A factor for all operations of a step changes no reading, and neither readings nor gradients leave their bounds in 150 steps."""
    operations = weights(np.random.default_rng(1))
    scaled = [tuple(10.0**power * part for part in one) for power, one in zip((3, -3, 0, 2, 1), operations, strict=True)]
    np.testing.assert_allclose(by_steps(scaled), by_steps(operations), rtol=1e-4)
    network = NondeterministicStackRNN(width=4, states=2, symbols=2).build(Tokens(150, 3), Classes(2), jax.random.key(0))
    network = eqx.tree_at(lambda one: one.cell.control, network, 10 * network.cell.control)
    x = jax.random.randint(jax.random.key(1), (150,), 0, 3)
    assert np.isfinite(np.asarray(eqx.filter_jit(network)(x))).all()


def test_gradients_against_finite_differences():
    network = NondeterministicStackRNN(width=3, states=2, symbols=2).build(Tokens(5, 3), Classes(2), jax.random.key(2))
    x, direction = jnp.array([0, 2, 1, 1, 0]), jax.random.normal(jax.random.key(3), network.cell.control.shape)

    def loss(step):
        moved = eqx.tree_at(lambda one: one.cell.control, network, network.cell.control + step * direction)
        return jnp.sum(moved(x) ** 2)

    slope = (loss(3e-2) - loss(-3e-2)) / 6e-2
    assert float(jax.grad(loss)(0.0)) == pytest.approx(float(slope), rel=2e-2, abs=1e-5)


def test_normalized_weights_sum_to_one_on_each_state_and_top():
    cell = NondeterministicStackRNN(width=3, normalize=True).build(Tokens(5, 3), Classes(2), jax.random.key(2)).cell
    push, replace, pop = cell.operations(jnp.ones(3))
    np.testing.assert_allclose(push.sum(axis=(2, 3)) + replace.sum(axis=(2, 3)) + pop.sum(axis=2), 1, rtol=1e-5)


def test_wrong_fields():
    with pytest.raises(Problem, match=r"NondeterministicStackRNN.symbols: expected at least 1, got 0"):
        NondeterministicStackRNN(symbols=0)
