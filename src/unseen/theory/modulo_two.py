"""Linear equations modulo 2, by elimination: how parities are learned from few examples, but not by gradients."""

import numpy as np
from jaxtyping import Bool

from unseen._types import Problem


def solve_modulo_two(matrix: np.ndarray, right: np.ndarray) -> Bool[np.ndarray, " m"] | None:
    """A solution s of matrix · s = right (mod 2), with unknowns that are not determined set to 0; None where there is none. O(n m²) operations.

    Args:
        matrix: whole numbers [n, m].
        right: whole numbers [n].

    Raises:
        Problem: shapes that do not fit.

    >>> solve_modulo_two(np.array([[1, 1], [0, 1]]), np.array([0, 1])).tolist()
    [True, True]
    """
    matrix, right = np.asarray(matrix), np.asarray(right)
    if matrix.ndim != 2 or right.shape != matrix.shape[:1]:
        raise Problem(f"matrix, right: expected [n, m] and [n], got shapes {matrix.shape} and {right.shape}.")
    rows = np.column_stack([matrix, right]) % 2 == 1
    pivots: list[int] = []
    for column in range(matrix.shape[1]):
        found = np.flatnonzero(rows[len(pivots) :, column])
        if not len(found):
            continue
        here, there = len(pivots), len(pivots) + int(found[0])
        rows[[here, there]] = rows[[there, here]]
        others = rows[:, column].copy()
        others[here] = False
        rows[others] ^= rows[here]
        pivots.append(column)
    if rows[len(pivots) :, -1].any():
        return None
    solution = np.zeros(matrix.shape[1], bool)
    solution[pivots] = rows[: len(pivots), -1]
    return solution
