"""On features that have collapsed, on others against plain loops and NumPy, and as a probe."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Examples, Problem, Snapshot, Tokens
from unseen.measures.neural_collapse import (
    NeuralCollapse,
    angle_variation,
    class_means,
    duality,
    nearest_mean_agreement,
    norm_variation,
    normalized_variance,
    uniformity_variation,
)
from unseen.models.transformer import Transformer


def sample(seed=0, n=200, classes=7, d=4):
    """Features of classes of different sizes; class 3 has no example."""
    rng = np.random.default_rng(seed)
    y = rng.choice([0, 1, 2, 4, 5, 6], p=[0.4, 0.25, 0.15, 0.1, 0.06, 0.04], size=n)
    return (rng.normal(size=(n, d)) + 2 * rng.normal(size=(classes, d))[y] + 1).astype(np.float32), y


def simplex(classes=5, copies=6, seed=0):
    """Each class a point, the points a simplex about a shifted centre."""
    corners = np.eye(classes) - 1 / classes
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(classes, classes)))[0]
    y = np.repeat(np.arange(classes), copies)
    return jnp.asarray(corners[y] @ rotation + 3), jnp.asarray(y), jnp.asarray(corners @ rotation)


def test_a_simplex_of_points_has_collapsed_in_every_sense():
    features, y, corners = simplex()
    means = class_means(features, y, 5)
    assert float(normalized_variance(means)) < 1e-9
    for measure in (norm_variation, angle_variation, uniformity_variation):
        assert float(measure(means)) < 1e-4
    np.testing.assert_allclose(duality(means, 7 * corners), (1, 0), atol=1e-4)
    assert float(nearest_mean_agreement(features, (features - 3) @ corners.T, means)) == 1
    apart = class_means(features.at[::6].add(5 * features[::6]), y, 5)  # longer in each class by chance of its place
    assert float(normalized_variance(apart)) > 0.01


def test_is_what_loops_over_pairs_of_classes_give():
    x, y = sample()
    found = class_means(jnp.asarray(x), jnp.asarray(y), 7)
    there = [k for k in range(7) if (y == k).any()]
    mean = {k: x[y == k].mean(axis=0) for k in there}
    variance = {k: ((x[y == k] - mean[k]) ** 2).sum(axis=1).mean() for k in there}
    centre = np.mean([mean[k] for k in there], axis=0)
    way = {k: (mean[k] - centre) / np.linalg.norm(mean[k] - centre) for k in there}
    pairs = list(itertools.combinations(there, 2))
    for power in (1.0, 2.0):
        wanted = np.mean([(variance[a] + variance[b]) / 2 / np.sum((mean[a] - mean[b]) ** 2) ** power for a, b in pairs])
        assert float(normalized_variance(found, power)) == pytest.approx(wanted, rel=1e-4)
    norms = [np.linalg.norm(mean[k] - centre) for k in there]
    assert float(norm_variation(found)) == pytest.approx(np.std(norms) / np.mean(norms), rel=1e-4)
    assert float(angle_variation(found)) == pytest.approx(np.std([way[a] @ way[b] for a, b in pairs]), rel=1e-4)
    assert float(uniformity_variation(found)) == pytest.approx(np.std([-np.log(np.linalg.norm(way[a] - way[b])) for a, b in pairs]), rel=1e-4)
    readout = np.random.default_rng(1).normal(size=(7, 4)).astype(np.float32)
    cosines = [way[k] @ readout[k] / np.linalg.norm(readout[k]) for k in there]
    np.testing.assert_allclose(duality(found, jnp.asarray(readout)), (np.mean(cosines), np.std(cosines)), rtol=1e-4)
    logits = x @ readout.T
    nearest = [min(there, key=lambda k: np.sum((one - mean[k]) ** 2)) for one in x]
    agreement = np.mean(np.array(nearest) == logits.argmax(axis=1))
    assert float(nearest_mean_agreement(jnp.asarray(x), jnp.asarray(logits), found)) == pytest.approx(agreement)


def test_scale_rotation_and_shift_change_none_but_the_measure_with_units():
    x, y = sample()
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0].astype(np.float32)
    one, other = (class_means(jnp.asarray(f), jnp.asarray(y), 7) for f in (x, 3 * x @ rotation + 2))
    for measure in (normalized_variance, norm_variation, angle_variation, uniformity_variation):
        assert float(measure(other)) == pytest.approx(float(measure(one)), rel=1e-3)
    assert float(normalized_variance(other, 2.0)) == pytest.approx(float(normalized_variance(one, 2.0)) / 9, rel=1e-3)


def test_means_spread_evenly_over_a_sphere_vary_less_than_random_ones():
    angles = 2 * np.pi * np.arange(12) / 12
    even = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    random = np.random.default_rng(0).normal(size=(12, 2))
    even, random = (float(uniformity_variation(class_means(jnp.asarray(f), jnp.arange(12), 12))) for f in (even, random))
    assert even < 0.9 * random


def test_the_probe_reads_features_and_readout():
    network = Transformer(width=8, depth=1, heads=2).build(Tokens(3, 6), Classes(6), jax.random.key(0))
    x, y = jax.random.randint(jax.random.key(1), (60, 3), 0, 6), jnp.arange(60) % 6
    snapshot = Snapshot(network, None, {"train": Examples(x, y)}, None, None, jnp.array(0), jax.random.key(2))
    found = NeuralCollapse(samples=48)(snapshot)
    features = jax.vmap(network.features)(x[:48])
    means = class_means(features, y[:48], 6)
    np.testing.assert_allclose(found["nc1"], normalized_variance(means), rtol=1e-5)
    np.testing.assert_allclose([found["nc3_duality"], found["nc3_uniform"]], duality(means, network.readout.T), rtol=1e-5)
    np.testing.assert_allclose(found["nc4_agreement"], nearest_mean_agreement(features, jax.vmap(network)(x[:48]), means), rtol=1e-5)
    with pytest.raises(Problem, match="readout"):
        NeuralCollapse()(Snapshot(lambda x: x, None, {}, None, None, jnp.array(0), jax.random.key(2)))
