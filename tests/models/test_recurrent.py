"""Recurrent networks against slow loops in double precision, with hand-made programs for stack and tape, and whatever the padding."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from padded import ASK, PADDING, SYMBOLS, shaken, strings
from unseen._types import Classes, Problem, Strings, Tokens, Values, outputs, trainable
from unseen.models.gru import GRU
from unseen.models.lstm import LSTM
from unseen.models.rnn import RNN
from unseen.models.stack_rnn import StackRNN
from unseen.models.tape_rnn import TapeRNN

KEY = jax.random.key(0)
MODELS = {
    "rnn": RNN(width=6),
    "lstm": LSTM(width=6),
    "gru": GRU(width=6),
    "stack": StackRNN(width=6, cell=2, size=3, stacks=2),
    "deep stack": StackRNN(width=6, cell=2, size=None, activation="tanh"),
    "tape": TapeRNN(width=6, cell=2, size=4, tapes=2, hidden=(5, 3)),
    "tape without MLP": TapeRNN(width=6, cell=2, size=7, hidden=()),
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    weights = np.exp(z - z.max())
    return weights / weights.sum()


def act(cell, z):
    return np.tanh(z) if cell.activation == "tanh" else np.maximum(z, 0)


def simple(cell, x, n):
    h = np.zeros(len(cell.bias))
    for symbol in x:
        h = act(cell, cell.symbol[symbol] + h @ cell.state + cell.bias)
        yield h


def lstm(cell, x, n):
    h = c = np.zeros(len(cell.state))
    for symbol in x:
        i, g, f, o = np.split(cell.symbol[symbol] + h @ cell.state + cell.bias, 4)
        c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        yield h


def gru(cell, x, n):
    h = np.zeros(len(cell.gates))
    (u_z, u_r), (b_z, b_r, b) = np.split(cell.gates, 2, axis=1), np.split(cell.bias, 3)
    for symbol in x:
        w_z, w_r, w = np.split(cell.symbol[symbol], 3)
        z, r = sigmoid(w_z + h @ u_z + b_z), sigmoid(w_r + h @ u_r + b_r)
        h = z * h + (1 - z) * np.tanh(w + (r * h) @ cell.candidate + b)
        yield h


def stack_rnn(cell, x, n):
    h, width = np.zeros(len(cell.bias)), len(cell.bias)
    size = cell.sizes[0] or len(x)
    stacks = [[np.zeros(cell.sizes[1]) for _ in range(size)] for _ in range(cell.stacks)]
    for symbol in x:
        tops = np.concatenate([stack[0] for stack in stacks])
        h = act(cell, cell.symbol[symbol] + h @ cell.state[:width] + tops @ cell.state[width:] + cell.bias)
        for k, control in enumerate(np.split(h @ cell.control + cell.control_bias, cell.stacks)):
            push, pop, rest = softmax(control[-3:])
            above, below = [control[:-3], *stacks[k][:-1]], [*stacks[k][1:], np.zeros(cell.sizes[1])]
            stacks[k] = [push * a + pop * b + rest * s for a, b, s in zip(above, below, stacks[k], strict=True)]
        yield h


def tape_rnn(cell, x, n):
    """With the permutation matrices of the definition."""
    h, width, (size, numbers) = np.zeros(len(cell.bias)), len(cell.bias), cell.sizes
    tapes, eye = np.zeros((cell.tapes, size, numbers)), np.eye(size)
    moves = [np.roll(eye, shift, axis=0) for shift in (0, -1, 1, -n, n)]
    for symbol in x:
        h = act(cell, cell.symbol[symbol] + h @ cell.state[:width] + tapes[:, 0].reshape(-1) @ cell.state[width:] + cell.bias)
        control = h @ cell.control + cell.control_bias
        value = control[5 * cell.tapes :]
        for weight, bias in cell.layers:
            value = np.maximum(value, 0) @ weight + bias
        tapes[:, 0] = value.reshape(cell.tapes, numbers)
        for k in range(cell.tapes):
            tapes[k] = sum(a * move @ tapes[k] for a, move in zip(softmax(control[5 * k : 5 * k + 5]), moves, strict=True))
        yield h


SLOW = {RNN: simple, LSTM: lstm, GRU: gru, StackRNN: stack_rnn, TapeRNN: tape_rnn}


def built(name, length, out=None, padding=True):
    """A network whose biases are not zero."""
    return shaken(eqx.filter_jit(MODELS[name].build)(Tokens(length, PADDING + 1, padding), out or Strings(length, 3), KEY))


@pytest.mark.parametrize("name", MODELS)
def test_cell_against_loop(name):
    network = built(name, 9)
    cell = jax.tree.map(lambda leaf: np.asarray(leaf, float), network.cell)
    fast = eqx.filter_jit(network)
    for x in np.asarray(strings(8, 3, 9)):
        out = np.array(list(SLOW[type(MODELS[name])](cell, x[:8], 5)))
        expected = np.maximum(out, 0) @ np.asarray(network.readout, float) + np.asarray(network.bias, float)
        assert np.abs(expected).max() > 0.1
        np.testing.assert_allclose(np.asarray(fast(x))[:8], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_padding_changes_nothing(name):
    """Values at used places and gradients are those of a network that runs over the padding too, for every used length."""
    network = built(name, 11)
    params, rest = trainable(network)

    @jax.jit
    def both(params, x, used):
        def loss(params, padding):
            logits = outputs(dataclasses.replace(eqx.combine(params, rest), padding=padding), x)
            logits = jnp.where(jnp.arange(11)[:, None] < used, logits, 0.0)
            return jnp.sum(jnp.sin(logits)), logits

        return [jax.grad(loss, has_aux=True)(params, padding) for padding in (PADDING, None)]

    for used in range(1, 12):
        (change, there), (expected, here) = both(params, strings(used, 1, 11), used)
        assert np.abs(here).max() > 0.1
        np.testing.assert_allclose(there, here, rtol=1e-5, atol=1e-6)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), change, expected)


@pytest.mark.parametrize("name", MODELS)
def test_strings_of_several_lengths_in_one_batch(name):
    network = built(name, 9)
    x = np.concatenate([strings(used, 2, 9, 1) for used in (3, 9, 5)])
    together, alone = np.asarray(eqx.filter_jit(outputs)(network, x)), eqx.filter_jit(network)
    for row, logits, used in zip(x, together, (3, 9, 5), strict=True):
        np.testing.assert_allclose(np.asarray(alone(row))[:used], logits[:used], rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module", params=["rnn", "lstm", "gru", "stack", "tape"])
def pair(request):
    """(loss by loops, the same by a scan over all places, weights): of strings of several lengths, in double precision."""
    with jax.enable_x64(True):
        network = jax.tree.map(lambda leaf: jnp.asarray(leaf, float), built(request.param, 7))
        params, rest = trainable(network)
        x = jnp.concatenate([strings(used, 1, 7, 1) for used in (1, 7, 3)])

        def looped(params, x=x):
            return jnp.sum(jnp.sin(outputs(eqx.combine(params, rest), x)))

        def scanned(params, x=x):
            one = eqx.combine(params, rest)
            used = jnp.sum(x != PADDING, axis=1)
            logits = jax.vmap(one.features)(x, used) @ one.readout + one.bias
            return jnp.sum(jnp.sin(jnp.where((jnp.arange(7) < used[:, None])[..., None], logits, 0.0)))

        yield looped, scanned, params


def agree(found, expected):
    assert max(jnp.abs(leaf).max() for leaf in jax.tree.leaves(expected)) > 0.01
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12), found, expected)


def test_derivatives_are_those_of_a_scan(pair):
    """Backwards, forwards, and backwards then forwards, to rounding."""
    looped, scanned, params = pair
    along = jax.tree.map(lambda leaf: jnp.cos(jnp.arange(leaf.size, dtype=float)).reshape(leaf.shape), params)

    def derivatives(loss):
        value, slope = jax.jvp(loss, (params,), (along,))
        gradient, curvature = jax.jvp(jax.grad(loss), (params,), (along,))
        return value, slope, gradient, curvature

    agree(jax.jit(lambda: derivatives(looped))(), jax.jit(lambda: derivatives(scanned))())


@pytest.mark.parametrize("pair", ["lstm", "tape"], indirect=True)
def test_derivatives_over_a_stack_of_networks(pair):
    """Runs whose batches have different lengths, side by side; and the gradient of each string alone."""
    looped, scanned, params = pair
    stack = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.5 * leaf]), params)
    x = jnp.stack([strings(used, 1, 7, 3) for used in (2, 6)])
    agree(*(jax.jit(jax.vmap(jax.grad(loss)))(stack, x) for loss in (looped, scanned)))
    agree(*(jax.jit(jax.vmap(jax.grad(lambda params, one, loss=loss: loss(params, one[None])), (None, 0)))(params, x[0]) for loss in (looped, scanned)))


def test_gradient_of_some_weights_and_without_a_batch():
    """What is not trained has no tangent; one string outside of a batch has the gradient that it has in a batch of one."""
    network, x = built("gru", 6), strings(4, 1, 6, 1)

    @jax.jit
    def gradients(readout, x):
        def loss(readout, answer):
            return jnp.sum(jnp.sin(answer(dataclasses.replace(network, readout=readout))))

        return [jax.grad(loss)(readout, answer) for answer in (lambda one: outputs(one, x), lambda one: one(x[0]), lambda one: jax.vmap(one)(x))]

    expected, *found = gradients(network.readout, x)
    assert np.abs(expected).max() > 0.1
    for one in found:
        np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)


def test_each_string_with_a_network_of_its_own():
    networks = [built("lstm", 6), built("lstm", 6)]
    networks[1] = jax.tree.map(lambda leaf: 0.5 * leaf, networks[1])
    x = strings(4, 1, 6, 2)
    both = jax.tree.map(lambda *leaves: jnp.stack(leaves), *networks)
    together = jax.vmap(lambda one, x: one(x), axis_name="batch")(both, x)
    for network, string, answer in zip(networks, x, together, strict=True):
        np.testing.assert_allclose(network(string), answer, rtol=1e-5, atol=1e-6)


def test_padding_is_answered_by_zeros():
    logits = np.asarray(outputs(built("rnn", 6), jnp.concatenate([strings(used, 1, 6, 1) for used in (2, 5)])))
    assert [np.abs(row).max(axis=1).astype(bool).tolist() for row in logits] == [[True] * 2 + [False] * 4, [True] * 5 + [False]]


@pytest.mark.parametrize("name", MODELS)
def test_answers_depend_on_the_string(name):
    """The places of ASK see the first symbol."""
    network, x = built(name, 6), strings(6, 3, 6, 1)[0]
    logits = np.asarray(eqx.filter_jit(outputs)(network, np.stack([[symbol, *x[1:]] for symbol in range(SYMBOLS)])))
    assert np.abs(logits[1:] - logits[:-1]).max(axis=-1)[:, 3:].min() > 1e-6


@pytest.mark.parametrize(("name", "out", "shape"), [("lstm", Classes(3), (3,)), ("tape", Values(()), ()), ("gru", Values((2, 2)), (2, 2))])
def test_one_answer(name, out, shape):
    """It is read at the last place that is not padding, however much of that there is."""
    x = strings(4, 1, 9, 1)[0]
    answer = eqx.filter_jit(built(name, 9, out))(x)
    assert answer.shape == shape
    np.testing.assert_allclose(eqx.filter_jit(built(name, 4, out))(x[:4]), answer, rtol=1e-5, atol=1e-6)


def program(network, symbol, control):
    """The network whose state is (one-hot symbol, what is read), with the rows of `control` the saturated choices of each symbol.

    `control` may have a further row: what is read.
    """
    count, read = symbol.shape[0], 1
    width = count + read
    cell = network.cell
    state = jnp.zeros((width + read, width)).at[width, count].set(1.0)
    control = jnp.concatenate([control, jnp.zeros((width - len(control), control.shape[1]))])
    cell = eqx.tree_at(
        lambda c: (c.symbol, c.state, c.control),
        cell,
        (jnp.concatenate([symbol, jnp.zeros((count, read))], axis=1), state, control),
    )
    readout = jnp.zeros((width, 1)).at[count, 0].set(1.0)
    return eqx.tree_at(lambda n: (n.cell, n.readout), network, (cell, readout))


def run(network, x):
    return np.asarray(eqx.filter_jit(network)(jnp.array(x)))[:, 0].round(4).tolist()


def test_stack_by_hand():
    """Reads what is on top before each symbol: push 1, push 2, pop, leave, pop."""
    one, two, pop, rest = range(4)
    network = StackRNN(width=5, cell=1, size=3).build(Tokens(9, 4), Strings(9, 1), KEY)
    big = 200.0
    control = jnp.array([[1.0, big, 0, 0], [2.0, big, 0, 0], [0, 0, big, 0], [0, 0, 0, big]])  # value; push, pop, leave
    network = program(network, jnp.eye(4), control)
    assert run(network, [one, two, pop, rest, pop, rest, two, rest, rest]) == [0, 1, 2, 1, 1, 0, 0, 2, 2]
    assert run(network, [one, two, two, two, pop, pop, pop, rest, rest]) == [0, 1, 2, 2, 2, 2, 2, 0, 0], "the first value fell off a stack of 3"


def test_tape_by_hand():
    """Each symbol adds 0, 1 or 2 to what it has read, writes that, and moves the head by one place or by the length of the string."""
    size, big = 7, 200.0
    network = TapeRNN(width=10, cell=1, size=size, hidden=()).build(Tokens(9, 9, padding=True), Strings(9, 1), KEY)
    stay1, left1, left, right, jump_left, jump_right, right2 = range(7)
    action = {stay1: 0, left1: 1, left: 1, right: 2, jump_left: 3, jump_right: 4, right2: 2}  # which of the five
    value = {stay1: 1.0, left1: 1.0, right2: 2.0}
    control = jnp.zeros((10, 6)).at[9, 5].set(1.0)
    for symbol, which in action.items():
        control = control.at[symbol, which].set(big).at[symbol, 5].set(value.get(symbol, 0.0))
    network = program(network, jnp.eye(9), control)

    def by_hand(x):
        tape, head, read = [0.0] * size, 0, []
        for symbol in x:
            read.append(tape[head])
            tape[head] += value.get(symbol, 0.0)
            head = (head + (0, 1, -1, len(x), -len(x))[action[symbol]]) % size
        return read

    for x in (
        [left1, right, jump_left, jump_right, stay1, left, right2, left, left],
        [stay1, left1, jump_left, jump_left, right, jump_right, right2, left, right],
        [left1, right2, jump_right, stay1, jump_left, left, right, stay1, stay1],
    ):
        expected = by_hand(x)
        assert max(expected) >= 1
        assert run(network, x) == expected


def test_tape_jumps_by_the_length_of_the_string():
    """ASK and padding are not of the string; without padding every place is."""
    x = jnp.array([0, 1, 2, ASK, ASK, PADDING])
    assert int(built("tape", 6).cell.initial(x, jnp.asarray(5))[2]) == 3
    assert int(built("tape", 6, padding=False).cell.initial(x, jnp.asarray(6))[2]) == 6


@pytest.mark.parametrize("make", [lambda: StackRNN(size=0), lambda: TapeRNN(hidden=(0,)), lambda: LSTM(width=0), lambda: GRU(width=0)])
def test_wrong_fields(make):
    with pytest.raises(Problem, match="expected"):
        make()
