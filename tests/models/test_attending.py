"""Encoder, decoder and their positions against loops in double precision, whatever the padding."""

import math
import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from padded import PADDING, SYMBOLS, shaken, strings
from unseen._types import Classes, Problem, Strings, Tokens, Values, outputs, trainable
from unseen.models._attending import subset
from unseen.models.decoder import Decoder
from unseen.models.encoder import Encoder
from unseen.models.mlp import MLP
from unseen.models.positions import SCHEMES, bucketed, slopes
from unseen.models.transformer import Transformer

KEY = jax.random.key(0)


def model(positions, kind=Encoder, **fields):
    return kind(**{"positions": positions, "width": 8, "depth": 1, "heads": 2, "ratio": 2, **fields})


def built(positions, length, out=None, padding=True, **fields):
    """A network whose biases and norms are not trivial, and whose scores are far from uniform."""
    network = eqx.filter_jit(model(positions, **fields).build)(Tokens(length, PADDING + 1, padding), out or Strings(length, 3), KEY)
    return shaken(network)


def wave(place, width):
    angles = [place / 10_000 ** (2 * k / width) for k in range(width // 2)]
    return np.array([math.sin(a) for a in angles] + [math.cos(a) for a in angles])


def turned(x, place):
    """Pairs of entries as complex numbers, turned by a power of i."""
    size, out = len(x), np.zeros(len(x))
    for k in range(size // 2):
        z = complex(x[2 * k], x[2 * k + 1]) * np.exp(1j * place / 10_000 ** (2 * k / size))
        out[2 * k], out[2 * k + 1] = z.real, z.imag
    return out


def bucket(distance):
    """As in the code of Raffel et al.: 16 exact, 16 logarithmic ones up to 128."""
    return distance if distance < 16 else min(31, 16 + int(math.log(distance / 16) / math.log(128 / 16) * 16))


def interpolated(scores, i, j, head):
    """The formula of Li et al. 2023, one pair of places and one head at a time."""
    c, furthest = abs(float(scores.slope)), abs(512 * float(scores.stretch))
    share = math.log(c * abs(i - j) + 1) / math.log(c * max(furthest, i) + 1)
    weights = zip(*np.asarray(scores.inner, float), np.asarray(scores.outer, float)[:, head], strict=True)
    return float(scores.bias[head]) + sum(out * max(weight * share + shift, 0.0) for weight, shift, out in weights)


def score(positions, scores, query, key, i, j, head, heads):
    """One entry of the scores for places i and j, from the formulas of the papers."""
    size = len(query)
    if positions == "rotary":
        return turned(query, i) @ turned(key, j) / math.sqrt(size)
    if positions == "alibi":
        slope = 2 ** (-8 * (head + 1) / heads)
        return query @ key / math.sqrt(size) + slope * (-(i - j) + 0.5 if i > j else -(j - i))
    if positions == "buckets":
        return query @ key / math.sqrt(size) + float(scores.table[bucket(abs(i - j)) + (32 if j > i else 0), head])
    if positions == "fire":
        return query @ key / math.sqrt(size) + interpolated(scores, i, j, head)
    if positions == "relative":
        weight = np.asarray(scores.weight, float)[:, head * size : (head + 1) * size]
        u, v = np.asarray(scores.content, float)[head], np.asarray(scores.distance, float)[head]
        return ((query + u) @ key + (query + v) @ (wave(i - j, len(weight)) @ weight)) / math.sqrt(size)
    return query @ key / math.sqrt(size)


def norm(x, layer):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * np.asarray(layer.scale, float) + np.asarray(layer.shift, float)


def slow(network, positions, tokens, place=None):
    """Query by query and key by key; `tokens` without padding."""
    place = np.arange(len(tokens)) if place is None else place
    at = lambda a: np.asarray(a, float)  # noqa: E731
    x = at(network.embed)[tokens] * math.sqrt(network.embed.shape[1])
    length, width = x.shape
    if positions == "sinusoidal":
        x = x + np.array([wave(p, width) for p in place])
    if positions == "learned":
        x = x + at(network.added.table)[place]
    for layer in network.layers:
        size, mixed = width // layer.heads, np.zeros((length, width))
        query, key, value = np.split((norm(x, layer.norms[0]) if layer.pre else x) @ at(layer.qkv), 3, axis=1)
        for h in range(layer.heads):
            part = slice(h * size, (h + 1) * size)
            for i in range(length):
                seen = range(i + 1 if network.causal else length)
                s = np.array([score(positions, layer.scores, query[i, part], key[j, part], place[i], place[j], h, layer.heads) for j in seen])
                weights = np.exp(s - s.max())
                mixed[i, part] = weights / weights.sum() @ value[: len(s), part]
        x = x + mixed @ at(layer.out)
        x = x if layer.pre else norm(x, layer.norms[0])
        hidden = np.maximum((norm(x, layer.norms[1]) if layer.pre else x) @ at(layer.up) + at(layer.biases[0]), 0)
        x = x + hidden @ at(layer.down) + at(layer.biases[1])
        x = x if layer.pre else norm(x, layer.norms[1])
    x = x if network.final is None else norm(x, network.final)
    return x @ at(network.readout) + at(network.bias)


@pytest.mark.parametrize(
    ("positions", "kind"), [(one, Encoder) for one in SCHEMES] + [(one, Decoder) for one in ("none", "learned", "relative", "buckets", "fire")]
)
def test_against_loop(positions, kind):
    network = built(positions, 9, kind=kind, depth=2)
    run = eqx.filter_jit(network)
    for used in (1, 6, 9):
        x = strings(used, 1, 9, 1)[0]
        np.testing.assert_allclose(np.asarray(run(x))[:used], slow(network, positions, np.asarray(x[:used])), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("positions", SCHEMES)
def test_places_of_the_task(positions):
    """Symbols stand where the task says, also twice at one place."""
    place = np.array([3, 4, 5, 11, 5, 4])
    network = shaken(eqx.filter_jit(model(positions, Decoder, depth=2).build)(Tokens(9, PADDING + 1, True, places=12), Strings(9, 3), KEY))
    x = strings(6, 1, 9, 1)[0]
    pairs = np.stack([x, [*place, 0, 0, 0]], axis=1).astype(np.int32)
    np.testing.assert_allclose(np.asarray(eqx.filter_jit(network)(pairs))[:6], slow(network, positions, np.asarray(x[:6]), place), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("positions", ["learned", "relative"])
def test_places_at_random(positions):
    """In training by the key, in evaluation by the string; in order, none twice, and what padding follows changes nothing."""
    network = built(positions, 9, randomized=20)
    x = strings(6, 1, 9, 2)
    placed = eqx.filter_jit(network.place)
    drawn = [np.asarray(placed(row, jnp.array(6), key))[:6] for key in (None, KEY, jax.random.key(1)) for row in x]
    assert all((np.diff(place) > 0).all() and place[0] >= 0 and place[-1] < 20 for place in drawn)
    assert len({tuple(place) for place in drawn}) == 4  # with a key the string does not matter
    run = eqx.filter_jit(network)
    np.testing.assert_allclose(np.asarray(run(x[0]))[:6], slow(network, positions, np.asarray(x[0, :6]), drawn[0]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.asarray(run(x[0], key=KEY))[:6], slow(network, positions, np.asarray(x[0, :6]), drawn[2]), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(network.place(x[0, :7], jnp.array(6), None)[:6], drawn[0])


def test_subsets_are_uniform():
    """Each of the ten subsets of three of five about as often: chi-square with nine degrees of freedom below its 99.99 % point."""
    drawn = jax.jit(jax.vmap(lambda key: subset(key, jnp.array(3), 4, 5)))(jax.random.split(KEY, 5000))
    assert (drawn[:, 3] == 4).all()
    counts = np.unique(np.asarray(drawn[:, :3]), axis=0, return_counts=True)[1]
    assert len(counts) == 10
    assert float(np.sum((counts - 500) ** 2 / 500)) < 33.7


@pytest.mark.parametrize("randomized", [None, 20])
def test_the_decoder_sees_nothing_that_comes_later(randomized):
    """Nor do random places tell it more than the length."""
    network = built("rotary", 7, kind=Decoder, randomized=randomized)
    run = eqx.filter_jit(network)
    x = strings(7, 0, 7, 1)[0]
    changed = np.abs(np.asarray(run(x.at[4].set((x[4] + 1) % SYMBOLS))) - np.asarray(run(x)))
    assert changed[:4].max() == 0
    assert changed[4:].max(axis=1).min() > 1e-4


def test_places_are_not_for_everyone():
    pairs = Tokens(5, 4, places=8)
    for other in (MLP(), Transformer(width=8, heads=2)):
        with pytest.raises(Problem, match="symbols with places"):
            other.build(pairs, Classes(3), KEY)
    with pytest.raises(Problem, match="randomized: expected None"):
        model("none", randomized=9).build(pairs, Classes(3), KEY)
    with pytest.raises(Problem, match="at least as many places as the longest input has, 5, got 4"):
        model("none", randomized=4).build(Tokens(5, 4), Classes(3), KEY)


@pytest.mark.parametrize("positions", ["rotary", "alibi", "relative", "buckets", "fire"])
def test_scores_against_double_loop(positions):
    """Every entry, in double precision, for an odd and an even number of places."""
    with jax.enable_x64(True):
        scores = eqx.filter_jit(SCHEMES[positions][1])(KEY, 7, 12, 2)
        for length in (1, 6, 7):
            query, key = np.random.default_rng(length).standard_normal((2, length, 2, 6))
            expected = np.array(
                [[[score(positions, scores, query[i, h], key[j, h], i, j, h, 2) for j in range(length)] for i in range(length)] for h in range(2)]
            )
            np.testing.assert_allclose(eqx.filter_jit(scores)(query, key, None), expected, rtol=1e-9, atol=1e-9)


def test_fire_beyond_its_threshold():
    """With L = 3 a query at place i ≥ 3 sees shares of i, so the first key has the share 1 from all of them; every entry in double precision."""
    with jax.enable_x64(True):
        scores = eqx.tree_at(lambda s: (s.stretch, s.slope), eqx.filter_jit(SCHEMES["fire"][1])(KEY, 9, 8, 2), (jnp.asarray(-3 / 512), jnp.asarray(-0.7)))
        nothing = np.zeros((9, 2, 4))
        out = np.asarray(eqx.filter_jit(scores)(nothing, nothing, None))
        expected = np.array([[[interpolated(scores, i, j, h) for j in range(9)] for i in range(9)] for h in range(2)])
        np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(out[:, 3:, 0], np.broadcast_to(out[:, 3:4, 0], (2, 6)), rtol=1e-12)
        assert np.abs(out[:, 1, 0] - out[:, 2, 0]).min() > 1e-3


@pytest.mark.parametrize("positions", ["rotary", "alibi", "relative", "fire", "none"])
def test_scores_depend_on_distance_alone(positions):
    """The same query and key anywhere, the same distance apart, the same score."""
    scores = eqx.filter_jit(SCHEMES[positions][1])(KEY, 8, 8, 2)
    same = np.broadcast_to(np.random.default_rng(0).standard_normal((2, 1, 2, 4)).astype(np.float32), (2, 8, 2, 4))
    out = np.asarray(eqx.filter_jit(scores)(same[0], same[1], None))
    np.testing.assert_allclose(out[:, 1:, 1:], out[:, :-1, :-1], rtol=1e-4, atol=1e-5)
    assert (np.abs(out[:, 0] - out[:, 1]).max() > 1e-3) == (positions != "none")


def test_buckets():
    distances = np.arange(200)
    np.testing.assert_array_equal(bucketed(jnp.array(distances)), [bucket(d) for d in distances])


def test_slopes():
    """Of Press et al.: for 8 heads the powers of one half, for 12 those and every other one of 16."""
    assert slopes(8) == [2.0 ** -(h + 1) for h in range(8)]
    assert slopes(12) == slopes(8) + [2 ** -(0.5 + k) for k in range(4)]
    assert slopes(1) == [2.0**-8]


@pytest.mark.parametrize("positions", ["sinusoidal", "alibi", "relative"])
def test_every_cut_is_exact(positions, monkeypatch):
    """Values at used places and gradients are those of a network that runs over the padding too, for every used length."""
    network = built(positions, 7)
    params, rest = trainable(network)

    def loss(params, x, used):
        logits = jnp.where(jnp.arange(7)[:, None] < used, outputs(eqx.combine(params, rest), x), 0.0)
        return jnp.sum(jnp.sin(logits)), logits

    results = []
    for _ in range(2):
        run = jax.jit(jax.grad(lambda *arguments: loss(*arguments), has_aux=True))
        results.append([run(params, strings(used, 1, 7), used) for used in range(1, 8)])
        monkeypatch.setattr("unseen.models.places.trimmed", lambda function, x, used, pieces: function(x))
    for (change, there), (expected, here) in zip(*results, strict=True):
        assert np.abs(here).max() > 0.1
        np.testing.assert_allclose(there, here, rtol=1e-4, atol=1e-5)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4), change, expected)


def test_strings_of_several_lengths_in_one_batch():
    network = built("alibi", 9)
    x = np.concatenate([strings(used, 2, 9, 1) for used in (3, 9, 5)])
    together, run = np.asarray(eqx.filter_jit(outputs)(network, x)), eqx.filter_jit(network)
    for row, logits, used in zip(x, together, (3, 9, 5), strict=True):
        np.testing.assert_allclose(np.asarray(run(row))[:used], logits[:used], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("positions", SCHEMES)
def test_answers_depend_on_the_string(positions):
    """The places of ASK see every symbol; those before see what comes after them; without positions order is invisible."""
    x = np.asarray(strings(6, 3, 7, 1)[0])
    changed = [[*x[:at], symbol, *x[at + 1 :]] for at in range(3) for symbol in range(SYMBOLS)]
    swapped = [[*order, *x[3:]] for order in ([0, 0, 1], [1, 0, 0])]
    out = np.asarray(eqx.filter_jit(outputs)(built(positions, 7), np.array(changed + swapped, np.int32)))
    logits, (forth, back) = out[:-2].reshape(3, SYMBOLS, 7, 3), out[-2:, 3]
    assert np.abs(logits[:, 1:] - logits[:, :-1]).max(axis=-1)[..., :6].min() > 1e-5
    assert (np.abs(forth - back).max() > 1e-4) == (positions != "none")


@pytest.mark.parametrize(("out", "shape"), [(Classes(3), (3,)), (Values((2, 2)), (2, 2))])
def test_one_answer(out, shape):
    """It is read at the last place that is not padding, however much of that there is."""
    x = strings(4, 1, 9, 1)[0]
    answer = eqx.filter_jit(built("rotary", 9, out))(x)
    assert answer.shape == shape
    np.testing.assert_allclose(eqx.filter_jit(built("rotary", 4, out))(x[:4]), answer, rtol=1e-4, atol=1e-5)


def test_dropout():
    """On with a key, off without; a rate of 0 is no dropout."""
    x = strings(5, 1, 6)
    half, none, off = (built("sinusoidal", 6, dropout=rate) for rate in (0.5, 0.0, None))
    run = eqx.filter_jit(outputs)
    plain = run(off, x)
    for network in (half, none):
        np.testing.assert_allclose(run(network, x), plain, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(run(none, x, KEY), plain, rtol=1e-5, atol=1e-6)
    assert np.abs(np.asarray(run(half, x, KEY)) - np.asarray(run(half, x, jax.random.key(7)))).max() > 1e-2


def test_too_long_for_a_table():
    network = built("learned", 4, padding=False)
    with pytest.raises(Problem, match="expected at most the 4 places that they were built for, got a sequence of 5") as error:
        network(jnp.zeros(5, int))
    assert set(re.findall("'([a-z]+)'", str(error.value))) == set(SCHEMES) - {"learned"}  # each of them would do
    with pytest.raises(Problem, match=r"the 4 places that are drawn from, got a sequence of 5\. Build with randomized=5"):
        built("none", 4, padding=False, randomized=4)(jnp.zeros(5, int))
    assert eqx.filter_jit(built("rotary", 4, padding=False))(jnp.zeros(5, int)).shape == (5, 3)


@pytest.mark.parametrize(
    "fields", [{"positions": "magic"}, {"width": 12, "heads": 8}, {"width": 8, "heads": 8, "positions": "rotary"}, {"width": 9, "heads": 3}, {"dropout": 1.0}]
)
def test_wrong_fields(fields):
    with pytest.raises(Problem, match="expected"):
        Encoder(**fields)


def test_size_of_the_paper():
    """Parameters by the formula of the published configuration: 5 layers of width 64, 8 heads, MLP of 256."""
    params = eqx.filter_eval_shape(lambda key: trainable(Encoder().build(Tokens(10, 4, True), Strings(10, 2), key))[0], KEY)
    layer = 4 * 64 * 64 + 2 * 64 * 256 + 256 + 64 + 4 * 64
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == 4 * 64 + 5 * layer + 64 * 2 + 2
