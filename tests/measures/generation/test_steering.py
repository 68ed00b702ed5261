"""Steering against the same sums written out, and against directions and probes known by construction."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._problem import Problem
from unseen._types import Classes, Tokens
from unseen.measures.generation.steering import Steering, contrasted, off_course, steered, streams, tuned
from unseen.models.layers import normalize
from unseen.models.transformer import Transformer

NETWORK = Transformer(width=8, depth=2, heads=2).build(Tokens(4, 6), Classes(3), jax.random.key(0))
X = jnp.array([5, 1, 0, 3])


def steering(strength, bias=0.3, seed=1):
    direction, weight = jax.random.normal(jax.random.key(seed), (2, 8))
    return Steering(direction, weight, jnp.asarray(bias), jnp.asarray(strength))


def test_the_streams_end_in_the_answer():
    last = streams(NETWORK, X)[-1]
    logits = normalize(last, NETWORK.final.scale, NETWORK.final.shift) @ NETWORK.readout
    np.testing.assert_allclose(logits, NETWORK(X), atol=1e-5)


def test_only_the_last_position_is_moved_after_the_block_that_is_steered():
    one = steering(2.0)
    stream = NETWORK.blocks[0](NETWORK.embed[X] + NETWORK.positions, None)
    h = np.asarray(stream[-1], float)
    moved = h + 2.0 / (1 + np.exp(-(h @ np.asarray(one.weight) + 0.3))) * np.asarray(one.direction)
    expected = NETWORK.blocks[1](stream.at[-1].set(moved), None, last=True)
    network = steered(NETWORK, [one, steering(0.0)])
    np.testing.assert_allclose(streams(network, X)[1], expected, atol=1e-5)
    np.testing.assert_allclose(network(X), normalize(expected, NETWORK.final.scale, NETWORK.final.shift) @ NETWORK.readout, atol=1e-5)
    assert not np.allclose(network(X), NETWORK(X), atol=1e-2)


def test_no_strength_changes_nothing_and_a_large_bias_is_constant_steering():
    np.testing.assert_array_equal(steered(NETWORK, [steering(0.0), steering(0.0, seed=2)])(X), NETWORK(X))
    h, one = jnp.arange(8.0), steering(1.5, bias=1e3)
    np.testing.assert_allclose(one(h), h + 1.5 * one.direction, rtol=1e-6)


def test_direction_and_probe_of_planted_sets():
    rng = np.random.default_rng(0)
    shift = np.array([3.0, 0.0, -4.0, 0.0])
    away, toward = rng.normal(size=(4000, 4)), rng.normal(size=(4000, 4)) + shift
    found = contrasted(away, toward, strength=2.0)
    length = np.linalg.norm(np.concatenate([away, toward]), axis=1).mean()
    np.testing.assert_allclose(found.direction, length * shift / 5, atol=0.25)
    # of two normal sets with unit covariance the log odds are -shift · h + |shift|²/2: the probe, but for its penalty
    np.testing.assert_allclose(np.asarray(found.weight) / np.linalg.norm(found.weight), -shift / 5, atol=0.1)
    np.testing.assert_allclose(found.score(jnp.asarray(shift / 2)), 0.5, atol=0.1)
    assert np.mean(np.asarray(found.score(jnp.asarray(away))) > 0.5) > 0.98
    assert np.mean(np.asarray(found.score(jnp.asarray(toward))) < 0.5) > 0.98
    assert float(found.strength) == 2.0


def test_the_unit_of_the_stream_does_not_matter_to_the_probe():
    rng = np.random.default_rng(1)
    away, toward = rng.normal(size=(50, 3)), rng.normal(size=(60, 3)) + 1
    one, other = contrasted(away, toward), contrasted(100 * away, 100 * toward)
    np.testing.assert_allclose(other.direction, 100 * one.direction, rtol=1e-4)
    np.testing.assert_allclose(other.score(jnp.asarray(100 * away)), one.score(jnp.asarray(away)), atol=1e-3)


def test_steering_can_be_swept_without_compiling_again():
    @eqx.filter_jit
    def answer(strength):
        return steered(NETWORK, [eqx.tree_at(lambda s: s.strength, steering(0.0), strength), steering(0.0)])(X)

    assert not np.allclose(answer(jnp.asarray(0.0)), answer(jnp.asarray(3.0)))


def test_tuning_finds_the_block_and_the_strength_that_a_search_by_hand_finds():
    some = [steering(7.0), steering(7.0, seed=2)]

    def value(network):
        return float(network(X)[1])

    by_hand = {(k, s): value(steered(NETWORK, [steering(s * (k == 0)), steering(s * (k == 1), seed=2)])) for k in (0, 1) for s in (0.5, 1.0)}
    network, block = tuned(NETWORK, some, (0.5, 1.0), value)
    assert len(set(by_hand.values())) == 4
    assert value(network) == pytest.approx(max(by_hand.values()), abs=1e-6)
    assert block == max(by_hand, key=by_hand.get)[0]
    with pytest.raises(Problem, match="at least one number"):
        tuned(NETWORK, some, (), value)


def test_off_course_changes_the_direction_alone():
    some = [steering(1.0), steering(2.0, seed=2)]
    for one, other in zip(some, off_course(some, jax.random.key(3)), strict=True):
        assert jnp.linalg.norm(other.direction) == pytest.approx(float(jnp.linalg.norm(one.direction)), rel=1e-5)
        assert abs(other.direction @ one.direction) < 0.9 * jnp.linalg.norm(one.direction) ** 2
        assert eqx.tree_equal(eqx.tree_at(lambda s: s.direction, other, one.direction), one)


@pytest.mark.parametrize(("away", "toward"), [(np.ones((1, 3)), np.ones((4, 3))), (np.ones((4, 2)), np.ones((4, 3))), (np.ones(4), np.ones(4))])
def test_sets_that_are_no_streams_are_refused(away, toward):
    with pytest.raises(Problem, match="one width"):
        contrasted(away, toward)


def test_the_same_mean_and_missing_steerings_are_refused():
    with pytest.raises(Problem, match="different means"):
        contrasted(np.eye(3), np.eye(3))
    with pytest.raises(Problem, match="one for each of 2 blocks"):
        steered(NETWORK, [steering(1.0)])
