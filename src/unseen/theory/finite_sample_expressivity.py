"""A network of two layers that has any labels on any points."""

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting


def interpolating_network(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], rng: np.random.Generator
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """(a, b, w), 2n + d weights, with Σ_j w_j max(a·x_i - b_j, 0) = y_i for all i.

    Zhang et al. (2017), theorem 1: for a random direction a the projections z = a·x differ; with b_1 < z_1 ≤ b_2 < z_2 … (in order of z) the matrix
    max(z_i - b_j, 0) is lower triangular with a positive diagonal. Here b_j = z_(j-1): the network is then the line through all (z_i, y_i), and w are
    the changes of its slope, which stays accurate for thousands of points.

    Raises:
        Problem: two points are equal, so that no function has different labels on them.

    >>> x, y = np.array([[0.0], [1.0], [3.0]]), np.array([1.0, -1.0, 5.0])
    >>> a, b, w = interpolating_network(x, y, np.random.default_rng(0))
    >>> network(x, a, b, w).round(6).tolist()
    [1.0, -1.0, 5.0]
    """
    x, y = fitting(x=(x, "n d"), y=(y, "n"))
    a = rng.normal(size=x.shape[1])
    z = x @ a
    order = np.argsort(z)
    z, y = z[order], y[order]
    if (np.diff(z) <= 0).any():
        raise Problem("x: expected different points, got two that are equal (or whose projections are). Remove one of them.")
    b = np.concatenate([[z[0] - 1.0], z[:-1]])
    slopes = np.diff(y, prepend=0.0) / (z - b)
    return a, b, np.diff(slopes, prepend=0.0)


def network(x: Float[np.ndarray, "n d"], a: Float[np.ndarray, " d"], b: Float[np.ndarray, " m"], w: Float[np.ndarray, " m"]) -> Float[np.ndarray, " n"]:
    """Σ_j w_j max(a·x - b_j, 0)."""
    fitting(x=(x, "n d"), a=(a, "d"), b=(b, "units"), w=(w, "units"))
    return np.maximum((x @ a)[:, None] - b, 0) @ w
