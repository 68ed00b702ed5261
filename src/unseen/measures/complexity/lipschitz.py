"""How steep a function is: the norms of its Jacobian by its input, a lower bound on its Lipschitz constant."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from unseen._types import Problem


def slopes(function: Callable[[Array], Array], x: Array) -> Float[Array, " n"]:
    """‖∂f/∂x‖₂ at each of n inputs, the spectral norm of the Jacobian of the flat output by the flat input; in units of output over input, at least 0.

    Their maximum is at most the Lipschitz constant of f, and tends to it as the inputs fill a convex domain; their mean is the usual "input sensitivity" of a
    network. Pure, and may be traced. Memory: outputs × size of an input, for all n at once.

    Args:
        function: one example in, one array out; give `lambda x: network(x)[1] - network(x)[0]` for the slope of the score of two classes.
        x: inputs [n, *input], real numbers.

    Raises:
        Problem: no input, or inputs that are not real.

    Source: Novak et al. (2018), "Sensitivity and Generalization in Neural Networks" (Frobenius norm there).

    >>> slopes(lambda x: 2 * x, jnp.eye(2)).tolist()
    [2.0, 2.0]
    """
    if not jnp.issubdtype(x.dtype, jnp.floating) or not len(x):
        raise Problem(f"x: expected at least one input of real numbers, got {x.dtype} of shape {x.shape}. Tokens have no slope: embed them first.")
    jacobians = jax.vmap(jax.jacrev(lambda one: jnp.ravel(function(one))))(x).reshape(len(x), -1, x[0].size)
    if jacobians.shape[1] == 1:
        return jnp.linalg.norm(jacobians[:, 0], axis=1)
    return jnp.linalg.norm(jacobians, ord=2, axis=(1, 2))
