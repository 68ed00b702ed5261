"""How sharp the squared error is where a network interpolates: the trace of its Hessian, from first derivatives alone."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PyTree

from unseen._types import Snapshot, trainable
from unseen.engine.probe import Probe


def interpolation_sharpness(network: Callable, x: PyTree[Array]) -> Float[Array, ""]:
    """(2/n) Σ_i ‖∂f(x_i)/∂θ‖_F², at least 0: tr ∇²_θ (1/n) Σ_i ‖f(x_i) − y_i‖² where f(x_i) = y_i for all i (Wen, Ma & Li 2023, lemma 4.1).

    For a two-layer ReLU network without normalization it is that trace everywhere (off the kinks): f is linear in each parameter by itself.
    f is the network in evaluation mode, θ what is trainable in it. Not invariant under rescaling of layers.

    >>> from unseen._types import Reals, Values
    >>> from unseen.models.linear import Linear
    >>> network = Linear().build(Reals((2,)), Values(()), jax.random.key(0))
    >>> float(interpolation_sharpness(network, jnp.array([[3.0, 4.0]])))
    50.0
    """
    params, rest = trainable(network)
    theta, unravel = ravel_pytree(params)

    def square(one: PyTree[Array]) -> Array:
        jacobian = jax.jacrev(lambda t: eqx.combine(unravel(t), rest)(one, key=None).reshape(-1))(theta)
        return jnp.sum(jnp.square(jacobian))

    return 2 * jnp.mean(jax.lax.map(square, x))


class InterpolationSharpness(Probe):
    """Records `interpolation_sharpness` on the training split, which must be finite."""

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        return {"interpolation_sharpness": interpolation_sharpness(snapshot.network, snapshot.splits["train"].x)}
