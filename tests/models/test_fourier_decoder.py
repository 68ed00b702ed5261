"""Fourier positions against their definition written out, against rotary ones where nothing else is left, and what makes them hold for longer strings."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem, Strings, Tokens, trainable
from unseen.models.decoder import Decoder
from unseen.models.encoder import Encoder
from unseen.models.fourier_decoder import FourierDecoder, FourierEncoder, FourierScores
from unseen.models.positions import Rotary


def drawn(*shape):
    return jax.random.normal(jax.random.key(1), shape)


def test_scores_as_the_paper_writes_them():
    """Each plane as a complex number, turned by C + iS: the score is the real part of q conj(k)."""
    length, heads, size, trained = 6, 2, 8, 12
    scores = FourierScores(jax.random.key(0), trained, 0.5, heads * size, heads)
    query, key = drawn(2, length, heads, size)
    waves = [10_000 ** (-2 * k / size) for k in range(size // 2)]
    assert scores.kept == sum(w >= 2 * math.pi / trained for w in waves) == 1
    found, turn = np.asarray(scores(query, key, None)), np.ones((length, heads, size // 2), complex)
    for p in range(length):
        for h in range(heads):
            for m in range(scores.kept):
                cosine = sum(float(scores.cosines.value[h, k, m]) * math.cos(p * waves[k]) for k in range(scores.kept))
                sine = sum(float(scores.sines.value[h, k, m]) * math.sin(p * waves[k]) for k in range(scores.kept))
                turn[p, h, m] = cosine + 1j * sine
    q, k = (np.asarray(one[..., ::2] + 1j * one[..., 1::2]) * turn for one in (query, key))
    assert np.allclose(found, np.einsum("qhm,khm->hqk", q, k.conj()).real / math.sqrt(size), atol=1e-5)


def test_without_noise_and_with_all_waves_they_are_rotary():
    query, key = drawn(2, 7, 2, 8)
    scores = FourierScores(jax.random.key(0), 10**6, 0.0, 16, 2)
    assert scores.kept == 4
    assert np.allclose(scores(query, key, None), Rotary(jax.random.key(0), 7, 16, 2)(query, key, None), atol=1e-5)


def test_without_any_wave_they_are_none():
    query, key = drawn(2, 7, 2, 8)
    scores = FourierScores(jax.random.key(0), 3, 0.3, 16, 2)
    assert scores.kept == 0
    assert np.allclose(scores(query, key, None), jnp.einsum("qhd,khd->hqk", query, key) / math.sqrt(8), atol=1e-5)


def test_coefficients_are_series_around_their_own_wave_and_are_not_trained():
    scores = FourierScores(jax.random.key(0), 10**6, 0.3, 512, 4)
    values = np.asarray(scores.cosines.value)
    assert np.allclose(values.sum(axis=1), 1, atol=1e-5) and not np.allclose(values, scores.sines.value)
    assert (np.abs(values).argmax(axis=1) == np.arange(values.shape[1])).mean() > 0.95
    own = FourierDecoder(width=16, depth=2, heads=2, trained=100).build(Tokens(5, 4), Strings(5, 3), jax.random.key(0))
    plain = Decoder(width=16, depth=2, heads=2).build(Tokens(5, 4), Strings(5, 3), jax.random.key(0))
    shapes = [[leaf.shape for leaf in jax.tree.leaves(trainable(one)[0])] for one in (own, plain)]
    assert shapes[0] == shapes[1]
    layers = [np.asarray(layer.scores.cosines.value) for layer in own.layers]
    assert not np.allclose(*layers), "each layer draws its own"


def test_the_encoder():
    """Without noise and with all waves it is an encoder with rotary positions; it looks ahead, as the decoder does not, and takes places as they do."""
    x = jnp.array([0, 1, 2, 3, 0])
    fields = {"width": 16, "depth": 2, "heads": 2}
    own, plain, causal = (
        eqx.filter_jit(model.build(Tokens(5, 4), Strings(5, 3), jax.random.key(0)))
        for model in (FourierEncoder(trained=10**6, spread=0.0, **fields), Encoder("rotary", **fields), FourierDecoder(trained=10**6, **fields))
    )
    np.testing.assert_allclose(own(x), plain(x), rtol=1e-4, atol=1e-5)
    assert np.abs(own(x) - own(x.at[4].set(1)))[:4].max() > 1e-4
    assert np.abs(causal(x) - causal(x.at[4].set(1)))[:4].max() == 0
    placed = FourierEncoder(randomized=30, **fields).build(Tokens(5, 4), Strings(5, 3), jax.random.key(0))
    assert not np.allclose(placed(x, key=jax.random.key(1)), placed(x, key=jax.random.key(2)))


def test_wrong_fields():
    with pytest.raises(Problem, match=r"FourierDecoder.positions"):
        FourierDecoder(positions="rotary")
    with pytest.raises(Problem, match=r"FourierDecoder.trained"):
        FourierDecoder(trained=0)
    with pytest.raises(Problem, match=r"FourierDecoder.width"):
        FourierDecoder(width=6, heads=2)
