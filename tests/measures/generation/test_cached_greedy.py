"""What is written with what was read kept, against a pass over the whole string for each symbol."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem, Strings, Tokens
from unseen.measures.generation.cached_greedy import cached_greedy
from unseen.measures.generation.greedy import greedy
from unseen.models.decoder import Decoder
from unseen.models.encoder import Encoder
from unseen.models.fourier_decoder import FourierDecoder

MODELS = {
    "learned": Decoder(width=16, depth=2, positions="learned", heads=2),
    "relative": Decoder(width=16, depth=2, positions="relative", heads=2),
    "fire": Decoder(width=16, depth=2, positions="fire", heads=2),
    "Fourier": FourierDecoder(width=16, depth=2, heads=2, trained=9),
    "alibi, norms after": Decoder(width=16, depth=2, positions="alibi", norm="post", heads=2),
}


def built(model, places=None, everywhere=True):
    network = model.build(Tokens(9, 6, padding=True, places=places), Strings(9, 5), jax.random.key(0))
    return jax.tree.map(lambda leaf: 4 * leaf if leaf.ndim == 2 else leaf, network)  # so that answers hang on what was read


@pytest.mark.parametrize("name", MODELS)
def test_as_without_a_cache(name):
    network = built(MODELS[name])
    x = jax.random.randint(jax.random.key(1), (30, 9), 0, 5)
    asked = jnp.array([0, 2, 5] * 10)
    found = np.asarray(jax.jit(lambda x: cached_greedy(network, x, asked, 3))(x))
    assert (found == np.asarray(jax.jit(lambda x: greedy(network, x, asked, 3))(x))).all()
    assert len(set(map(tuple, found.tolist()))) >= 3
    if name == "relative":  # one after the other as places of the task, from 7 on: distances are the same
        pairs = jnp.stack([x, jnp.broadcast_to(7 + jnp.arange(9), x.shape)], axis=2)
        given = built(MODELS[name], places=20)
        assert (found == np.asarray(jax.jit(lambda x: cached_greedy(given, x, asked, 3))(pairs))).all()


@pytest.mark.parametrize("model", [Encoder(width=16, heads=2), Decoder(width=16, heads=2, randomized=12)])
def test_networks_that_look_ahead(model):
    with pytest.raises(Problem, match=r"cached_greedy.network: expected the network of a Decoder"):
        cached_greedy(built(model), jnp.zeros((1, 9), int), jnp.array([2]), 3)


def test_more_symbols_than_there_is_room_for():
    with pytest.raises(Problem, match=r"cached_greedy.count: expected at most the 9 places of a string, got 10"):
        cached_greedy(built(MODELS["learned"]), jnp.zeros((1, 9), int), jnp.array([2]), 10)
