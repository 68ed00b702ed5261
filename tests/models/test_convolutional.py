"""Values against SciPy's correlations, what dropout does, and what a readout at each place means."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.signal import correlate

from unseen._types import Classes, Fixed, Problem, Reals, Tokens, Values, outputs
from unseen.models.convolutional import Convolutional, patches

KEY = jax.random.key(0)
X = jax.random.normal(jax.random.key(2), (7, 6, 2))


def by_hand(network, x, strides):
    h = np.asarray(x, float)
    for weight, shift, stride in zip(network.weights, network.shifts, strides, strict=True):
        kernel = np.asarray(weight, float).reshape(3, 3, h.shape[2], -1)
        maps = [sum(correlate(h[..., c], kernel[..., c, o], mode="same") for c in range(h.shape[2])) for o in range(kernel.shape[3])]
        h = np.maximum(np.stack(maps, axis=-1)[::stride, ::stride] + np.asarray(shift), 0)
    return h


@pytest.mark.parametrize(("strides", "pool"), [((1, 1), "max"), ((2, 1), "mean"), ((1, 2), None)])
def test_values(strides, pool):
    out = Classes(3) if pool else Values((4, 3, 5))
    network = Convolutional(channels=(4, 6), strides=strides, pool=pool).build(Reals((7, 6, 2)), out, KEY)
    network = jax.tree.map(lambda leaf: leaf + 0.1, network)  # shifts that are not 0
    maps = by_hand(network, X, strides)
    np.testing.assert_allclose(network.maps(X), maps, rtol=1e-4, atol=1e-5)
    pooled = {"max": np.max, "mean": np.mean}[pool](maps, axis=(0, 1)) if pool else maps
    np.testing.assert_allclose(network(X), pooled @ np.asarray(network.readout) + np.asarray(network.offset), rtol=1e-4, atol=1e-5)


def test_a_moved_image_gives_the_same_pooled_answer():
    network = Convolutional(channels=(4, 4), strides=(1, 1)).build(Reals((12, 12)), Classes(2), KEY)
    spot = jnp.zeros((12, 12)).at[4:6, 4:6].set(jnp.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_allclose(network(jnp.roll(spot, (2, 1), (0, 1))), network(spot), rtol=1e-5)
    assert not np.allclose(network(spot.T), network(spot), rtol=1e-3)


def test_dropout_acts_on_the_chosen_maps_alone_and_only_with_a_key():
    model = Convolutional(channels=(8, 8), strides=(1, 1), dropout=0.5, dropped=(1,))
    network = model.build(Reals((7, 6, 2)), Classes(2), KEY)
    whole, dropped = np.asarray(network.maps(X)), np.asarray(network.maps(X, key=jax.random.key(1)))
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], 2 * whole[kept], rtol=1e-5)
    assert abs(kept[whole > 0].mean() - 0.5) < 0.12
    first = Convolutional(channels=(8, 8), strides=(1, 1), dropout=0.5, dropped=(0,)).build(Reals((7, 6, 2)), Classes(2), KEY)
    assert not np.allclose(np.asarray(first.maps(X, key=jax.random.key(1)))[kept], 2 * whole[kept], rtol=1e-3)
    assert isinstance(network.dropout, Fixed)
    np.testing.assert_array_equal(network(X), network(X))


def test_initial_scale():
    network = Convolutional(channels=(200, 200)).build(Reals((8, 8)), Classes(2), KEY)
    assert np.std(network.weights[1]) == pytest.approx(np.sqrt(2 / (9 * 200)), rel=0.02)
    assert outputs(network, jnp.ones((5, 8, 8))).shape == (5, 2)


def test_patches_of_an_even_and_an_odd_image():
    assert patches(jnp.ones((5, 4, 3)), 5, 2).shape == (3, 2, 75)


def test_mistakes_are_named():
    for inputs in (Reals((6,)), Tokens(2, 3)):
        with pytest.raises(Problem, match="images"):
            Convolutional().build(inputs, Classes(2), KEY)
    with pytest.raises(Problem, match=r"\(2, 2, 'k'\)"):
        Convolutional(pool=None).build(Reals((8, 8)), Values((3, 2, 5)), KEY)
    for wrong in ({"channels": ()}, {"size": 2}, {"strides": (1,)}, {"pool": "sum"}, {"dropout": 1.0}, {"dropped": (2,), "dropout": 0.1}):
        with pytest.raises(Problem, match=next(iter(wrong))):
            Convolutional(**wrong)
