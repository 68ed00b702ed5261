"""Matrix-free products with the curvature of a loss: Hessian, generalised Gauss-Newton, and Fisher information of the model and of the data."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial
from jaxtyping import Array, Float, PyTree

from unseen._types import Examples, Problem, outputs
from unseen.measures._batches import Flat, Piece, alone, bytes_of, cut, flattened, head
from unseen.methods.joints import Objective

CACHE = 2**25
"""Bytes of a linearisation that are worked on at once: chunks of this size are 2 to 5 times faster than all examples at once, where those need more."""
STORE = 2**30
"""Bytes of linearisation that are kept; above, every product linearises again, chunk by chunk, at 2 to 3 times the time."""

Numbers = Float[np.ndarray, " size"] | Float[np.ndarray, "size k"] | Float[Array, " size"] | Float[Array, "size k"]

Linear = Callable[[Array, Piece], Any]
"""(θ, chunk) → a linear function of vectors that is itself a pytree: its arrays are what is kept of the linearisation."""


class Product:
    """A symmetric matrix known by its products with vectors: `product(v)` for v of shape (size,), or (size, k) column by column.

    Parameters are in the order of `jax.flatten_util.ravel_pytree` of `trainable(network)[0]`. Made by `hessian`, `gauss_newton`, `fisher`,
    `empirical_fisher` and `tangent_product`, those of `unseen.measures.pytorch`, or from any function: `Product(lambda v: A @ v, size=len(A))`.

    Attributes:
        size: the number of rows: of parameters, or of outputs on all examples for `tangent_product`.
        dtype: in which products are computed.

    >>> Product(lambda v: 2 * v, size=3)(np.ones(3)).tolist()
    [2.0, 2.0, 2.0]
    """

    def __init__(self, apply: Callable[[Any], Any], size: int, dtype: Any = np.float64) -> None:
        self._apply, self.size, self.dtype = apply, size, np.dtype(dtype)

    def __call__(self, v: Numbers) -> Float[np.ndarray, "*shape"]:
        """The product, as an array of v's shape.

        Raises:
            Problem: a vector of another length, or one that is not finite, or a product that is not.
        """
        v = np.asarray(v)
        if v.ndim not in (1, 2) or len(v) != self.size:
            raise Problem(f"v: expected a vector of {self.size} numbers, or such columns, got an array of shape {v.shape}.")
        if v.ndim == 2:
            return np.stack([self(column) for column in v.T], axis=1) if v.shape[1] else np.zeros(v.shape, self.dtype)
        out = np.asarray(self._apply(v.astype(self.dtype)))
        if not np.isfinite(out).all():
            cause = "there is no finite derivative of the order that it needs" if np.isfinite(v).all() else "v is not finite"
            raise Problem(f"product: expected finite numbers, got {np.sum(~np.isfinite(out))} that are not: {cause}.")
        return out


def hessian(network: Callable, objective: Objective, examples: Examples, *, chunk: int | None = None, dtype: str | None = None) -> Product:
    """H v, with H = ∇²_θ (1/n) Σ_i ℓ_i(θ) over the examples, without the objective's `penalty`, the network in evaluation mode.

    The gradient is linearised once, so that each product costs about one gradient more, not the three of forward-over-reverse differentiation.

    Args:
        network: an Equinox module.
        objective: gives ℓ.
        examples: the n examples.
        chunk: examples worked on at once; None: as many as fit `CACHE`.
        dtype: compute in this type, as "float64"; None: as the parameters are.

    Raises:
        Problem: no examples, nothing to train, a loss or parameters that are not finite, a chunk below 1, or less than all examples with batch normalisation.

    >>> from unseen._types import Classes, Reals
    >>> from unseen.models.mlp import MLP
    >>> from unseen.methods.objective.cross_entropy import CrossEntropy
    >>> network = MLP(hidden=(4,)).build(Reals((3,)), Classes(2), jax.random.key(0))
    >>> H = hessian(network, CrossEntropy(), Examples(jnp.ones((5, 3)), jnp.zeros(5, int)))
    >>> H.size, H(np.ones(20)).shape
    (20, (20,))
    """
    flat, examples = flattened(network, examples, dtype)

    def linear(theta: Array, piece: Piece) -> Any:
        return jax.linearize(jax.grad(lambda t: jnp.sum(piece.weight * objective.each(outputs(flat.network(t), piece.x), piece.y))), theta)[1]

    return _product(linear, flat, examples, chunk, objective.each)


def gauss_newton(network: Callable, objective: Objective, examples: Examples, *, chunk: int | None = None, dtype: str | None = None) -> Product:
    """G v, with G = (1/n) Σ_i J_iᵀ (∇²_f ℓ_i) J_i, J_i the derivative of the outputs f(x_i): positive semidefinite where ℓ is convex in f.

    Arguments and errors as for `hessian`, from which it differs by (1/n) Σ_i Σ_c (∂ℓ_i/∂f_c) ∇²f_c(x_i).
    Source: Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", 2002.
    """
    flat, examples = flattened(network, examples, dtype)
    return _product(_sandwiched(flat, objective.each), flat, examples, chunk, objective.each)


def fisher(network: Callable, examples: Examples, *, chunk: int | None = None, dtype: str | None = None) -> Product:
    """F v, with F = (1/n) Σ_i E_{y ~ p(·|x_i, θ)} ∇log p(y|x_i) ∇log p(y|x_i)ᵀ: the Fisher information of the model, exact, no labels drawn.

    Where targets are integers, outputs are logits of independent classes at each asked place (label not -1); real targets are normal with variance
    1 around the outputs. So it is the Gauss-Newton matrix of the negative log-likelihood: that of `CrossEntropy`, for one class an example; that of
    ½ Σ (f − y)². Arguments and errors as for `hessian`. Source: Martens, "New insights and perspectives on the natural gradient method", 2020.
    """
    flat, examples = flattened(network, examples, dtype)
    return _product(_sandwiched(flat, _surprise), flat, examples, chunk, _surprise)


def empirical_fisher(network: Callable, objective: Objective, examples: Examples, *, chunk: int | None = None, dtype: str | None = None) -> Product:
    """E v, with E = (1/n) Σ_i ∇ℓ_i ∇ℓ_iᵀ, the second moment of the gradients of the examples with their own labels; none of them is materialised.

    Arguments and errors as for `hessian`; batch normalisation is refused, since an example has no loss of its own there.
    """
    flat, examples = flattened(network, examples, dtype)
    alone(flat, "products with the empirical Fisher matrix")

    def linear(theta: Array, piece: Piece) -> Any:
        push = jax.linearize(lambda t: objective.each(outputs(flat.network(t), piece.x), piece.y), theta)[1]
        return Partial(_through, push, Partial(jnp.multiply, piece.weight))

    return _product(linear, flat, examples, chunk, objective.each)


def _surprise(out: Array, y: Array) -> Float[Array, " n"]:
    """Negative log-likelihood of each example, up to constants."""
    if not jnp.issubdtype(y.dtype, jnp.integer):
        return 0.5 * jnp.sum(jnp.square(out - y.reshape(out.shape)).reshape(len(out), -1), axis=1)
    picked = jnp.take_along_axis(jax.nn.log_softmax(out), jnp.maximum(y, 0)[..., None], axis=-1)[..., 0]
    return -jnp.sum(jnp.where(y >= 0, picked, 0.0).reshape(len(out), -1), axis=1)


def _sandwiched(flat: Flat, each: Callable) -> Linear:
    """(θ, chunk) → v ↦ Jᵀ (∇²_f Σ weight·ℓ) J v."""

    def linear(theta: Array, piece: Piece) -> Any:
        out, push = jax.linearize(lambda t: outputs(flat.network(t), piece.x), theta)
        return Partial(_through, push, jax.linearize(jax.grad(lambda f: jnp.sum(piece.weight * each(f, piece.y))), out)[1])

    return linear


def _through(push: Partial, middle: Partial, v: Array) -> Array:
    return jax.linear_transpose(push, v)(middle(push(v)))[0]


def _product(linear: Linear, flat: Flat, examples: Examples, chunk: int | None, each: Callable) -> Product:
    """The sum over chunks of `linear(θ, chunk)`, linearised now if that fits the memory, else at every product."""
    theta = flat.theta

    def size(n: int) -> int:
        return bytes_of(jax.eval_shape(linear, theta, head(examples, theta.dtype, n)))

    with flat.scope():
        pieces = cut(flat, examples, chunk, lambda: (size(32) - size(16)) / 16, CACHE)
        count, width = pieces.weight.shape
        if not np.isfinite(jax.jit(lambda t, p: summed(lambda piece: jnp.sum(each(outputs(flat.network(t), piece.x), piece.y)), p))(theta, pieces)):
            raise Problem("network: expected a finite loss on the examples, got NaN or infinity. Look at its outputs on them.")
        if count * size(width) <= STORE:
            every = jax.jit(lambda t, p: mapped(lambda piece: linear(t, piece), p))(theta, pieces)
            run = jax.jit(lambda every, v: summed(lambda one: one(v), every))
            held: tuple[PyTree, ...] = (every,)
        else:
            run = jax.jit(lambda t, p, v: summed(lambda piece: linear(t, piece)(v), p))
            held = (theta, pieces)

    def apply(v: np.ndarray) -> Array:
        with flat.scope():
            return run(*held, v)

    return Product(apply, theta.size, theta.dtype)


def mapped(function: Callable, pieces: PyTree) -> PyTree:
    """`jax.lax.map`, without its loop for a single chunk."""
    if len(jax.tree.leaves(pieces)[0]) == 1:
        return jax.tree.map(lambda leaf: leaf[None], function(jax.tree.map(lambda leaf: leaf[0], pieces)))
    return jax.lax.map(function, pieces)


def summed(function: Callable, pieces: PyTree) -> Array:
    """The sum of `function` over chunks."""
    if len(jax.tree.leaves(pieces)[0]) == 1:
        return function(jax.tree.map(lambda leaf: leaf[0], pieces))
    first = jax.eval_shape(function, jax.tree.map(lambda leaf: leaf[0], pieces))
    return jax.lax.scan(lambda total, piece: (total + function(piece), None), jnp.zeros(first.shape, first.dtype), pieces)[0]
