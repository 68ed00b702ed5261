import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.network_posterior import sample_posterior

X, Y, NEW = jnp.array([[-1.0], [0.5], [2.0]]), jnp.array([-0.2, 0.6, 1.0]), jnp.array([[-2.0], [1.0], [3.0]])
NOISE = 0.5


def by_grid() -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and variance of a tanh(w x) at the new inputs, by integration over a and w."""
    a, w = np.meshgrid(np.linspace(-6, 6, 801), np.linspace(-6, 6, 801), indexing="ij")
    x, y, new = (np.asarray(part).ravel() for part in (X, Y, NEW))
    rest = sum((y[i] - a * np.tanh(w * x[i])) ** 2 for i in range(3))
    weight = np.exp(-(a**2 + w**2) / 2 - rest / (2 * NOISE**2))
    values = np.stack([a * np.tanh(w * point) for point in new])
    mean = (values * weight).sum(axis=(1, 2)) / weight.sum()
    return mean, (values**2 * weight).sum(axis=(1, 2)) / weight.sum() - mean**2


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_one_unit_as_integration_has_it(sign):
    start = (jnp.array([sign]), jnp.array([[sign]]))
    found = sample_posterior(jax.random.key(0), X, Y, NEW, start, jnp.tanh, noise=NOISE, samples=20_000, step=0.1, leaps=15)
    mean, variance = by_grid()
    np.testing.assert_allclose(found.outputs.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(found.outputs.var(axis=0), variance, rtol=0.1)
    assert 0.95 < found.accepted < 1


def test_almost_no_data_gives_back_the_prior():
    rng = np.random.default_rng(0)
    x, start = jnp.asarray(rng.normal(size=(1, 4))), (jnp.zeros(30), jnp.zeros((30, 4)))
    found = sample_posterior(jax.random.key(1), x, jnp.zeros(1), 2 * x / jnp.linalg.norm(x), start, lambda z: z, noise=1e3, samples=4000, step=0.3, leaps=5)
    assert found.outputs.var() == pytest.approx(1.0, rel=0.1)  # E (a·W u)²/p with ‖u‖ = 1


def test_keys_and_mistakes():
    start = (jnp.ones(2), jnp.ones((2, 1)))
    outputs = [sample_posterior(jax.random.key(k), X, Y, NEW, start, jnp.tanh, noise=NOISE, samples=5).outputs for k in (0, 0, 1)]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert not np.array_equal(outputs[0], outputs[2])
    with pytest.raises(Problem, match="noise"):
        sample_posterior(jax.random.key(0), X, Y, NEW, start, jnp.tanh, noise=0.0)
