"""The labelled kernel against signs on the whole tangent kernel and against what a step does; clusters against a slow search."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals, outputs, trainable
from unseen.measures.labelled_kernel import farthest_point_clusters, labelled_kernel
from unseen.measures.neural_tangent_kernel import neural_tangent_kernel
from unseen.models.mlp import MLP

KEYS = jax.random.split(jax.random.key(100), 2)
X, Y = jax.random.normal(KEYS[0], (6, 4)), jnp.array([0, 1, 2, 2, 0, 1])
NETWORK = MLP(hidden=(5,), bias=True, activation="tanh").build(Reals((4,)), Classes(3), KEYS[1])


def test_against_signs_on_the_whole_kernel():
    signs = np.where(np.eye(3)[np.asarray(Y)] == 1, 1.0, -1.0)
    expected = np.einsum("ia,ijab,jb->ij", signs, np.asarray(neural_tangent_kernel(NETWORK, X)), signs) / 3
    found = labelled_kernel(NETWORK, X, Y, 3, chunk=4)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert np.linalg.eigvalsh(np.asarray(found, float)).min() > -1e-4


def test_a_step_on_one_moves_the_other_by_it():
    """A step along the gradient of s_i·f(x_i) changes s_j·f(x_j) by K κ_ij rate."""
    params, rest = trainable(NETWORK)
    signs = 2 * jax.nn.one_hot(Y, 3) - 1
    margin = lambda params, i: signs[i] @ outputs(eqx.combine(params, rest), X)[i]  # noqa: E731
    rate = 1e-3
    moved = jax.tree.map(lambda p, g: p + rate * g, params, jax.grad(margin)(params, 0))
    change = [(margin(moved, j) - margin(params, j)) / (3 * rate) for j in range(6)]
    np.testing.assert_allclose(change, labelled_kernel(NETWORK, X, Y, 3)[0], rtol=0.02, atol=0.02)


def slow_clusters(kernel, count):
    heads = [int(np.unravel_index(np.argmax(kernel), kernel.shape)[0])]
    head = dict.fromkeys(range(len(kernel)), heads[0])
    while len(heads) < count:
        new = min((i for i in head if i not in heads), key=lambda i: kernel[i, head[i]])
        heads.append(new)
        for i in head:
            if i == new or (i not in heads and kernel[i, new] > kernel[i, head[i]]):
                head[i] = new
    return [head[i] for i in range(len(kernel))]


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_clusters_against_a_slow_search(count):
    features = np.random.default_rng(0).normal(size=(12, 3))
    kernel = features @ features.T
    found = farthest_point_clusters(kernel, count)
    assert found.tolist() == slow_clusters(kernel, count)
    assert len(set(found.tolist())) == count
    assert all(found[head] == head for head in found)


def test_bad_input():
    with pytest.raises(Problem, match=r"y: expected one label for each of the 6 inputs"):
        labelled_kernel(NETWORK, X, Y[:3], 3)
    with pytest.raises(Problem, match=r"count: expected from 1 to 3 clusters, got 4"):
        farthest_point_clusters(np.eye(3), 4)
