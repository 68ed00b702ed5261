"""A trained network as a Gaussian process in dual form: what all examples say, kept at a few inducing points, to which new examples can be added.

Around trained weights w the network is linear, f(x) ≈ f_w(x) + J(x)(w' - w), and with a Gaussian prior of precision λ on the weights and the loss to second
order (Laplace and Gauss-Newton) the posterior is a Gaussian process with the kernel κ(x, x') = J(x) J(x')ᵀ/λ. Each example enters by two numbers alone,
α = -∂ℓ/∂f and β = ∂²ℓ/∂f². Scannell, Mereu, Chang, Tamir, Pajarinen & Solin (2024) sum them at inducing points z: t = Σ κ(z, x)(α + β f) and
B = Σ κ(z, x) β κ(x, z). Outputs are taken for independent, as there. Use double precision: kernels of close points are near-singular.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jax.scipy.linalg import cho_factor, cho_solve
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Problem, trainable

JITTER = 1e-5  # of the diagonal of the kernel, relative to its mean


def dual_parameters(f: Float[Array, "n c"], y: Array, likelihood: str, noise: float = 1.0) -> tuple[Float[Array, "n c"], Float[Array, "n c"]]:
    """(α, β) = (-∂ℓ/∂f, ∂²ℓ/∂f²) of the negative log-likelihood ℓ, of the second derivatives the diagonal.

    Args:
        f: outputs of the network.
        y: labels [n] for "classes" (softmax: α = onehot - p, β = p (1 - p)), numbers [n, c] for "values" (Gaussian: α = (y - f)/noise, β = 1/noise).
        likelihood: which of both.
        noise: variance, for "values".

    >>> dual_parameters(jnp.zeros((1, 2)), jnp.array([1]), "classes")[1].tolist()
    [[0.25, 0.25]]
    """
    if likelihood == "classes":
        p = jax.nn.softmax(f, axis=1)
        return jax.nn.one_hot(y, f.shape[1], dtype=f.dtype) - p, p * (1 - p)
    return (y - f) / noise, jnp.full_like(f, 1 / noise)


class FunctionSpace(eqx.Module):
    """The process: `function_space` makes it, `update` adds examples, `predict` reads it.

    Attributes:
        network: at the weights around which it is linear.
        inducing: the points [m, …].
        precision: λ of the prior on all weights, above 0.
        target: t, [c, m].
        curvature: B, [c, m, m].
        likelihood: "classes" or "values".
        noise: variance, for "values".
    """

    network: Any
    inducing: Array
    precision: Float[Array, ""]
    target: Float[Array, "c m"]
    curvature: Float[Array, "c m m"]
    likelihood: str = eqx.field(static=True)
    noise: float = eqx.field(static=True)

    @eqx.filter_jit
    def update(self, x: Float[Array, "n *shape"], y: Array) -> "FunctionSpace":
        """With n examples more, each counted as those before, and no training: the cost is n evaluations of gradients."""
        f, rows = _jacobian(self.network, x)
        alpha, beta = dual_parameters(f, y, self.likelihood, self.noise)
        cross = jnp.einsum("mcp,ncp->cmn", _jacobian(self.network, self.inducing)[1], rows) / self.precision
        target = self.target + jnp.einsum("cmn,nc->cm", cross, alpha + beta * f)
        return eqx.tree_at(lambda one: (one.target, one.curvature), self, (target, self.curvature + jnp.einsum("cmn,nc,ckn->cmk", cross, beta, cross)))

    @eqx.filter_jit
    def predict(self, x: Float[Array, "n *shape"]) -> tuple[Float[Array, "n c"], Float[Array, "n c"]]:
        """(mean, variance) of f: κ_xz (κ_zz + B)⁻¹ t, and κ_xx - κ_xz (κ_zz⁻¹ - (κ_zz + B)⁻¹) κ_zx."""
        _, rows = _jacobian(self.network, x)
        points = _jacobian(self.network, self.inducing)[1]

        def one(rows: Array, points: Array, target: Array, curvature: Array) -> tuple[Array, Array]:
            cross = points @ rows.T / self.precision
            own = _kernel(points, self.precision)
            prior, posterior = cho_factor(own), cho_factor(own + curvature)
            less = jnp.sum(cross * (cho_solve(prior, cross) - cho_solve(posterior, cross)), axis=0)
            return cross.T @ cho_solve(posterior, target), jnp.maximum(jnp.sum(rows**2, axis=1) / self.precision - less, 0.0)

        return jax.vmap(one, in_axes=(1, 1, 0, 0), out_axes=1)(rows, points, self.target, self.curvature)

    @eqx.filter_jit
    def metric(self) -> Float[Array, "c m m"]:
        """κ_zz⁻¹ B κ_zz⁻¹, [c, m, m]: the metric in which moving the outputs at the points costs as much as in the loss of all examples, to second order."""
        points = _jacobian(self.network, self.inducing)[1]

        def one(points: Array, curvature: Array) -> Array:
            prior = cho_factor(_kernel(points, self.precision))
            return cho_solve(prior, cho_solve(prior, curvature).T)

        return jax.vmap(one, in_axes=(1, 0))(points, self.curvature)


def _kernel(points: Float[Array, "m p"], precision: Array) -> Float[Array, "m m"]:
    kernel = points @ points.T / precision
    return kernel + JITTER * jnp.mean(jnp.diag(kernel)) * jnp.eye(len(kernel))


def _jacobian(network: Any, x: Array) -> tuple[Float[Array, "n c"], Float[Array, "n c p"]]:
    """Outputs and their gradients by all trainable weights."""
    params, rest = trainable(network)
    flat, unravel = ravel_pytree(params)

    def output(vector: Array, one: Array) -> Array:
        return eqx.combine(unravel(vector), rest)(one).ravel()

    return jax.vmap(output, (None, 0))(flat, x), jax.vmap(jax.jacrev(output), (None, 0))(flat, x)


def function_space(network: Any, x: Array, y: Array, inducing: Array, precision: float, likelihood: str = "classes", noise: float = 1.0) -> FunctionSpace:
    """The process of a network at the minimum of Σ ℓ + λ/2 ‖w‖², given the examples that it was trained on.

    With all examples as inducing points it is the Laplace approximation with Gauss-Newton and independent outputs. Memory: examples × outputs × weights.

    Args:
        network: on one example, its output a vector.
        x: inputs [n, …].
        y: labels [n], or numbers [n, c].
        inducing: points [m, …], such as some of x.
        precision: λ, above 0; for a mean loss with δ/2 ‖w‖² it is n δ.
        likelihood: "classes" or "values".
        noise: variance, for "values".

    Raises:
        Problem: an argument out of range.

    >>> network = eqx.nn.Linear(2, 1, use_bias=False, key=jax.random.key(0))
    >>> x, y = jnp.eye(2), jnp.array([[1.0], [2.0]])
    >>> mean, variance = function_space(network, x, y, x, 1.0, "values").predict(x)  # ridge regression: halfway to y, of variance a half
    >>> mean.round(2).ravel().tolist(), variance.round(2).ravel().tolist()
    ([0.5, 1.0], [0.5, 0.5])
    """
    if likelihood not in ("classes", "values"):
        raise Problem(f'likelihood: expected "classes" or "values", got {likelihood!r}.')
    if not (precision > 0 and noise > 0) or len(inducing) < 1:
        raise Problem(f"precision, noise, inducing: expected above 0 twice and at least one point, got {precision!r}, {noise!r}, {len(inducing)} points.")
    outputs, m = jax.eval_shape(network, x[0]).size, len(inducing)
    empty = FunctionSpace(network, inducing, jnp.asarray(precision), jnp.zeros((outputs, m)), jnp.zeros((outputs, m, m)), likelihood, noise)
    return empty.update(x, y)


def class_probabilities(mean: Float[Array, "n c"], variance: Float[Array, "n c"], key: PRNGKeyArray, draws: int = 200) -> Float[Array, "n c"]:
    """Mean of the softmax over draws of N(mean, variance), independent over outputs."""
    noise = jax.random.normal(key, (draws, *mean.shape), mean.dtype)
    return jnp.mean(jax.nn.softmax(mean + jnp.sqrt(variance) * noise, axis=2), axis=0)
