"""Complexities from the norms of a network's weights, alone and against its margin: products over layers, distances from the start, the path norm."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from unseen._types import Problem, trainable


def weight_matrices(network: Any) -> list[Float[Array, "_ _"]]:
    """The trainable matrices of a network, in the order of its fields; biases and other arrays are left out.

    Raises:
        Problem: a network without any.
    """
    found = [leaf for leaf in jax.tree.leaves(trainable(network)[0]) if leaf.ndim == 2]
    if not found:
        raise Problem(f"network: expected trainable matrices, got none in {type(network).__name__}.")
    return found


def squared_path_norm(network: Any, x: PyTree[Array]) -> Float[Array, ""]:
    """Σ over paths from an input to an output of Π w², w the weights on the path: the network with all weights squared, on ones, its outputs added up.

    For ReLU layers without biases. It does not change when a unit's incoming weights are multiplied and its outgoing ones divided by a positive number.
    Source: Neyshabur, Salakhutdinov & Srebro (2015), "Path-SGD", computed as in the code of Dziugaite et al. (2020).

    Args:
        network: an Equinox module.
        x: one input, for its shape.

    >>> linear = eqx.tree_at(lambda net: net.weight, eqx.nn.Linear(2, 1, use_bias=False, key=jax.random.key(0)), jnp.array([[3.0, 4.0]]))
    >>> squared_path_norm(linear, jnp.zeros(2)).item()
    25.0
    """
    params, rest = trainable(network)
    return jnp.sum(eqx.combine(jax.tree.map(jnp.square, params), rest)(jnp.ones_like(x), key=None))


def norm_complexities(network: Any, initial: Any, margin: Float[Array, ""], x: PyTree[Array]) -> dict[str, Float[Array, ""]]:
    """Norm complexities of a network of d matrices W_i, that began at W_i⁰, with a margin γ; each larger for what is thought to generalize worse.

    "parameters" their number · "Frobenius" Σ‖W_i‖_F² · "distance" Σ‖W_i − W_i⁰‖_F² · "spectral distance" Σ‖W_i − W_i⁰‖₂² ·
    "spectral product" Σ ln‖W_i‖₂² · "Frobenius product" Σ ln‖W_i‖_F² · "stable rank" Σ‖W_i‖_F²/‖W_i‖₂² · "path" ln of `squared_path_norm`.
    With "/margin", of a product or path: − 2 ln γ. "spectral bound": the product over the margin, times Σ‖W_i − W_i⁰‖_F²/‖W_i‖₂² (logarithm), the capacity
    of Bartlett et al. (2017) and Neyshabur et al. (2018). "spectral sum/margin", "Frobenius sum/margin": ln d + (product over the margin)/d, which
    does not grow with depth by itself. "1/margin": − 2 ln γ. Logarithms and roots do not change the order of models; numbers of examples are left out.
    Source: Jiang et al. (2020), equations 20 to 44, as in the code of Dziugaite et al. (2020).

    Args:
        network: an Equinox module: ReLU layers without biases, for the products and paths to be capacities.
        initial: the same at the start.
        margin: γ, the 10 % quantile of margins in the paper; not above 0: what needs it is NaN.
        x: one input.

    Raises:
        Problem: a network without matrices.
    """
    weights = weight_matrices(network)
    moved = [weight - start for weight, start in zip(weights, weight_matrices(initial), strict=True)]
    frobenius, spectral, distance, reach = (_squares(*pair) for pair in ((weights, "fro"), (weights, 2), (moved, "fro"), (moved, 2)))
    depth, tight = len(weights), -2 * jnp.log(margin)
    products = {"spectral": jnp.sum(jnp.log(spectral)), "Frobenius": jnp.sum(jnp.log(frobenius))}
    path = jnp.log(squared_path_norm(network, x))
    found = {
        "parameters": jnp.asarray(float(sum(weight.size for weight in weights))),
        "1/margin": tight,
        "Frobenius": jnp.sum(frobenius),
        "distance": jnp.sum(distance),
        "spectral distance": jnp.sum(reach),
        "stable rank": jnp.sum(frobenius / spectral),
        "path": path,
        "path/margin": path + tight,
        "spectral bound": products["spectral"] + tight + jnp.log(jnp.sum(distance / spectral)),
    }
    for name, log in products.items():
        found |= {f"{name} product": log, f"{name} product/margin": log + tight, f"{name} sum/margin": math.log(depth) + (log + tight) / depth}
    return found


def _squares(weights: list[Array], order: Any) -> Float[Array, " layers"]:
    return jnp.stack([jnp.linalg.norm(weight, order) ** 2 for weight in weights])
