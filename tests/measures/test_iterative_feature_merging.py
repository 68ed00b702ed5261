"""Iterative feature merging: copies of units are found and merged without a change of the function; else as a brute-force version does it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, outputs
from unseen.measures.iterative_feature_merging import iterative_feature_merging, keep_units
from unseen.models.mlp import MLP


def network_of(*hidden, bias=True):
    return MLP(hidden=hidden, bias=bias, parametrization="torch").build(Reals((5,)), Classes(3), jax.random.key(len(hidden)))


def with_units(network, layer, index, incoming, outgoing):
    """The network with the units `index` of a layer, in that order, weights multiplied by these factors."""
    weights, biases = [network.first, *network.hidden, network.readout], list(network.biases)
    weights[layer], biases[layer] = weights[layer][:, index] * incoming, biases[layer][index] * incoming
    weights[layer + 1] = weights[layer + 1][index] * outgoing[:, None]
    first, *hidden, readout = weights
    return eqx.tree_at(lambda n: (n.first, n.hidden, n.readout, n.biases), network, (first, tuple(hidden), readout, tuple(biases)))


X = jax.random.normal(jax.random.key(9), (50, 5))


def same(one, other):
    np.testing.assert_allclose(outputs(one, X), outputs(other, X), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("layer", [0, 1])
def test_copies_are_merged_and_the_function_stays(layer):
    copied = with_units(network_of(6, 4), layer, jnp.array([2, 0, 1, 2, 3, 0]), jnp.ones(6), jnp.array([0.5, 0.5, 1, 0.5, 1, 0.5]))
    merged, groups = iterative_feature_merging(copied, 1e-9)
    assert {frozenset(group) for group in groups[layer]} == {frozenset({0, 3}), frozenset({1, 5}), frozenset({2}), frozenset({4})}
    assert len(groups[1 - layer]) == (6, 4)[1 - layer]
    same(merged, copied)


def test_the_third_copy_is_apart_from_the_sum_of_two():
    copied = with_units(network_of(2), 0, jnp.array([0, 0, 0, 1]), jnp.ones(4), jnp.ones(4))
    assert len(iterative_feature_merging(copied, 1e-9)[1][0]) == 3


def test_units_with_one_outgoing_vector_and_parallel_incoming_ones_merge_exactly():
    scaled = with_units(network_of(1), 0, jnp.zeros(3, int), jnp.array([0.5, 2.0, 3.0]), jnp.ones(3))
    merged, groups = iterative_feature_merging(scaled, 1.0)
    assert len(groups[0]) == 1
    same(merged, scaled)


def test_unequal_groups_are_weighted_by_their_counts():
    split = with_units(network_of(1), 0, jnp.zeros(3, int), jnp.ones(3), jnp.array([1.0, 1.1, 4.0]))  # merges the first two, then the third
    merged, groups = iterative_feature_merging(split, 1.0)
    assert groups[0] == ((0, 1, 2),)
    same(merged, split)


def brute_force(network, beta):
    """Every distance anew from the vectors, before every merge."""
    weights, biases = ([np.array(array, float) for array in arrays] for arrays in ((network.first, *network.hidden, network.readout), network.biases))
    groups = [[(unit,) for unit in range(len(bias))] for bias in biases[:-1]]
    merged = True
    while merged:
        merged = False
        for k in range(len(groups)):
            n = len(groups[k])
            vectors = np.hstack([weights[k].T, weights[k + 1]])
            apart = {(i, j): np.sum((vectors[i] - vectors[j]) ** 2) for i in range(n) for j in range(i + 1, n)}
            if not apart or min(apart.values()) > beta * max(apart.values()):
                continue
            i, j = min(apart, key=apart.get)
            a, b = len(groups[k][i]), len(groups[k][j])
            weights[k][:, i] += weights[k][:, j]
            biases[k][i] += biases[k][j]
            weights[k + 1][i] = np.average(weights[k + 1][[i, j]], axis=0, weights=[a, b])
            groups[k][i] += groups[k].pop(j)
            weights[k], biases[k], weights[k + 1] = np.delete(weights[k], j, 1), np.delete(biases[k], j), np.delete(weights[k + 1], j, 0)
            merged = True
    return weights, biases, tuple(map(tuple, groups))


@pytest.mark.parametrize("beta", [0.0, 0.2, 0.3, 0.6])
def test_as_brute_force(beta):
    network = network_of(9, 8, 7)
    merged, groups = iterative_feature_merging(network, beta)
    weights, biases, expected = brute_force(network, beta)
    assert groups == expected
    for found, wanted in zip((merged.first, *merged.hidden, merged.readout, *merged.biases), (*weights, *biases), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_beta_goes_from_nothing_to_everything():
    network = network_of(9, 8, 7)
    counts = [[len(groups) for groups in iterative_feature_merging(network, beta)[1]] for beta in (0.0, 0.3, 1.0)]
    assert counts[0] == [9, 8, 7]
    assert 3 < sum(counts[1]) < 24
    assert counts[2] == [1, 1, 1]


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_sums_of_weights_are_kept_and_widths_are_reached(rng):
    network = network_of(9)
    merged, groups = iterative_feature_merging(network, 1.0, widths=(4,), rng=rng)
    assert sorted(unit for group in groups[0] for unit in group) == list(range(9))
    np.testing.assert_allclose(merged.first.sum(axis=1), network.first.sum(axis=1), atol=1e-5)
    np.testing.assert_allclose(np.array([len(group) for group in groups[0]]) @ merged.readout, network.readout.sum(axis=0), atol=1e-5)
    assert merged.readout.shape == (4, 3)


def test_random_pairs_are_other_pairs():
    network = network_of(9)
    closest, drawn = (iterative_feature_merging(network, 1.0, widths=(4,), rng=rng)[1] for rng in (None, np.random.default_rng(1)))
    assert closest != drawn


def test_without_biases():
    merged, _ = iterative_feature_merging(network_of(6, bias=False), 1.0, widths=(2,))
    assert merged.biases is None


def test_kept_units_are_those_whose_outgoing_weights_are_not_zeroed():
    network = network_of(6, 4)
    silenced = with_units(network, 0, jnp.arange(6), jnp.ones(6), jnp.array([1.0, 0, 1, 0, 1, 1]))
    silenced = with_units(silenced, 1, jnp.arange(4), jnp.ones(4), jnp.array([0.0, 1, 1, 1]))
    kept = keep_units(network, (np.array([4, 0, 2, 5]), np.array([1, 2, 3])))
    assert kept.first.shape == (5, 4)
    same(kept, silenced)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: iterative_feature_merging(network_of(4), 1.5), "beta"),
        (lambda: iterative_feature_merging(network_of(4), 0.1, widths=(2, 2)), "widths"),
        (lambda: iterative_feature_merging(network_of(4), 0.1, widths=(0,)), "widths"),
        (lambda: iterative_feature_merging(MLP(hidden=(4,), batch_norm=True).build(Reals((5,)), Classes(3), jax.random.key(0)), 0.1), "network"),
        (lambda: keep_units(network_of(4), ()), "kept"),
    ],
)
def test_problems(call, argument):
    with pytest.raises(Problem, match=argument):
        call()
