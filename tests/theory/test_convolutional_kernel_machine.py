"""Kernel, convolution and Gram matrices against the arc-cosine formula, features drawn at random places, and explicit covariances; divergences."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.theory.convolutional_kernel_machine import NUGGET, convolve, fit_convolutional_kernel_machine, relu_kernel
from unseen.theory.deep_kernel_machine import Gram, gram_divergence
from unseen.theory.infinite_width import relu_dual


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def features(rng, m=3, n=2, side=4, width=7):
    """Features of points [m, width] and places [n, side, side, width], and their Gram matrices."""
    at, there = rng.normal(size=(m, width)), rng.normal(size=(n, side, side, width))
    return at, there, Gram(jnp.asarray(at @ at.T), jnp.einsum("mw,nrcw->mnrc", at, there), jnp.sum(jnp.asarray(there) ** 2, axis=-1))


def test_the_kernel_is_that_of_relu_with_noise_of_its_own():
    at, there, gram = features(np.random.default_rng(0))
    found = relu_kernel(gram)
    flat = there.reshape(-1, 7)
    own, theirs = ((1 + NUGGET) * np.sum(one**2, axis=1) + NUGGET for one in (at, flat))
    inner = at @ at.T
    np.fill_diagonal(inner, own)
    np.testing.assert_allclose(found.inducing, 2 * relu_dual(inner, own[:, None], own)[0], rtol=1e-6)
    np.testing.assert_allclose(found.cross.reshape(3, -1), 2 * relu_dual(at @ flat.T, own[:, None], theirs)[0], rtol=1e-9)
    np.testing.assert_allclose(np.ravel(found.other), theirs)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_is_the_covariance_of_windows_of_features(stride):
    rng = np.random.default_rng(1)
    at, there, gram = features(rng)
    mixer = rng.normal(size=(9, 5, 3))
    points = np.concatenate([one @ at for one in mixer], axis=1) / 3
    framed = np.pad(there, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.stack([[framed[:, r : r + 3, c : c + 3].reshape(2, -1) / 3 for c in range(0, 4, stride)] for r in range(0, 4, stride)])
    found = convolve(gram, jnp.asarray(mixer), stride)
    np.testing.assert_allclose(found.inducing, points @ points.T)
    np.testing.assert_allclose(found.cross, np.einsum("mw,rcnw->mnrc", points, windows), atol=1e-12)
    np.testing.assert_allclose(found.other, np.einsum("rcnw,rcnw->nrc", windows, windows))


def data():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(12, 4, 4, 1))
    return x, rng.normal(size=(12, 1))


def test_places_are_pooled_and_gram_matrices_are_positive():
    x, y = data()
    machine = fit_convolutional_kernel_machine(x, y, np.random.default_rng(3), points=5, strides=(1, 2), nu=1.0, iterations=5)
    pooled, own, grams, divergence = machine.features(jnp.asarray(x))
    assert np.linalg.eigvalsh(grams[0]).min() > 0
    assert divergence > 0
    assert (own >= np.sum(pooled**2, axis=0)).all()
    turned = machine.features(jnp.asarray(x[:, ::-1]))[0]
    assert np.abs(turned - pooled).max() > 1e-6


def test_divergences_are_those_of_normal_distributions_and_vanish_for_the_fixed_kernel():
    x, y = data()
    machine = fit_convolutional_kernel_machine(x, y, np.random.default_rng(3), points=5, strides=(1, 2), nu=math.inf, iterations=2)
    rng, images = np.random.default_rng(4), jnp.asarray(x)
    fixed = machine.features(images)
    learned = eqx.tree_at(lambda tree: tree.factors, machine, (jnp.asarray(0.3 * rng.normal(size=(5, 5))),), is_leaf=lambda node: isinstance(node, tuple))
    found = learned.features(images)
    prior = fixed[2][0]
    np.testing.assert_allclose(found[3], gram_divergence(found[2][0], prior), rtol=1e-8)
    own, solved = fixed[0] / jnp.exp(machine.scales[-1]), jnp.linalg.cholesky(prior)
    cross = found[2][0] @ jnp.linalg.solve(solved.T, own)
    np.testing.assert_allclose(jnp.linalg.cholesky(found[2][0]) @ found[0] / jnp.exp(machine.scales[-1]), cross, atol=1e-8)
    none = eqx.tree_at(lambda tree: tree.factors, machine, (jnp.zeros((5, 5)),), is_leaf=lambda node: isinstance(node, tuple))
    np.testing.assert_allclose(none.predict(x, y, x)[0], machine.predict(x, y, x)[0], atol=1e-10)


def test_what_is_wrong_is_said():
    x, y = data()
    with pytest.raises(Problem, match="nu"):
        fit_convolutional_kernel_machine(x, y, np.random.default_rng(0), nu=-1.0)


def test_a_fit_stopped_early_says_so():
    x = np.random.default_rng(0).normal(size=(6, 3, 3, 1))
    assert not fit_convolutional_kernel_machine(x, x[:, 1, 1], np.random.default_rng(1), points=2, strides=(2, 1), iterations=1).converged
