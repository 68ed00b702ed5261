"""Against plain loops, the closed forms of normal distributions with the best critic, and the bounds on variances that the docstrings state."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen.measures.information.variational_bounds import donsker_varadhan, info_nce, jensen_shannon, nguyen_wainwright_jordan
from unseen.tasks.planted.correlated_normals import CorrelatedNormals

N = 16


def best_scores(source, key, n=N):
    """All pairs of a batch under the best critic, which is the log density ratio."""
    pairs = source.draw(key, n)
    return jax.vmap(lambda x: jax.vmap(lambda y: source.log_density_ratio(type(pairs)(x, y)))(pairs.y))(pairs.x)


@pytest.fixture(scope="module")
def scores():
    return jax.random.normal(jax.random.key(0), (5, 5)) * 2


def test_are_the_formulas_in_plain_loops(scores):
    given, scores = scores, np.asarray(scores)
    n, diagonal = len(scores), np.diag(scores)
    others = [scores[i, j] for i in range(n) for j in range(n) if i != j]
    soft = lambda z: np.log1p(np.exp(z))  # noqa: E731
    expected = {
        donsker_varadhan: diagonal.mean() - np.log(np.mean(np.exp(others))),
        nguyen_wainwright_jordan: 1 + diagonal.mean() - np.mean(np.exp(others)),
        info_nce: np.mean([np.log(np.exp(scores[i, i]) / np.mean(np.exp(scores[i]))) for i in range(n)]),
        jensen_shannon: -np.mean(soft(-diagonal)) - np.mean(soft(np.array(others))),
    }
    for function, value in expected.items():
        assert float(function(given)) == pytest.approx(value, abs=1e-4), function.__name__
    assert float(donsker_varadhan(given, 1.0)) == pytest.approx(diagonal.mean() - np.log(np.mean(np.exp(np.clip(others, -1, 1)))), abs=1e-4)


def test_clipping_far_out_changes_nothing_and_far_in_takes_the_partition_away(scores):
    assert float(donsker_varadhan(scores, 1e3)) == pytest.approx(float(donsker_varadhan(scores)), abs=1e-5)
    assert float(donsker_varadhan(scores, 0.0)) == pytest.approx(float(jnp.trace(scores)) / 5, abs=1e-5)


def test_the_best_critic_reads_off_the_information():
    source = CorrelatedNormals(0.7, dimension=4)
    scores = jax.vmap(lambda key: best_scores(source, key))(jax.random.split(jax.random.key(1), 4000))
    assert float(jnp.mean(jax.vmap(nguyen_wainwright_jordan)(scores))) == pytest.approx(0.7, abs=0.02)
    assert float(jnp.mean(jax.vmap(donsker_varadhan)(scores))) == pytest.approx(0.7, abs=0.03)
    assert 0.55 < float(jnp.mean(jax.vmap(info_nce)(scores))) < 0.7


def test_the_partition_term_varies_as_the_theorem_says_and_clipped_within_its_bound():
    """Of normal pairs E_joint[e^f] = exp(2 I), so that n Var = e^(2I) - 1, above the e^I - 1 of every pair."""
    nats, n = 0.6, 200
    pairs = CorrelatedNormals(0.0, dimension=2).draw(jax.random.key(2), 4000 * n)
    logs = CorrelatedNormals(nats, dimension=2).log_density_ratio(pairs).reshape(4000, n)
    spread = n * float(jnp.var(jnp.mean(jnp.exp(logs), axis=1)))
    assert spread == pytest.approx(np.expm1(2 * nats), rel=0.1)
    assert n * float(jnp.var(jax.nn.logsumexp(logs, axis=1))) == pytest.approx(np.expm1(2 * nats), rel=0.15)
    clipped = n * float(jnp.var(jnp.mean(jnp.exp(jnp.clip(logs, -0.3, 0.3)), axis=1)))
    assert clipped <= (np.exp(0.3) - np.exp(-0.3)) ** 2 / 4


def test_no_infonce_is_above_the_logarithm_of_the_batch():
    assert float(info_nce(1e3 * jnp.eye(N))) == pytest.approx(np.log(N), abs=1e-4)


def test_jensen_shannon_is_largest_at_the_log_density_ratio():
    source = CorrelatedNormals(1.0, dimension=2)
    scores = jax.vmap(lambda key: best_scores(source, key))(jax.random.split(jax.random.key(3), 4000))
    value = lambda s: float(jnp.mean(jax.vmap(jensen_shannon)(s)))  # noqa: E731
    assert value(scores) > max(value(scores * 1.3), value(scores * 0.7), value(scores + 0.3), value(scores - 0.3)) + 1e-3
    assert value(scores * 0) == pytest.approx(-np.log(4), abs=1e-5)
