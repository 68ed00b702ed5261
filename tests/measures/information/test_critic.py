"""A critic learns a known information, follows a source that changes, and is decided by its key."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen.measures.information.critic import Critic, fit_critic, fresh_scores
from unseen.measures.information.variational_bounds import donsker_varadhan, jensen_shannon
from unseen.tasks.planted.correlated_normals import CorrelatedNormals


def source(nats):
    return CorrelatedNormals(jnp.array(nats), dimension=2)


@pytest.fixture(scope="module")
def trained():
    critic = Critic.build(2, 2, jax.random.key(0), hidden=(32, 32), embedding=8)
    return [critic := fit_critic(critic, source(nats), jensen_shannon, jax.random.key(1), steps=1500) for nats in (1.5, 0.0)]


def estimate(critic, nats, key=3):
    return float(jnp.mean(jax.vmap(lambda s: donsker_varadhan(s, 5.0))(fresh_scores(critic, source(nats), jax.random.key(key)))))


def test_finds_the_information_and_follows_the_source_when_it_falls_to_none(trained):
    informed, uninformed = trained
    assert estimate(informed, 1.5) == pytest.approx(1.5, abs=0.25)
    assert estimate(uninformed, 0.0) == pytest.approx(0.0, abs=0.1)
    assert estimate(informed, 0.0) < -0.3, "a critic that expects pairs to be related loses on pairs that are not"


def test_scores_are_products_of_the_two_sides(trained):
    critic = trained[0]
    x, y = jax.random.normal(jax.random.key(4), (2, 3, 2))
    expected = [[critic.left(a) @ critic.right(b) for b in y] for a in x]
    np.testing.assert_allclose(critic(x, y), expected, rtol=1e-4, atol=1e-5)


def test_the_key_decides(trained):
    one, two, other = (fresh_scores(trained[0], source(1.5), jax.random.key(k), batches=2, batch=4) for k in (5, 5, 6))
    np.testing.assert_array_equal(one, two)
    assert not np.allclose(one, other)
