"""Against dense Gaussian processes, a model that is linear, and tensors that are known."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.functional_tucker import functional_tucker, smooth


def kernel(a, b, length):
    scaled = np.sqrt(3) * np.abs(a[:, None] - b) / length
    return (1 + scaled) * np.exp(-scaled)


def test_the_smoother_is_the_dense_posterior():
    rng, sites, rank, length = np.random.default_rng(0), np.array([0.0, 0.1, 0.15, 0.7, 2.0]), 2, 0.3
    half = rng.normal(size=(5, rank, rank))
    precision, information = half @ half.transpose(0, 2, 1), rng.normal(size=(5, rank))
    precision[2], information[2] = 0.0, 0.0  # a site at which nothing is seen
    prior = np.kron(kernel(sites, sites, length), np.eye(rank))
    whole = np.zeros_like(prior)
    for i in range(5):
        whole[rank * i : rank * (i + 1), rank * i : rank * (i + 1)] = precision[i]
    covariance = np.linalg.inv(np.linalg.inv(prior) + whole)
    expected = (covariance @ information.ravel()).reshape(5, rank)
    mean, spread = smooth(sites, precision, information, length)
    np.testing.assert_allclose(mean, expected, atol=1e-8)
    for i in range(5):
        np.testing.assert_allclose(spread[i], covariance[rank * i : rank * (i + 1), rank * i : rank * (i + 1)], atol=1e-8)


def test_the_smoother_is_stable_at_dense_sites_that_are_seen_sharply():
    rng, n = np.random.default_rng(100), 60
    sites, precision, information = np.sort(rng.uniform(size=n)), np.full((n, 1, 1), 1e3), 30 * rng.normal(size=(n, 1))
    covariance = np.linalg.inv(np.linalg.inv(kernel(sites, sites, 0.2) + 1e-9 * np.eye(n)) + 1e3 * np.eye(n))
    mean, spread = smooth(sites, precision, information, 0.2)
    np.testing.assert_allclose(mean, covariance @ information, atol=1e-5)
    np.testing.assert_allclose(spread[:, 0, 0], np.diag(covariance), rtol=1e-3)


def test_one_mode_of_one_function_is_a_gaussian_process_up_to_its_scale():
    rng = np.random.default_rng(1)
    x, asked = rng.uniform(size=(60, 1)), np.linspace(0.05, 0.95, 7)[:, None]
    y = np.sin(6 * x[:, 0]) + 0.1 * rng.normal(size=60)
    found = functional_tucker(x, y, asked, rng, rank=1, length=0.4, iterations=100)
    scale = float(found.core[0]) ** 2
    gain = scale * kernel(asked[:, 0], x[:, 0], 0.4) @ np.linalg.inv(scale * kernel(x[:, 0], x[:, 0], 0.4) + found.noise**2 * np.eye(60))
    np.testing.assert_allclose(found.mean, gain @ y, atol=0.02)
    assert found.noise == pytest.approx(0.1, abs=0.03)


def test_finds_a_tensor_of_rank_two_at_sites_never_seen():
    rng = np.random.default_rng(2)

    def truth(i):
        a, b = i.T
        return np.sin(5 * a) * np.cos(4 * b) + a**2 * b

    indices, asked = rng.choice(rng.uniform(size=40), (500, 2)), rng.uniform(0.05, 0.95, (200, 2))
    best = min((functional_tucker(indices, truth(indices) + 0.05 * rng.normal(size=500), asked, rng) for _ in range(2)), key=lambda found: found.noise)
    assert best.noise == pytest.approx(0.05, abs=0.015)
    assert np.sqrt(np.mean((best.mean - truth(asked)) ** 2)) < 0.1 * np.std(truth(asked))
    assert best.core.shape == (2, 2)
    (sites, factor), _ = best.factors
    assert len(sites) == len(factor) <= 40


def test_does_not_depend_on_the_order_of_entries():
    rng = np.random.default_rng(3)
    indices, y, asked = rng.uniform(size=(50, 2)), rng.normal(size=50), rng.uniform(size=(5, 2))
    order = rng.permutation(50)
    one, other = (functional_tucker(indices[o], y[o], asked, np.random.default_rng(0), iterations=5).mean for o in (np.arange(50), order))
    np.testing.assert_allclose(one, other, atol=1e-8)


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="increasing"):
        smooth(np.array([0.0, 0.0]), np.zeros((2, 1, 1)), np.zeros((2, 1)), 1.0)


def test_rounds_settle():
    rng = np.random.default_rng(0)
    indices = rng.uniform(size=(60, 2))
    y = np.sin(4 * indices[:, 0]) * indices[:, 1] + 0.05 * rng.normal(size=60)
    moved = [functional_tucker(indices, y, indices[:1], np.random.default_rng(1), rank=1, iterations=rounds).moved for rounds in (3, 30)]
    assert moved[0] > 0.2
    assert moved[1] < 0.01
