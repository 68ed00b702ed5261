"""Where bilevel least squares with many outer solutions converges to, by the approximation of the hypergradient."""

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, whole


def truncated_inverse(hessian: Float[np.ndarray, "d d"], rate: float, terms: int | None) -> Float[np.ndarray, "d d"]:
    """The Neumann series α Σ_{j < K} (I − αH)^j of the inverse of a symmetric H ≥ 0; the pseudo-inverse of H for `terms` None.

    α is `rate`, K is `terms`. On an eigenvector of eigenvalue λ it is (1 − (1 − αλ)^K) / λ, and αK for λ = 0. It is what differentiation through
    the last K steps of gradient descent at a fixed point puts in the place of the inverse Hessian (Lorraine, Vicol & Duvenaud 2020).

    Raises:
        Problem: an H that is not symmetric, fewer than one term, or a rate for which the series diverges (not in (0, 2/λ_max)).

    >>> truncated_inverse(np.diag([1.0, 0.5]), rate=1.0, terms=2).diagonal().tolist()
    [1.0, 1.5]
    """
    if terms is not None:
        whole(terms=terms)
    fitting(hessian=(hessian, "d d"), rate=(rate, ""))
    if not np.allclose(hessian, hessian.T):
        raise Problem("hessian: expected a symmetric matrix, got one that is not. Give the whole second derivative, not a triangle of it.")
    if terms is None:
        return np.linalg.pinv(hessian, hermitian=True)
    values, vectors = np.linalg.eigh(hessian)
    if terms < 1 or not 0 < rate * values[-1] < 2:
        raise Problem(f"terms, rate: expected at least 1 term and a rate in (0, {2 / values[-1]:.3g}), got {terms!r} and {rate!r}.")
    zero = values <= 1e-12 * values[-1]
    safe = np.where(zero, 1.0, values)
    return (vectors * np.where(zero, rate * terms, (1 - (1 - rate * values) ** terms) / safe)) @ vectors.T


def outer_limit(
    inner: Float[np.ndarray, "m d"], outer: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], rate: float = 1.0, terms: int | None = None
) -> Float[np.ndarray, " m"]:
    """Targets u to which gradient descent from u = 0 on ½‖Ψ w*(u) − y‖² converges, where w*(u) = Φ⁺u minimises ½‖Φw − u‖² with the smallest norm.

    u = Φ A Ψᵀ (Ψ Φ⁺Φ A Ψᵀ)⁻¹ y, with Φ `inner`, Ψ `outer` and A = `truncated_inverse(ΦᵀΦ, rate, terms)` in the place of the inverse Hessian in the
    hypergradient: each step stays in the span of Φ A Ψᵀ. All of them fit y exactly; with the exact hypergradient (`terms` None) u is the one of least
    Euclidean norm. Assumes that some u fits y, by a step small enough for descent. Derived for Vicol et al. (2022), section 4.2; the case of the
    exact hypergradient is their theorem on the outer parameters' norm.

    Raises:
        Problem: outer data that no u fits (Ψ Φ⁺Φ not of full row rank).

    >>> phi = np.array([[1.0, 0.0], [0.0, 0.5], [0.0, 0.0]])
    >>> outer_limit(phi, np.array([[1.0, 1.0]]), np.array([1.0])).round(3).tolist()
    [0.2, 0.4, 0.0]
    """
    fitting(inner=(inner, "m d"), outer=(outer, "n d"), y=(y, "n"), rate=(rate, ""))
    inverse = truncated_inverse(inner.T @ inner, rate, terms)
    response = outer @ np.linalg.pinv(inner)
    directions = inner @ inverse @ outer.T
    if np.linalg.matrix_rank(response) < len(outer):
        raise Problem(f"inner, outer: expected outer data that some targets fit, got {len(outer)} points of which only some can be. Take fewer of them.")
    return directions @ np.linalg.solve(response @ directions, y)
