"""Radii against closed forms on linear classifiers, PAC-Bayes complexities against loops."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from unseen._types import Examples, Problem
from unseen.measures.complexity.perturbation_radius import LARGEST, adaptive_flatness_complexity, flatness_complexity, noise_radius, worst_radius
from unseen.methods.objective.cross_entropy import CrossEntropy


class Linear(eqx.Module):
    weight: jax.Array

    def __call__(self, x, *, key=None):
        return x @ self.weight


def apart(sizes):
    """Examples on axes of their own, all of class 0, with the margins 2 × sizes."""
    sizes = jnp.asarray(sizes)
    return Linear(jnp.stack([sizes, -sizes], axis=1)), Examples(jnp.eye(len(sizes)), jnp.zeros(len(sizes), int))


@pytest.mark.parametrize("rise", [0.1, 0.2])
def test_random_noise(rise):
    """The margin of each example gets noise of deviation √2 σ: an error rate of Φ(−2a / √2 σ)."""
    network, examples = apart(np.full(300, 0.2))
    sigma = 0.4 / np.sqrt(2) / -norm.ppf(rise)
    found = jax.jit(lambda key: noise_radius(network, examples, key, rise=rise, draws=40))(jax.random.key(0))
    assert float(found) == pytest.approx(sigma, rel=0.03)
    adaptive = noise_radius(network, examples, jax.random.key(1), adaptive=True, floor=0.1, rise=rise, draws=40)
    assert float(adaptive) == pytest.approx(np.sqrt(sigma**2 - 0.1**2) / 0.2, rel=0.03)


def test_the_worst_change():
    """A change of α in every weight turns those examples over whose size is below it; the rate passes 0.1 at the 10 % quantile."""
    sizes = np.linspace(0.1, 0.6, 101)
    network, examples = apart(sizes)
    assert float(worst_radius(network, CrossEntropy(), examples, adaptive=False)) == pytest.approx(0.15, rel=0.04)
    assert float(worst_radius(network, CrossEntropy(), examples, floor=0.05)) == pytest.approx(1 - 0.05 / 0.15, rel=0.04), "α a + floor reaches a"
    one_step = worst_radius(network, CrossEntropy(), examples, adaptive=False, steps=1)
    assert float(one_step) == pytest.approx(0.15, rel=0.04), "a linear loss needs no more"


def test_errors_that_are_there_already_do_not_count():
    network, examples = apart(np.concatenate([np.full(30, -5.0), np.full(70, 0.2)]))
    assert float(worst_radius(network, CrossEntropy(), examples, adaptive=False)) == pytest.approx(0.2, rel=0.04)


def test_the_ends_of_the_search():
    network, examples = apart(np.full(20, 1e6))
    assert float(noise_radius(network, examples, jax.random.key(0))) == pytest.approx(LARGEST, rel=0.02)


def test_complexities_by_loops():
    rng = np.random.default_rng(0)
    moved, sigma, distance, n = rng.normal(size=(4, 3)), 0.3, 1.7, 200
    total = 0.0
    for change in moved.ravel():
        total += np.log((1e-6 + (sigma**2 + 1) * distance**2 / 12) / (1e-6 + sigma**2 * change**2))
    found = adaptive_flatness_complexity(jnp.array(sigma), jnp.array(distance), [jnp.asarray(moved[:2]), jnp.asarray(moved[2:])], n)
    assert float(found) == pytest.approx(np.sqrt((total / 4 + np.log(n / sigma) + 10) / n), rel=1e-5)
    plain = flatness_complexity(jnp.array(sigma), jnp.array(distance), n)
    assert float(plain) == pytest.approx(np.sqrt((distance**2 / (2 * sigma) ** 2 + np.log(n) - np.log(sigma) + 10) / n), rel=1e-6)


def test_refused():
    network, examples = apart([1.0, 1.0])
    with pytest.raises(Problem, match=r"rise of the error rate in \(0, 1\)"):
        noise_radius(network, examples, jax.random.key(0), rise=1.5)
    with pytest.raises(Problem, match=r"at least 1, got 0\.1 and 0"):
        worst_radius(network, CrossEntropy(), examples, steps=0)
