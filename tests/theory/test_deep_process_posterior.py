"""Samples of features against the prior, against weighted draws from the prior, and, where both are wide, against the optimum of deep kernel machines."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics.pairwise import rbf_kernel

from unseen._types import Problem
from unseen.theory.deep_kernel_machine import fit_deep_kernel_machine
from unseen.theory.deep_process_posterior import sample_deep_process

X, Y = np.array([[0.0, 0.3], [1.0, -0.2]]), np.array([1.5, -1.5])


def sampled(**settings):
    return sample_deep_process(jax.random.key(0), jnp.asarray(X), jnp.asarray(Y), **settings)


def test_without_outputs_it_is_the_prior():
    found = sampled(width=20, copies=0.0, draws=2000)
    np.testing.assert_allclose(found.grams.mean(axis=0)[0], rbf_kernel(X, gamma=0.5), atol=0.04)
    np.testing.assert_allclose(found.grams[:, 0, 0, 0].var(), 2 / 20, rtol=0.2)
    assert found.accepted > 0.6


def test_narrow_processes_against_weighted_draws():
    rng, prior = np.random.default_rng(0), rbf_kernel(X, gamma=0.5)
    features = rng.multivariate_normal(np.zeros(2), prior, size=(100_000, 2))
    grams = np.einsum("swi,swj->sij", features, features) / 2
    distance = grams[:, 0, 0] + grams[:, 1, 1] - 2 * grams[:, 0, 1]
    values = np.linspace(0, distance.max(), 400)
    logs = [multivariate_normal(np.zeros(2), np.array([[1.1, c], [c, 1.1]])).logpdf(Y) for c in np.exp(-values / 2)]
    weights = np.exp(3 * np.interp(distance, values, logs))
    expected = np.average(grams, axis=0, weights=weights)
    found = sampled(width=2, copies=3.0, noise=0.1, draws=4000)
    np.testing.assert_allclose(found.grams.mean(axis=0)[0], expected, atol=0.12)
    assert np.abs(expected - prior).max() > 0.4


def test_wide_processes_against_the_optimum():
    grams = fit_deep_kernel_machine(X, Y[:, None], layers=2, nu=2.0, tune=False).grams()
    found = sampled(width=400, layers=2, copies=200.0, draws=600)
    np.testing.assert_allclose(found.grams.mean(axis=0), grams, atol=0.03)
    assert all(np.abs(found.grams.mean(axis=0) - rbf_kernel(X, gamma=0.5)).max(axis=(1, 2)) > 0.1)


def test_what_is_wrong_is_said():
    with pytest.raises(Problem, match="width"):
        sampled(width=0)
