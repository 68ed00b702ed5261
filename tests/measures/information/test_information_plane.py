"""Against the network itself, layer by layer without padding, and the information that must be there before training."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from unseen._types import Snapshot, outputs
from unseen.measures.information.binned import equal_counts, equal_width
from unseen.measures.information.information_plane import InformationPlane, layers
from unseen.models.mlp import MLP
from unseen.tasks.planted.icosahedron import Icosahedron

TASK = Icosahedron(train_size=300)
MODEL = MLP(hidden=(10, 3), activation="relu", bias=True, init_scale=2.0)


@pytest.fixture(scope="module")
def seen():
    network = MODEL.build(TASK.inputs, TASK.outputs, jax.random.key(0))
    splits = {name: split.take(jnp.arange(200)) for name, split in TASK.splits(jax.random.key(1)).items()}
    return Snapshot(network, network, splits, None, None, jnp.array(0), jax.random.key(0))


def test_layers_are_those_of_the_network(seen):
    x = seen.splits["train"].x
    first, last, out = layers(seen.network, x)
    assert first.shape == (200, 10)
    np.testing.assert_allclose(first, np.maximum(x @ seen.network.first + seen.network.biases[0], 0), atol=1e-6)
    np.testing.assert_allclose(last, jax.vmap(seen.network.features)(x), atol=1e-6)
    np.testing.assert_allclose(out, jax.nn.softmax(outputs(seen.network, x)), atol=1e-6)


@pytest.mark.parametrize("width", [None, 0.5])
def test_is_what_scikit_learn_finds_for_each_layer(seen, width):
    found = jax.jit(InformationPlane(bins=5, width=width))(seen)
    x, y = (jnp.concatenate([getattr(split, name) for split in seen.splits.values()]) for name in ("x", "y"))
    for layer, h in enumerate(layers(seen.network, x)):
        codes = np.asarray(equal_counts(h, 5) if width is None else equal_width(h, width))
        rows = np.unique(codes, axis=0, return_inverse=True)[1].ravel()
        assert float(found["information_x"][layer]) == pytest.approx(mutual_info_score(np.arange(400), rows) / np.log(2), rel=1e-4)
        assert float(found["information_y"][layer]) == pytest.approx(mutual_info_score(np.asarray(y), rows) / np.log(2), abs=1e-3)
    assert found["information_x"][0] > found["information_x"][-1]
