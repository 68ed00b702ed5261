"""What the tests of networks on strings share: strings with ASK symbols and padding, and networks that are not as they were drawn."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from unseen._types import trainable

SYMBOLS, ASK, PADDING = 3, 3, 4


def shaken(network, seed=1):
    """The network with all its weights moved: biases and norms that are not trivial, scores that are far from uniform."""
    params, rest = trainable(network)
    draw = np.random.default_rng(seed).standard_normal
    return eqx.combine(jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf) + 0.3 * draw(leaf.shape), leaf.dtype), params), rest)


def strings(used, asked, length, n=3):
    """Strings of which `used` places are not padding, the last `asked` of them ASK."""
    place = np.arange(length)
    x = np.random.default_rng(2).integers(0, SYMBOLS, (n, length), np.int32)
    return jnp.asarray(np.where(place < used - asked, x, np.where(place < used, ASK, PADDING)), jnp.int32)
