"""How the parameters at the end of training depend on those at its start: the training Jacobian, its three regions, and how far two subspaces overlap."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, PyTree

from unseen._types import Problem

Parameters = Float[Array, " size"]


class Unrolled(eqx.Module):
    """Training as a function of the initial parameters: `epochs` passes over the same batches in the same order, without any randomness.

    Attributes:
        loss: of (parameters, batch), a number.
        update: an optax transformation, which must be differentiable (Adam needs `eps_root` > 0).
        batches: every leaf [steps in an epoch, batch, ...].
        epochs: passes, 0 for none.

    >>> train = Unrolled(lambda theta, batch: jnp.sum(theta**2), optax.sgd(0.25), jnp.zeros((2, 1)))
    >>> train(jnp.array([1.0, 2.0])).tolist()
    [0.25, 0.5]
    """

    loss: Callable[[Parameters, Any], Array] = eqx.field(static=True)
    update: optax.GradientTransformation = eqx.field(static=True)
    batches: PyTree[Array]
    epochs: int = eqx.field(static=True, default=1)

    def __call__(self, theta: Parameters) -> Parameters:
        """The parameters after training from `theta`."""

        def step(carry: tuple[Parameters, Any], batch: Any) -> tuple[tuple[Parameters, Any], None]:
            theta, state = carry
            change, state = self.update.update(jax.grad(self.loss)(theta, batch), state, theta)
            return (optax.apply_updates(theta, change), state), None  # pyright: ignore[reportReturnType]

        def epoch(carry: tuple[Parameters, Any], _: None) -> tuple[tuple[Parameters, Any], None]:
            return jax.lax.scan(step, carry, self.batches)

        return jax.lax.scan(epoch, (theta, self.update.init(theta)), None, length=self.epochs)[0][0]


@eqx.filter_jit
def _pushed(train: Callable[[Parameters], Parameters], theta: Parameters, first: Array, chunk: int) -> Float[Array, "chunk size"]:
    tangents = jax.nn.one_hot(first + jnp.arange(chunk), theta.size, dtype=theta.dtype)  # rows beyond the last parameter are 0
    return jax.vmap(lambda tangent: jax.jvp(train, (theta,), (tangent,))[1])(tangents)


def training_jacobian(train: Callable[[Parameters], Parameters], theta: Array, *, chunk: int = 256) -> Float[np.ndarray, "size size"]:
    """J = ∂θ_T/∂θ_0 [final, initial] of `train` at θ_0 = `theta`, in forward mode, in the precision of `theta`.

    For gradient descent J = Π_t (I − rate·H_t), later steps to the left, with H_t the Hessian of step t's loss at θ_t. Its cost is that of about 2·size
    trainings, its memory size² numbers and `chunk` copies of the training state. Belrose & Scherlis (2024).

    Args:
        train: differentiable, deterministic; an Equinox module (`Unrolled`) is compiled once for all data of the same shapes.
        theta: the initial parameters as one vector, as of `jax.flatten_util.ravel_pytree`.
        chunk: columns computed at once.

    Raises:
        Problem: parameters that are no vector of real numbers, a chunk below 1, or derivatives that are not finite.

    >>> training_jacobian(Unrolled(lambda theta, batch: theta @ theta, optax.sgd(0.25), jnp.zeros((2, 1))), jnp.ones(2)).tolist()
    [[0.25, 0.0], [0.0, 0.25]]
    """
    if theta.ndim != 1 or not theta.size or not jnp.issubdtype(theta.dtype, jnp.floating) or chunk < 1:
        raise Problem(f"theta, chunk: expected a vector of real numbers and at least 1, got {theta.dtype}{list(theta.shape)} and {chunk!r}. Use ravel_pytree.")
    chunk = -(-theta.size // -(-theta.size // chunk))
    columns = [np.asarray(_pushed(train, theta, jnp.array(first), chunk)) for first in range(0, theta.size, chunk)]
    jacobian = np.concatenate(columns)[: theta.size].T
    if not np.isfinite(jacobian).all():
        raise Problem("train: expected finite derivatives, got some that are NaN or infinite. Lower the learning rate, or give Adam an eps_root.")
    return jacobian


@dataclass(frozen=True)
class TrainingSpectrum:
    """The singular value decomposition of a training Jacobian, J = Σ_i σ_i u_i v_iᵀ, and its regions (Belrose & Scherlis 2024).

    Attributes:
        final: left singular vectors u_i [size, size], one a row: directions of θ_T.
        values: σ_i [size], falling.
        initial: right singular vectors v_i [size, size], one a row: directions of θ_0.
        tolerance: σ within 1 ± tolerance is the bulk; above is chaotic, below stable.
    """

    final: Float[np.ndarray, "size size"]
    values: Float[np.ndarray, " size"]
    initial: Float[np.ndarray, "size size"]
    tolerance: float = 0.01

    @classmethod
    def of(cls, jacobian: Float[np.ndarray, "size size"], tolerance: float = 0.01) -> "TrainingSpectrum":
        """That of a Jacobian; `tolerance` is in (0, 1).

        Raises:
            Problem: a tolerance outside that range.

        >>> spectrum = TrainingSpectrum.of(np.diag([3.0, 1.0, 0.5]))
        >>> spectrum.chaotic.tolist(), spectrum.bulk.tolist(), spectrum.stable.tolist()
        ([True, False, False], [False, True, False], [False, False, True])
        """
        if not 0 < tolerance < 1:
            raise Problem(f"tolerance: expected a number in (0, 1), got {tolerance!r}.")
        left, values, right = np.linalg.svd(jacobian)
        return cls(left.T, values, right, tolerance)

    @property
    def chaotic(self) -> Bool[np.ndarray, " size"]:
        """Where σ > 1 + tolerance."""
        return self.values > 1 + self.tolerance

    @property
    def bulk(self) -> Bool[np.ndarray, " size"]:
        """Where |σ − 1| ≤ tolerance."""
        return ~(self.chaotic | self.stable)

    @property
    def stable(self) -> Bool[np.ndarray, " size"]:
        """Where σ < 1 − tolerance."""
        return self.values < 1 - self.tolerance

    @property
    def alignment(self) -> Float[np.ndarray, " size"]:
        """Cosines u_i·v_i in [-1, 1]: 1 where training carries a direction through unturned."""
        return np.sum(self.final * self.initial, axis=1)


def subspace_overlap(a: Float[np.ndarray, "k size"], b: Float[np.ndarray, "m size"]) -> float:
    """‖A Bᵀ‖_F²/min(k, m): mean squared cosine of the principal angles between two subspaces with orthonormal rows, in [0, 1]; NaN where one is empty.

    Of independent uniformly random subspaces it is max(k, m)/size on average.

    >>> subspace_overlap(np.eye(4)[:2], np.eye(4)[1:3])
    0.5
    """
    return float(np.sum((a @ b.T) ** 2) / min(len(a), len(b))) if len(a) and len(b) else float("nan")
