"""The best low-rank solutions of matrix sensing, found greedily, one rank after the other."""

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from unseen._problem import Problem, fitting, number, whole


def greedy_low_rank(
    measurements: Float[np.ndarray, "m d d"], values: Float[np.ndarray, " m"], rank: int, tolerance: float = 1e-6
) -> list[Float[np.ndarray, "d d"]]:
    """Z_1, …, Z_rank: for each s a minimum over positive semidefinite Z of rank at most s of L(Z) = (1/m) Σ_i (⟨A_i, Z⟩ - y_i)².

    Greedy low-rank learning (Li, Luo & Lyu 2021): from Z_s = U Uᵀ (Z_0 = 0) a column is added to U along the eigenvector of the most negative eigenvalue of
    the gradient ∇L(Z_s), and L(U Uᵀ) is then minimised over all columns, here by Levenberg and Marquardt. Under a restricted isometry and well separated
    eigenvalues of the truth there is one such minimum for every s, and gradient descent from small initialisation passes by all of them (Jin et al. 2023).
    The minimum is local: that no other is lower is their theorem, not checked here. Once the fit is exact, the solution is repeated.

    Args:
        measurements: A_i; only their symmetric parts matter.
        values: y_i.
        rank: the largest rank s, in 1..d.
        tolerance: the largest norm of the gradient in U that counts as converged, relative to ‖U‖ times the mean square of y.

    Raises:
        Problem: shapes that do not fit, or a minimisation that did not converge.

    >>> A = np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    >>> [Z.round(6).diagonal().tolist() for Z in greedy_low_rank(A, np.array([3.0, 2.0, 0.0]), rank=2)]
    [[3.0, 0.0], [3.0, 2.0]]
    """
    whole(rank=rank)
    number(tolerance=tolerance)
    fitting(measurements=(measurements, "m d d"), values=(values, "m"))
    A, y = np.asarray(measurements, float), np.asarray(values, float)
    if A.ndim != 3 or A.shape[1] != A.shape[2] or y.shape != A.shape[:1] or not 1 <= rank <= A.shape[1]:
        raise Problem(f"measurements, values, rank: expected shapes (m, d, d) and (m,), rank in 1..d; got {A.shape}, {y.shape}, {rank!r}.")
    A = (A + A.swapaxes(1, 2)) / 2
    d, found, factor = A.shape[1], [], np.zeros((A.shape[1], 0))
    flat, energy = A.reshape(len(A), -1), float(np.mean(y**2))

    def residual(u: np.ndarray) -> np.ndarray:
        U = u.reshape(d, -1)
        return flat @ (U @ U.T).ravel() - y

    def jacobian(u: np.ndarray) -> np.ndarray:
        return 2 * (A @ u.reshape(d, -1)).reshape(len(A), -1)

    for _ in range(rank):
        left = flat @ (factor @ factor.T).ravel() - y
        if np.mean(left**2) <= 1e-20 * energy:
            found.append(factor @ factor.T)
            continue
        slope, directions = np.linalg.eigh(np.tensordot(left, A, 1) / len(A))
        if slope[0] >= 0:
            raise Problem(f"greedy_low_rank: no direction lowers the loss at rank {len(found)}. Give measurements of a positive semidefinite matrix.")
        start = np.column_stack([factor, np.sqrt(-slope[0]) * directions[:, 0]])
        factor = least_squares(residual, start.ravel(), jacobian, method="trf", ftol=None, xtol=1e-15, gtol=1e-13).x.reshape(d, -1)
        gradient = np.linalg.norm(jacobian(factor.ravel()).T @ residual(factor.ravel())) / len(A)
        if not gradient <= tolerance * energy * np.linalg.norm(factor):
            raise Problem(f"greedy_low_rank: rank {len(found) + 1} did not converge, the gradient's norm is {gradient:.2g}. Give more measurements.")
        found.append(factor @ factor.T)
    return found
