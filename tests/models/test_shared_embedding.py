"""The network in NumPy, and what LayerNorm takes away."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, Tokens, outputs
from unseen.models.shared_embedding import SharedEmbedding

WORDS = jnp.array([[0, 3, 3], [4, 1, 0]])


@pytest.mark.parametrize("normalized", [False, True])
def test_formula(normalized):
    """A readout for each place, one embedding for all, and scikit's kind of standardisation along each embedding."""
    network = SharedEmbedding(width=6, normalized=normalized).build(Tokens(3, 5), Classes(4), jax.random.key(0))
    w, u = np.asarray(network.embed, float), np.asarray(network.readout, float).reshape(3, 6, 4)
    if normalized:
        w = (w - w.mean(axis=1, keepdims=True)) / np.sqrt(w.var(axis=1, keepdims=True) + 1e-5)
    expected = [sum(w[word] @ u[place] for place, word in enumerate(sentence)) for sentence in np.asarray(WORDS)]
    np.testing.assert_allclose(outputs(network, WORDS), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(network.features(jnp.arange(5)), w, rtol=1e-4, atol=1e-5)


def test_initial_scales():
    network = SharedEmbedding(width=50, init_scale=2.0).build(Tokens(4, 300), Classes(40), jax.random.key(1))
    assert float(network.embed.std()) == pytest.approx(2 / 50**0.5, rel=0.03)
    assert float(network.readout.std()) == pytest.approx(2 / 200**0.5, rel=0.03)


def test_wrong_inputs():
    with pytest.raises(Problem, match=r"SharedEmbedding: expected a task whose inputs are Tokens"):
        SharedEmbedding().build(Reals((3,)), Classes(2), jax.random.key(0))
    with pytest.raises(Problem, match=r"SharedEmbedding.width: expected at least 2, got 1"):
        SharedEmbedding(width=1)
