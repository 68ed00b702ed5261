"""What is written, against a loop in plain Python, and against teacher forcing."""

import jax
import jax.numpy as jnp
import numpy as np

from unseen._types import Strings, Tokens, outputs
from unseen.measures.generation.greedy import greedy
from unseen.models.decoder import Decoder


def test_against_a_loop():
    network = Decoder(width=16, depth=1, positions="learned", heads=2).build(Tokens(7, 5), Strings(7, 5), jax.random.key(0))
    network = jax.tree.map(lambda leaf: 5 * leaf if leaf.ndim == 2 else leaf, network)  # so that answers hang on what was read
    x = jax.random.randint(jax.random.key(1), (20, 7), 0, 5)
    asked = jnp.array([1, 3] * 10)
    written = np.asarray(jax.jit(lambda x: greedy(network, x, asked, 3))(x))
    one = jax.jit(lambda row: network(row, key=None))
    for row, at, found in zip(np.array(x), asked.tolist(), written, strict=True):
        for k in range(3):
            row[at + k + 1] = int(jnp.argmax(one(jnp.array(row))[at + k]))
        assert row[at + 1 : at + 4].tolist() == found.tolist()
    again = greedy(network, x.at[::2, 2:].set(0), asked, 3)
    assert (again[::2] == written[::2]).all(), "what stands after ASK is not read"
    told = x.at[jnp.arange(20)[:, None], asked[:, None] + 1 + jnp.arange(3)].set(written)
    forced = jnp.argmax(outputs(network, told), axis=-1)[jnp.arange(20)[:, None], asked[:, None] + jnp.arange(3)]
    assert (forced == written).all(), "what is written is what is answered when it stands there"
    assert len(set(map(tuple, written.tolist()))) > 3
