import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Examples, Problem, Reals, outputs
from unseen.bounds.gaussian_posterior import gaussian_posterior
from unseen.bounds.pac_bayes import catoni, gaussian_divergence, mcallester, seeger
from unseen.models.linear import Linear
from unseen.models.mlp import MLP

QUICK = {"steps": 300, "draws": 300, "prior_stds": (0.3, 1.0)}


def blobs(key, n):
    y = jax.random.bernoulli(key, 0.5, (n,)).astype(int)
    x = jax.random.normal(jax.random.fold_in(key, 1), (n, 3)) + 2.0 * (2 * y[:, None] - 1)
    return Examples(x, y)


def error(network, examples):
    return float(jnp.mean(jnp.argmax(outputs(network, examples.x), axis=1) != examples.y))


def test_a_certificate_of_separated_blobs():
    start = Linear(init_scale=0.0).build(Reals((3,)), Classes(2), jax.random.key(0))
    found = gaussian_posterior(start, start, blobs(jax.random.key(1), 500), jax.random.key(2), **QUICK)
    truth = np.mean([error(found.draw(jax.random.key(i)), blobs(jax.random.key(100), 5000)) for i in range(20)])
    assert truth <= found.bound.value < 0.3
    divergence = gaussian_divergence(np.asarray(found.mean), np.asarray(found.std), 0.0, found.bound.terms["prior_std"])
    assert found.bound.terms["divergence"] == pytest.approx(divergence, rel=1e-4)
    terms, tried = found.bound.terms, len(QUICK["prior_stds"])
    assert found.bound.value == seeger(terms["sampled"], terms["divergence"], 500, 0.8 * 0.05 / tried).value, "every prior that is tried is paid for"
    for name, form in (("Catoni", catoni), ("McAllester", mcallester)):
        other = found.others[name]
        assert other.value == form(terms["sampled"], terms["divergence"], 500, 0.8 * 0.05 / tried).value and other.delta == 0.05
    assert found.bound.empirical < found.bound.terms["sampled"] < found.bound.value


def test_random_labels_are_not_certified():
    key = jax.random.key(0)
    network = MLP(hidden=(64,)).build(Reals((3,)), Classes(2), key)
    examples = Examples(jax.random.normal(key, (300, 3)), jax.random.bernoulli(key, 0.5, (300,)).astype(int))
    assert gaussian_posterior(network, network, examples, key, **QUICK).bound.value > 0.45


def test_bad_input():
    key = jax.random.key(0)
    small, large = (MLP(hidden=(w,)).build(Reals((3,)), Classes(2), key) for w in (2, 3))
    with pytest.raises(Problem, match="prior: expected a network with"):
        gaussian_posterior(small, large, blobs(key, 20), key, **QUICK)
    with pytest.raises(Problem, match="prior_stds"):
        gaussian_posterior(small, small, blobs(key, 20), key, prior_stds=())
