"""The encoder and decoder with each attention against slow loops in double precision; the windows of location attention by hand."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from padded import ASK, PADDING, shaken, strings
from unseen._types import Classes, Problem, Strings, Tokens, outputs
from unseen.models.cross_attention import KINDS, MonotonicAttention
from unseen.models.positions import waves
from unseen.models.seq2seq import Seq2Seq

KEY = jax.random.key(0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    weights = np.exp(z - z.max())
    return weights / weights.sum()


def gru(cell, h, seen):
    (u_z, u_r), (b_z, b_r, b) = np.split(cell.gates, 2, axis=1), np.split(seen, 3)
    z, r = sigmoid(b_z + h @ u_z), sigmoid(b_r + h @ u_r)
    return z * h + (1 - z) * np.tanh(b + (r * h) @ cell.candidate)


def weights(kind, attention, query, read, time, before):
    n, width = read.shape
    if kind in ("content", "relative"):
        relative, asked, scores = kind == "relative", query @ attention.query, []
        for j in range(n):
            score = (asked + (attention.content if relative else 0)) @ (read[j] @ attention.key)
            if relative:
                score += (asked + attention.distance) @ (np.asarray(waves(jnp.array([j - time]), width), float)[0] @ attention.weight)
            scores.append(score / np.sqrt(width))
        return softmax(np.array(scores))
    z = query @ attention.weight + attention.bias
    rate, little = z @ attention.step, sigmoid(5 * (z @ attention.step))
    s = sigmoid(attention.leak)
    centre = before + (little if kind == "one step" else s * max(rate, 0) + (1 - s) * little)
    deviation = (max(z @ attention.spread, 0) + 0.27) * (n - 1) / n
    window = np.exp(-((np.arange(n) - centre) ** 2) / (2 * deviation**2))
    return window / window.sum()


def slow(network, kind, x):
    """Logits from the first ASK on."""
    asked = list(x).index(ASK)
    text = [len(network.ahead.symbol) - 1, *x[: asked + 1]]
    read, last = [], []
    for cell, order in ((network.ahead, text), (network.back, text[::-1])):
        h, states = np.zeros(len(cell.gates)), []
        for symbol in order:
            h = gru(cell, h, cell.symbol[symbol] + cell.bias)
            states.append(h)
        last.append(h)
        read.append(states if order is text else states[::-1])
    read, h, before = np.concatenate(read, axis=1), np.concatenate(last), 0.0
    if network.direction is not None:
        gate = sigmoid(5 * (h @ network.direction[0] + network.direction[1]))
        read = gate * read + (1 - gate) * read[::-1]
    value = read @ network.value
    value = np.where(value > 0, value, 0.01 * value)
    for time, symbol in enumerate(x[asked:]):
        share = weights(kind, network.attention, h, read, time, before)
        before = share @ np.arange(len(read))
        h = gru(network.writer, h, network.writer.symbol[symbol] + (share @ value) @ network.context + network.writer.bias)
        yield h @ network.readout + network.bias


def built(kind, both, length, out=None):
    network = shaken(eqx.filter_jit(Seq2Seq(kind, both, width=6).build)(Tokens(length, PADDING + 1, padding=True), out or Strings(length, 3), KEY))
    leak = getattr(network.attention, "leak", None)
    return network if leak is None else eqx.tree_at(lambda one: one.attention.leak, network, jnp.asarray(0.5))


@pytest.mark.parametrize(("kind", "both"), [("content", False), ("relative", True), ("monotonic", True), ("one step", False)])
def test_against_loop(kind, both):
    network = built(kind, both, 11)
    plain = jax.tree.map(lambda leaf: np.asarray(leaf, float), network)
    written = np.array(strings(9, 5, 11))
    written[:, 5:9] = np.random.default_rng(3).integers(0, 3, (3, 4))  # what was written before
    found = np.asarray(eqx.filter_jit(outputs)(network, written))
    for x, logits in zip(written, found, strict=True):
        expected = np.array(list(slow(plain, kind, x[:9].tolist())))
        assert np.ptp(expected, axis=0).max() > 0.1
        np.testing.assert_allclose(logits[4:9], expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(logits[:4], np.tile(plain.bias, (4, 1)), atol=1e-6)


def test_what_is_not_written_yet_changes_nothing():
    network, x = built("monotonic", True, 9), np.array(strings(8, 4, 9, 1))
    later = x.copy()
    later[:, 7] = 1
    one, other = (np.asarray(eqx.filter_jit(outputs)(network, one)) for one in (x, later))
    np.testing.assert_array_equal(one[:, :7], other[:, :7])
    assert np.abs(one[:, 7] - other[:, 7]).max() > 1e-4


def test_one_answer():
    x = strings(4, 1, 9, 1)[0]
    network = built("monotonic", True, 9, Classes(3))
    expected = next(slow(jax.tree.map(lambda leaf: np.asarray(leaf, float), network), "monotonic", x[:4].tolist()))
    np.testing.assert_allclose(eqx.filter_jit(network)(x), expected, rtol=1e-4, atol=1e-5)


def steady(step, spread=0.0):
    """Location attention that steps so far whatever it is asked, with so much added to the least deviation."""
    attention = MonotonicAttention(KEY, 2)
    values = jnp.zeros((2, 2)), jnp.ones(2), jnp.array([step, 0.0]), jnp.array([0.0, spread])
    return eqx.tree_at(lambda one: (one.weight, one.bias, one.step, one.spread), attention, values)


@pytest.mark.parametrize("step", [0.0, 1.0, 2.5])
def test_the_window_moves_on(step):
    there, place, before = jnp.arange(40) < 30, jnp.arange(40.0), jnp.asarray(3.0)
    for time in range(5):
        window = steady(step, spread=0.5)(jnp.zeros(2), None, there, jnp.array(time), before)
        after = float(window @ place)
        assert float(window.sum()) == pytest.approx(1.0, abs=1e-6)
        assert after == pytest.approx(float(before) + step, abs=1e-2), "the mean of a window away from the ends is its centre"
        deviation = 0.77 * 29 / 30
        assert float(window @ (place - after) ** 2) == pytest.approx(deviation**2, rel=0.02)
        before = jnp.asarray(after)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_read_that_is_not_there(kind):
    attention = shaken(KINDS[kind](KEY, 4))
    read = jax.random.normal(KEY, (9, 4))
    for count, time in itertools.product((1, 5), (0, 3)):
        share = attention(jnp.ones(4), attention.prepare(read), jnp.arange(9) < count, jnp.array(time), jnp.asarray(1.5))
        assert float(share[:count].sum()) == pytest.approx(1.0, abs=1e-6)
        assert not share[count:].any()


def test_relative_attention_knows_distances_only():
    """Where all places hold the same, two places further on and two steps later the weights are in the same proportions."""
    attention = jax.tree.map(lambda leaf: 3 * leaf, shaken(KINDS["relative"](KEY, 4)))
    prepared = attention.prepare(jnp.ones((12, 4)))
    early, late = (attention(jnp.ones(4), prepared, jnp.arange(12) < 12, jnp.array(time), jnp.asarray(0.0)) for time in (1, 3))
    np.testing.assert_allclose(np.diff(np.log(early))[:-2], np.diff(np.log(late))[2:], rtol=1e-3, atol=1e-4)
    assert np.abs(np.diff(np.log(early))).max() > 0.1


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Seq2Seq.attention: expected one of 'content'"):
        Seq2Seq("far")
    with pytest.raises(Problem, match=r"Seq2Seq.width: expected an even number"):
        Seq2Seq(width=7)
