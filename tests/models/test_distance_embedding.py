import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Tokens, outputs
from unseen.models.distance_embedding import DistanceEmbedding

WORDS = jnp.array([[0, 3, 3, 1], [4, 1, 0, 2]])


@pytest.mark.parametrize("p", [1, 2, 3])
def test_formula(p):
    network = DistanceEmbedding(dimension=6, p=p).build(Tokens(4, 5), Classes(3), jax.random.key(0))
    places = np.asarray(network.embed, float)
    expected = [[-(np.linalg.norm(places[word[k]] - places[word[0]], ord=p) ** p) for k in (1, 2, 3)] for word in np.asarray(WORDS)]
    np.testing.assert_allclose(outputs(network, WORDS), expected, rtol=1e-4)


def test_shift_and_turn_change_nothing():
    network = DistanceEmbedding(dimension=3).build(Tokens(4, 5), Classes(3), jax.random.key(1))
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    moved = type(network)(network.embed @ turn + 2.0, network.p, network.shape)
    np.testing.assert_allclose(outputs(moved, WORDS), outputs(network, WORDS), rtol=1e-4, atol=1e-5)
    assert float(jnp.std(DistanceEmbedding(dimension=50, init_scale=2.0).build(Tokens(3, 300), Classes(2), jax.random.key(1)).embed)) == pytest.approx(
        2 / 50**0.5, rel=0.03
    )


def test_wrong_outputs():
    with pytest.raises(Problem, match="2 later tokens"):
        DistanceEmbedding().build(Tokens(3, 5), Classes(4), jax.random.key(0))
    with pytest.raises(Problem, match="whole number"):
        DistanceEmbedding(p=1.5)
