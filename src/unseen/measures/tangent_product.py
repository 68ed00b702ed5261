"""Matrix-free products with the empirical neural tangent kernel of a network."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from unseen._types import Examples, Problem, outputs
from unseen.measures._batches import Piece, bytes_of, cut, flattened, head
from unseen.measures.curvature import CACHE, STORE, Product, mapped, summed


def tangent_product(network: Callable, x: PyTree[Array], *, chunk: int | None = None, dtype: str | None = None) -> Product:
    """K v, with K = J Jᵀ and J [n · outputs, parameters] the derivative of all outputs, without K or J: J (Jᵀ v), through the network linearised once.

    K is `as_matrix` (see `unseen.measures.neural_tangent_kernel`) of the tangent kernel of x, and v in its order, example by example, output by output.
    A product costs about what a gradient of a loss on the n examples costs, where the kernel costs as many as there are outputs and holds (n · outputs)²
    numbers; so ask for products where a few eigenvalues, a trace or a solution of K a = y is all that is needed.

    Args:
        network: an Equinox module; in evaluation mode. Where it normalises over batches, all of x are one batch.
        x: n inputs.
        chunk: examples worked on at once; None: as many as fit `CACHE` of `unseen.measures.curvature`.
        dtype: compute in this type, as "float64"; None: as the parameters are.

    Raises:
        Problem: no examples, nothing to train, parameters or outputs that are not finite, a chunk below 1, or less than all with batch normalisation.

    >>> import equinox as eqx
    >>> K = tangent_product(eqx.nn.Linear(2, 3, use_bias=False, key=jax.random.key(0)), jnp.array([[3.0, 4.0]]))
    >>> K.size, K(np.array([1.0, 0.0, 0.0])).tolist()
    (3, [25.0, 0.0, 0.0])
    """
    n = len(jax.tree.leaves(x)[0])
    flat, examples = flattened(network, Examples(x, jnp.zeros(n, int)), dtype)
    theta = flat.theta

    def linear(theta: Array, piece: Piece) -> Any:
        return jax.linearize(lambda t: outputs(flat.network(t), piece.x).reshape(len(piece.weight), -1), theta)[1]

    def size(count: int) -> int:
        return bytes_of(jax.eval_shape(linear, theta, head(examples, theta.dtype, count)))

    def through(linears: PyTree, of: Callable, u: Array) -> Array:
        w = summed(lambda pair: jax.linear_transpose(of(pair[0]), theta)(pair[1])[0], (linears, u))
        return mapped(lambda one: of(one)(w), linears)

    with flat.scope():
        pieces = cut(flat, examples, chunk, lambda: (size(32) - size(16)) / 16, CACHE)
        count, width = pieces.weight.shape
        values = jax.jit(lambda t: outputs(flat.network(t), examples.x).reshape(n, -1))(theta)
        if not np.isfinite(values).all():
            raise Problem("network: expected finite outputs on the examples, got NaN or infinity. Look at them.")
        each = values.shape[1]
        if count * size(width) <= STORE:
            every = jax.jit(lambda t, p: mapped(lambda piece: linear(t, piece), p))(theta, pieces)
            run = jax.jit(lambda every, u: through(every, lambda one: one, u))
            held: tuple[PyTree, ...] = (every,)
        else:
            run = jax.jit(lambda t, p, u: through(p, lambda piece: linear(t, piece), u))
            held = (theta, pieces)

    def apply(v: np.ndarray) -> np.ndarray:
        with flat.scope():
            u = np.concatenate([v, np.zeros(count * width * each - len(v), v.dtype)])  # the last chunk is filled up with examples that weigh nothing
            return np.asarray(run(*held, u.reshape(count, width, each))).reshape(-1)[: len(v)]

    return Product(apply, n * each, values.dtype)
