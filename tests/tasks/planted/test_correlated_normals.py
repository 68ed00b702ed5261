"""Against the covariance and the densities of a normal distribution."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from unseen._types import Examples
from unseen.tasks.planted.correlated_normals import CorrelatedNormals


@pytest.mark.parametrize("nats", [0.5, 3.0])
def test_shares_the_information_it_says(nats):
    pairs = CorrelatedNormals(nats, dimension=3).draw(jax.random.key(0), 50_000)
    covariance = np.cov(np.hstack([pairs.x, pairs.y]), rowvar=False)
    assert -0.5 * np.linalg.slogdet(covariance)[1] == pytest.approx(nats, abs=0.03)
    np.testing.assert_allclose(np.diag(covariance), 1, atol=0.03)


def test_the_log_density_ratio_is_that_of_the_densities_and_has_the_information_as_mean():
    nats, dimension = 1.2, 2
    source = CorrelatedNormals(nats, dimension=dimension)
    pairs = source.draw(jax.random.key(1), 40_000)
    rho = np.sqrt(1 - np.exp(-2 * nats / dimension))
    both = np.stack([pairs.x[:50], pairs.y[:50]], axis=-1)
    expected = multivariate_normal(cov=[[1, rho], [rho, 1]]).logpdf(both).sum(axis=1) - norm.logpdf(both).sum(axis=(1, 2))
    np.testing.assert_allclose(source.log_density_ratio(Examples(pairs.x[:50], pairs.y[:50])), expected, rtol=1e-3, atol=1e-3)
    assert float(jnp.mean(source.log_density_ratio(pairs))) == pytest.approx(nats, abs=0.03)


def test_cubes_y_alone_and_reads_arrays():
    plain, cubed = (CorrelatedNormals(jnp.array(1.0), jnp.array(flag)).draw(jax.random.key(2), 10) for flag in (False, True))
    np.testing.assert_array_equal(plain.x, cubed.x)
    np.testing.assert_allclose(plain.y**3, cubed.y, rtol=1e-6)
