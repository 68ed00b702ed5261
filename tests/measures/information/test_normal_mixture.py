"""Against the divergence of two normal distributions in plain loops, numerical integration, and torch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from unseen.measures.information.normal_mixture import mixture_information, pairwise_information

RNG = np.random.default_rng(0)
MEAN, DEVIATION, GROUP = RNG.normal(size=(7, 3)), RNG.uniform(0.5, 2.0, size=(7, 3)), np.array([0, 0, 1, 1, 1, 0, 1])


def given(group=None):
    return jnp.array(MEAN), jnp.array(DEVIATION), None if group is None else jnp.array(group)


def divergences():
    torch = pytest.importorskip("torch")
    each = [torch.distributions.Independent(torch.distributions.Normal(torch.tensor(m), torch.tensor(s)), 1) for m, s in zip(MEAN, DEVIATION, strict=True)]
    return np.array([[float(torch.distributions.kl_divergence(a, b)) for b in each] for a in each])


def test_pairs_are_torchs_divergences():
    assert float(pairwise_information(*given())) == pytest.approx(divergences().mean(), rel=1e-5)


def test_pairs_within_groups_count_by_the_size_of_the_group():
    wanted = sum((g == GROUP).mean() * divergences()[np.ix_(g == GROUP, g == GROUP)].mean() for g in (0, 1))
    assert float(pairwise_information(*given(GROUP))) == pytest.approx(wanted, rel=1e-5)


def test_draws_find_the_integral_of_two_normals():
    mean, deviation = np.array([0.0, 1.5]), np.array([1.0, 0.7])

    def integrand(z):
        parts = norm.pdf(z, mean, deviation)
        return np.mean(parts * np.log(parts / parts.mean()))

    exact = quad(integrand, -8, 8)[0]
    many = np.repeat(np.arange(2), 1000)  # each of the two 1000 times, told apart by nothing
    found = mixture_information(jnp.array(mean[many, None]), jnp.array(deviation[many, None]), jax.random.key(0))
    assert float(found) == pytest.approx(exact, abs=0.03)
    assert float(pairwise_information(jnp.array(mean[:, None]), jnp.array(deviation[:, None]))) > exact


def test_draws_within_groups_are_those_of_each_group():
    def mean_of_draws(mean, deviation, group=None):
        return float(jax.vmap(lambda key: mixture_information(mean, deviation, key, group))(jax.random.split(jax.random.key(0), 1000)).mean())

    parts = [mean_of_draws(jnp.array(MEAN[g == GROUP]), jnp.array(DEVIATION[g == GROUP])) for g in (0, 1)]
    found = mean_of_draws(*given(GROUP))
    assert found == pytest.approx(np.average(parts, weights=[3, 4]), abs=0.05)
    assert found < float(pairwise_information(*given(GROUP)))


def test_equal_distributions_tell_nothing():
    same = jnp.ones((5, 2))
    assert float(pairwise_information(same, same)) == pytest.approx(0, abs=1e-6)
    assert float(mixture_information(same, same, jax.random.key(0))) == pytest.approx(0, abs=1e-6)
