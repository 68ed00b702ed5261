import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from rates import caught, covers
from unseen._types import Classes, Examples, Problem, Reals, correct, outputs, trainable
from unseen.bounds.gaussian_posterior import _Search as search
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


def test_it_covers_any_posterior_and_a_prior_that_saw_the_sample_or_a_twentieth_of_the_divergence_does_not(monkeypatch):
    """Labels are fair coins, so that every error rate is 1/2. The posterior has learned them by heart; it is not optimised, as 180 searches would take long."""
    n, d, draws, key = 40, 200, 60, jax.random.key(0)
    start = Linear(init_scale=0.0).build(Reals((d,)), Classes(2), key)
    params, rest = trainable(start)
    unravel = ravel_pytree(params)[1]

    @jax.jit
    def rates(sample, mean, std, keys):
        def rate(key):
            network = eqx.combine(unravel(mean + std * jax.random.normal(key, mean.shape)), rest)
            return jnp.mean(~correct(outputs(network, sample.x), sample.y))

        return jax.vmap(rate)(keys)

    monkeypatch.setattr(search, "optimise", lambda self, prior_std, keys: (self._start, jnp.full_like(self._start, prior_std)))
    monkeypatch.setattr(search, "errors", lambda self, mean, std, keys: rates(self._sample, mean, std, keys))
    violated = dict.fromkeys(("as it is", "prior saw the sample", "a twentieth of the divergence"), 0)
    rng = np.random.default_rng(0)
    for _ in range(draws):
        x, y = rng.normal(size=(n, d)), rng.integers(2, size=n)
        weight = 2.5 * np.sqrt(d / 2) * np.linalg.pinv(x) @ (2.0 * y[:, None] - 1) * np.array([-1.0, 1.0])
        network, sample = eqx.tree_at(lambda one: one.weight, start, jnp.asarray(weight, jnp.float32)), Examples(jnp.asarray(x), jnp.asarray(y))
        fixed = {"key": key, "prior_stds": (1.0,), "draws": 300}
        found = gaussian_posterior(network, start, sample, **fixed).bound
        less = seeger(found.terms["sampled"], found.terms["divergence"] / 20, n, 0.04)
        violated["as it is"] += found.value < 0.5
        violated["prior saw the sample"] += gaussian_posterior(network, network, sample, **fixed).bound.value < 0.5
        violated["a twentieth of the divergence"] += less.value < 0.5
    assert covers(violated["as it is"], draws, 0.05)
    assert caught(violated["prior saw the sample"], draws, 0.05)
    assert caught(violated["a twentieth of the divergence"], draws, 0.05)


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
