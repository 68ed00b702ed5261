"""A model that is linear in its parameters, f = f_0 + J δ, under gradient flow or descent on squared error: the kernel K = J Jᵀ tells all."""

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, real_numbers, whole

Spectrum = tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n n"]]


def modes(kernel: Float[np.ndarray, "n _"]) -> Spectrum:
    """Eigenvalues of a kernel matrix, the largest first, none below 0 (rounding), and its eigenvectors as columns.

    Under gradient flow the error along eigenvector i falls as e^(-λ_i t) (kernel principal components; Jacot et al. 2018, section 5).

    Raises:
        Problem: a matrix that is not square, symmetric and finite, or that has eigenvalues well below 0.

    >>> modes(np.diag([1.0, 3.0]))[0].tolist()
    [3.0, 1.0]
    """
    kernel = real_numbers("kernel", kernel) if np.iscomplexobj(kernel) else np.asarray(kernel, float)
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or not kernel.size:
        raise Problem(f"kernel: expected a square matrix, got shape {kernel.shape}. Flatten outputs into the axis of the examples first.")
    size = np.abs(kernel).max()
    if not np.isfinite(size) or np.abs(kernel - kernel.T).max() > 1e-4 * size:
        raise Problem("kernel: expected a finite symmetric matrix, got one that is not.")
    values, vectors = np.linalg.eigh((kernel + kernel.T) / 2)
    if values[0] < -1e-4 * size * len(kernel):
        raise Problem(f"kernel: expected a positive semidefinite matrix, got one with the eigenvalue {values[0]:.3g}.")
    return np.maximum(values[::-1], 0.0), vectors[:, ::-1]


def gradient_flow(
    time: float | Float[np.ndarray, "..."], kernel: Float[np.ndarray, "n n"], error: Float[np.ndarray, "_ *k"], cross: Float[np.ndarray, "m _"] | None = None
) -> Float[np.ndarray, "..."]:
    """The change f_t - f_0 after so much time of df/dt = -K (f - y): K_xX K⁻¹ (I - e^(-K t)) (y - f_0), at the training inputs X or at others x.

    Modes without an eigenvalue grow as t times the cross kernel, so that K need not be invertible. Gradient descent at rate η on the mean over
    n examples of (f - y)² follows it with t = 2 η steps/n for small η; at infinity it is regression with the kernel.

    Args:
        time: at least 0; any shape, which comes first in the result.
        kernel: K(X, X), symmetric, positive semidefinite.
        error: y - f_0(X), one or several outputs (each with the same kernel).
        cross: K(x, X); None: the training inputs themselves.

    Raises:
        Problem: shapes that do not fit, a time below 0, or a kernel that is none.

    >>> gradient_flow(np.array([0.0, np.log(2)]), np.eye(2), np.array([1.0, -2.0])).round(3).tolist()
    [[0.0, 0.0], [0.5, -1.0]]
    """
    time = np.asarray(time, float)
    if not (time >= 0).all():
        raise Problem(f"time: expected numbers of at least 0, got {time!r}.")
    values, vectors = modes(kernel)
    rate = np.multiply.outer(time, values)
    # (1 - e^(-λt))/λ, which is t at λ = 0
    integral = np.divide(-np.expm1(-rate), values, out=np.broadcast_to(time[..., None], rate.shape).copy(), where=values > 0)
    return _change(integral, kernel, vectors, error, cross)


def gradient_descent(
    steps: int | np.ndarray, rate: float, kernel: Float[np.ndarray, "n n"], error: Float[np.ndarray, "_ *k"], cross: Float[np.ndarray, "m _"] | None = None
) -> Float[np.ndarray, "..."]:
    """As `gradient_flow`, after so many steps of f ← f - rate K (f - y): exact at any rate, and diverging for a rate above 2/λ_max, as it must.

    >>> gradient_descent(2, 0.5, np.eye(1), np.array([1.0])).tolist()
    [0.75]
    """
    number(rate=rate)
    steps = np.asarray(steps)
    if steps.dtype.kind not in "iu" or not (steps >= 0).all() or not rate > 0:
        raise Problem(f"steps, rate: expected whole numbers of at least 0 and a number above 0, got {steps!r} and {rate!r}.")
    values, vectors = modes(kernel)
    left = (1 - rate * values) ** steps[..., None]
    none = np.broadcast_to(rate * np.asarray(steps, float)[..., None], left.shape)
    return _change(np.divide(1 - left, values, out=none.copy(), where=values > 0), kernel, vectors, error, cross)


def simulate(
    jacobian: Float[np.ndarray, "n p"], error: Float[np.ndarray, " n"], rate: float, steps: int, other: Float[np.ndarray, "m p"] | None = None
) -> Float[np.ndarray, "t m"]:
    """The change f - f_0 along gradient descent on the parameters themselves, δ ← δ - rate Jᵀ (J δ - error): what `gradient_descent` solves.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> simulate(np.eye(1), np.ones(1), 0.5, 2).tolist()
    [[0.0], [0.5], [0.75]]
    """
    whole(0, steps=steps)
    fitting(jacobian=(jacobian, "n p"), error=(error, "n"), rate=(rate, ""))
    delta, seen = np.zeros(np.shape(jacobian)[1]), jacobian if other is None else other
    path = [seen @ delta]
    for _ in range(steps):
        delta = delta - rate * jacobian.T @ (jacobian @ delta - error)
        path.append(seen @ delta)
    return np.array(path)


def _change(integral: np.ndarray, kernel: np.ndarray, vectors: np.ndarray, error: np.ndarray, cross: np.ndarray | None) -> np.ndarray:
    fitting(error=(error, "..."))
    error = np.asarray(error, float)
    seen = np.asarray(kernel if cross is None else cross, float)
    if error.shape[:1] != (len(vectors),) or seen.ndim != 2 or seen.shape[1] != len(vectors):
        raise Problem(f"error, cross: expected [{len(vectors)}, …] and [m, {len(vectors)}], got shapes {error.shape} and {seen.shape}.")
    along = vectors.T @ error.reshape(len(vectors), -1)
    change = (seen @ vectors) @ (integral[..., None] * along)
    return change.reshape(*integral.shape[:-1], len(seen), *error.shape[1:])
