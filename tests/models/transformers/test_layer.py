"""A layer that goes on from what it has kept, against one that sees the whole string."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen.models.decoder import Decoder
from unseen.models.fourier_decoder import FourierDecoder
from unseen.models.positions import SCHEMES
from unseen.models.transformers.layer import Before, Kept

SIZES = {"width": 8, "heads": 2, "ratio": 2}


@pytest.mark.parametrize(
    "model", [*(Decoder(positions=one, norm="post" if one == "alibi" else "pre", **SIZES) for one in SCHEMES), FourierDecoder(trained=9, **SIZES)]
)
def test_places_that_come_later(model):
    """First four places, then two and one, which stand one after the other or where the task says: streams, keys and values are those of all seven at once."""
    layer, x = model.layer(jax.random.key(0), 30), jax.random.normal(jax.random.key(1), (7, 8))
    layer = jax.tree.map(lambda leaf: 3 * leaf if leaf.ndim == 2 else leaf, layer)  # so that much hangs on what is read
    run = eqx.filter_jit(lambda x, place, seen, before: layer(x, place, seen, None, None, before))
    seen, nothing = jnp.tri(7, dtype=bool), Kept(*2 * (jnp.zeros((7, 2, 4)),))
    for place in (None, jnp.array([3, 4, 5, 11, 5, 4, 20])):
        expected, complete = run(x, place, seen, None)
        kept, streams = nothing, []
        for start, stop in ((0, 4), (4, 6), (6, 7)):
            stream, kept = run(x[start:stop], place, seen[start:stop], Before(kept, jnp.array(start)))
            streams.append(stream)
        np.testing.assert_allclose(jnp.concatenate(streams), expected, rtol=1e-4, atol=1e-5)
        jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5), kept, complete)
