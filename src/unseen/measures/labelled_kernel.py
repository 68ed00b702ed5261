"""lpNTK: the tangent kernel of labelled examples, how far learning one teaches or unteaches another; and clusters of what it holds to be alike."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from unseen._types import Problem
from unseen.measures.neural_tangent_kernel import pseudo_kernel


class _Signed(eqx.Module):
    """The one output Σ_a s_a f_a(x)/√outputs of a network on (x, s)."""

    network: Callable

    def __call__(self, signed: tuple[PyTree, Float[Array, " outputs"]], *, key: Array | None = None) -> Float[Array, " 1"]:
        x, signs = signed
        return (signs @ self.network(x, key=key))[None] / jnp.sqrt(len(signs))


def labelled_kernel(network: Callable, x: PyTree[Array], y: Int[Array, " n"], classes: int, *, chunk: int | None = None) -> Float[Array, "n n"]:
    """κ_ij = (1/K) Σ_ab s_i[a] ⟨∂f_a(x_i)/∂θ, ∂f_b(x_j)/∂θ⟩ s_j[b], with s = 1 at an example's label and −1 at the K − 1 other classes.

    s is the sign of label minus prediction, so that κ_ij > 0 where a step on i takes j towards its label too ("interchangeable"), and below 0 where it takes j
    away ("contradictory"). Symmetric, positive semidefinite. Guo, Ren, Albrecht & Smith (2024), arXiv 2401.08808; their code gives K κ. Other arguments and
    errors as for `neural_tangent_kernel`.

    Args:
        network: an Equinox module on one example, that returns K outputs.
        x: n inputs.
        y: their labels.
        classes: K.
        chunk: examples whose gradients are held at once.

    Raises:
        Problem: labels that are not one for each input.

    >>> linear = eqx.nn.Linear(1, 4, use_bias=False, key=jax.random.key(0))
    >>> labelled_kernel(linear, jnp.ones((3, 1)), jnp.array([0, 0, 1]), 4).round(4).tolist()  # of other labels: (K − 4)/K
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if y.shape != jax.tree.leaves(x)[0].shape[:1]:
        raise Problem(f"y: expected one label for each of the {len(jax.tree.leaves(x)[0])} inputs, got shape {y.shape}.")
    return pseudo_kernel(_Signed(network), (x, 2.0 * jax.nn.one_hot(y, classes) - 1.0), chunk=chunk)


def farthest_point_clusters(kernel: Float[np.ndarray, "n n"], count: int) -> Int[np.ndarray, " n"]:
    """The head of each example's cluster, itself one of the examples, by farthest-point clustering of a similarity.

    The first head has the largest similarity to anything; each next one is the example that is least similar to its own head, and takes over the examples
    that are more similar to it than to theirs. As in the code of Guo et al. (2024); ties go to the first example.

    Args:
        kernel: similarities, symmetric.
        count: clusters, from 1 to n.

    Raises:
        Problem: such a number of clusters.

    >>> farthest_point_clusters(np.array([[3.0, 2.0, 0.0], [2.0, 2.5, 1.0], [0.0, 1.0, 2.8]]), 2).tolist()
    [0, 0, 2]
    """
    n = len(kernel)
    if not 1 <= count <= n:
        raise Problem(f"count: expected from 1 to {n} clusters, got {count!r}.")
    head = np.full(n, int(np.argmax(kernel.max(axis=1))))
    heads = [int(head[0])]
    while len(heads) < count:
        own = kernel[np.arange(n), head].copy()
        own[heads] = np.inf
        new = int(np.argmin(own))
        moved = kernel[new] > own
        heads.append(new)
        head[moved] = new
        head[heads] = heads
    return head
