"""Regression with the neural tangent kernel at initialisation: what lazy training would find."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Fixed, Problem, Stream, expect, trainable
from unseen.methods.fit._targets import targets
from unseen.methods.joints import Fit


class Linearized(eqx.Module):
    """f(x; θ0) + ∇f(x; θ0)·δ: a network that is linear in δ."""

    initial: Fixed
    delta: PyTree

    def __call__(self, x: Array, *, key: PRNGKeyArray | None = None) -> Array:
        params, rest = trainable(self.initial.value)
        value, change = jax.jvp(lambda p: eqx.combine(p, rest)(x), (params,), (self.delta,))
        return value + change


class KernelRegression(Fit):
    """f(x) = f0(x) + K(x, X)(K(X, X) + ridge·I)⁻¹(y − f0(X)), with K the tangent kernel ∇f0(x)·∇f0(x') (Jacot et al. 2018).

    It is the end of gradient flow on the squared error of the linearised network. Labels are one-hot targets. Memory: examples × outputs ×
    parameters.

    Attributes:
        ridge: at least 0; None: the solution of least norm.

    >>> class Line(eqx.Module):
    ...     slope: Array
    ...     def __call__(self, x, *, key=None):
    ...         return self.slope * x
    >>> train = Examples(jnp.array([[1.0], [2.0]]), jnp.array([[3.0], [6.0]]))
    >>> round(KernelRegression().fit(Line(jnp.array(0.0)), {"train": train}, jax.random.key(0))(jnp.array([4.0])).item(), 4)
    12.0
    """

    ridge: float | Array | None = None

    def __check_init__(self) -> None:
        expect(self, ridge=(lambda r: r is None or r >= 0, "None or a number of at least 0"))

    def fit(self, network: Any, splits: dict[str, Examples | Stream], key: PRNGKeyArray) -> Linearized:
        """The linearised network with the solved change of parameters.

        Raises:
            Problem: when the training set is a stream.
        """
        train = splits["train"]
        if isinstance(train, Stream):
            raise Problem("KernelRegression: expected a finite training set, got a stream.")
        start, jacobian, unravel = tangent(network, train.x)
        residual = (targets(train.y, start.shape[1]) - start).ravel()
        rows = jacobian.reshape(residual.size, -1)
        kernel = rows @ rows.T
        if self.ridge is None:
            coefficients = jnp.linalg.pinv(kernel, hermitian=True) @ residual
        else:
            coefficients = jnp.linalg.solve(kernel + self.ridge * jnp.eye(len(kernel)), residual)
        return Linearized(Fixed(network), unravel(coefficients @ rows))


def tangent(network: Any, x: Array) -> tuple[Float[Array, "n outputs"], Float[Array, "n outputs parameters"], Callable[[Array], PyTree]]:
    """Outputs at all x, their gradients by the trainable parameters as one vector, and the way back from such a vector.

    >>> f, gradient, _ = tangent(eqx.nn.Linear(1, 1, key=jax.random.key(0)), jnp.array([[2.0]]))
    >>> f.shape, gradient.tolist()  # by the slope and by the shift
    ((1, 1), [[[2.0, 1.0]]])
    """
    params, rest = trainable(network)
    flat, unravel = ravel_pytree(params)

    def output(vector: Array, one: Array) -> Array:
        return eqx.combine(unravel(vector), rest)(one).ravel()

    return jax.vmap(lambda one: output(flat, one))(x), jax.vmap(lambda one: jax.jacrev(output)(flat, one))(x), unravel
