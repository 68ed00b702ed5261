"""Complexities by brute force, the bound by simulation of random divisions, Lipschitz constants against gradients of networks on graphs."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.sparse import random_array

from unseen._types import Problem
from unseen.bounds.transductive import lipschitz_chain, row_norm, transductive_bound, transductive_rademacher

RNG = np.random.default_rng(0)


def brute(losses, m, u):
    """Transductive Rademacher complexity of finitely many functions, over all 3^(m + u) signs."""
    p, total = m * u / (m + u) ** 2, 0.0
    for signs in itertools.product((-1, 0, 1), repeat=m + u):
        total += p ** np.count_nonzero(signs) * (1 - 2 * p) ** signs.count(0) * (losses @ np.array(signs)).max()
    return (1 / m + 1 / u) * total


@pytest.mark.parametrize(("m", "u"), [(2, 2), (2, 4), (5, 2)])
def test_complexity_is_above_that_of_linear_losses(m, u):
    """ℓ_i(w) = L a_i · w with |a_i| = 1, at 40 points of the ball, which have less than the whole ball; the gap of the two is not told."""
    lipschitz, radius = 2.0, 0.3
    w = RNG.normal(size=(40, 3))
    w = radius * w / np.linalg.norm(w, axis=1, keepdims=True)
    a = RNG.normal(size=(3, m + u))
    a = lipschitz * a / np.linalg.norm(a, axis=0)
    limit = transductive_rademacher(lipschitz, radius, 3, m, u)
    assert 0 < brute(w @ a, m, u) < limit


def test_complexity_by_hand():
    integral = quad(lambda t: np.sqrt(np.log(3 / t)), 0, 1)[0]
    assert transductive_rademacher(2.0, 0.5, 9, 20, 80) == pytest.approx(12 * integral * 1000 / 1600 * 2 * 0.5 * 3)


def test_bound_by_hand():
    bound = transductive_bound(0.2, 0.1, 40, 60, delta=0.1, trivial=2.0)
    q, s = 1 / 40 + 1 / 60, 100 / (99.5 * (1 - 1 / 120))
    assert bound.value == pytest.approx(0.2 + 0.1 + 2 * np.sqrt(32 * np.log(4 * np.e) / 3) * q * np.sqrt(40) + 2 * np.sqrt(s * q * np.log(10) / 2))
    assert bound.vacuous == (bound.value >= 2)
    assert transductive_bound(0.2, 0.1, 40, 60).value > transductive_bound(0.2, 0.1, 400, 600).value


def violations(bound):
    """How often one of 50 functions on 60 examples, chosen for its labelled mean, exceeds bound(labelled mean)."""
    losses, bad = RNG.integers(0, 2, (50, 60)).astype(float), 0
    for _ in range(300):
        order = RNG.permutation(60)
        labelled = losses[:, order[:30]].mean(axis=1)
        best = labelled.argmin()
        bad += losses[best, order[30:]].mean() > bound(labelled[best])
    return bad / 300


def test_coverage_and_a_wrong_bound_is_noticed():
    complexity = (1 / 30 + 1 / 30) * np.sqrt(2 * np.log(50) * 60)  # Massart's lemma: subgaussian sums of 60 signs
    assert violations(lambda mean: transductive_bound(mean, complexity, 30, 30).value) <= 0.05
    assert violations(lambda mean: mean + 0.05) > 0.05


def networks(a, p):
    relu = jax.nn.relu
    return {
        "SGC": (row_norm(a) ** 2, [(6, 3)], lambda w, x: a @ (a @ (x @ w[0]))),
        "GCN 2": (row_norm(a) ** 2, [(6, 5), (5, 3)], lambda w, x: a @ relu(a @ x @ w[0]) @ w[1]),
        "GCN 3": (row_norm(a) ** 3, [(6, 5), (5, 5), (5, 3)], lambda w, x: a @ relu(a @ relu(a @ x @ w[0]) @ w[1]) @ w[2]),
        "APPNP": (row_norm(p), [(6, 5), (5, 3)], lambda w, x: p @ (relu(x @ w[0]) @ w[1])),
    }


@pytest.mark.parametrize("kind", ["SGC", "GCN 2", "GCN 3", "APPNP"])
def test_lipschitz_constants_are_above_all_gradients_but_not_far_above(kind):
    nodes = 8
    edges = (random_array((nodes, nodes), density=0.3, rng=RNG).toarray() > 0) | np.eye(nodes, dtype=bool)
    adjacency = (edges | edges.T).astype(float)
    degree = adjacency.sum(axis=1)
    a = adjacency / np.sqrt(degree[:, None] * degree)
    p = 0.2 * np.linalg.inv(np.eye(nodes) - 0.8 * a)
    propagated, shapes, network = networks(a, p)[kind]
    x, y = RNG.normal(size=(nodes, 6)), RNG.integers(0, 3, nodes)
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    found = []
    jacobian = jax.jit(jax.jacobian(lambda w: -jax.nn.log_softmax(network(w, x))[jnp.arange(nodes), y]))
    for scale in (0.3, 1.0, 3.0):
        w = [jnp.asarray(scale * RNG.normal(size=shape)) for shape in shapes]
        steep = np.sqrt(sum(np.square(np.asarray(part)).sum(axis=(1, 2)) for part in jacobian(w))).max()
        found.append(steep / lipschitz_chain(propagated, [np.linalg.norm(np.asarray(one), 2) for one in w]))
    assert max(found) <= 1
    assert max(found) > 0.02


def test_lipschitz_constant_by_hand():
    assert lipschitz_chain(2.0, [3.0, 4.0, 5.0]) == pytest.approx(2 * np.sqrt(2 * (20**2 + 15**2 + 12**2)))


def test_row_norm_against_numpy():
    matrix = RNG.normal(size=(5, 5))
    assert row_norm(matrix) == pytest.approx(np.linalg.norm(matrix, np.inf))


def test_mistakes_are_named():
    with pytest.raises(Problem, match="lipschitz"):
        transductive_rademacher(-1.0, 1.0, 1, 1, 1)
    with pytest.raises(Problem, match="complexity"):
        transductive_bound(0.1, -0.1, 10, 10)
    with pytest.raises(Problem, match="empirical"):
        transductive_bound(1.5, 0.1, 10, 10)
    with pytest.raises(Problem, match="norms"):
        lipschitz_chain(1.0, [])
