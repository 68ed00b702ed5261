"""Whether numbers are represented as a generalized helix: a line and circles of several periods (Kantamneni & Tegmark 2025)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from unseen._problem import Problem

PERIODS = (2.0, 5.0, 10.0, 100.0)


class Helix(NamedTuple):
    """A fitted helix: number a ↦ centre + B(a) @ coefficients.

    Attributes:
        centre: what does not depend on the number.
        coefficients: C, one row for each column of `basis`.
        periods: T of the circles.
        share: of the variance of the states that the helix explains, R² in [0, 1].
        left_out: the same with each number predicted from the others, at most 1; below 0 where the mean of the states predicts better.
        chance: the expectation of `share` where the states are independent of the numbers and normal: rank of B over (numbers - 1).
    """

    centre: Float[np.ndarray, " width"]
    coefficients: Float[np.ndarray, "columns width"]
    periods: tuple[float, ...]
    share: float
    left_out: float
    chance: float

    def at(self, numbers: ArrayLike) -> Float[np.ndarray, "n width"]:
        """The states on the helix of these numbers, seen or not: put in the place of a network's own, they say whether it calculates with the helix."""
        return self.centre + basis(numbers, self.periods) @ self.coefficients


def basis(numbers: ArrayLike, periods: tuple[float, ...] = PERIODS) -> Float[np.ndarray, "n columns"]:
    """B(a) = (a, cos(2πa/T), sin(2πa/T) for each period T).

    >>> basis([0, 1], periods=(4.0,)).round(3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    """
    a = np.asarray(numbers, float)
    circles = [wave(2 * np.pi * a / period) for period in periods for wave in (np.cos, np.sin)]
    return np.stack([a, *circles], axis=1)


def helix(states: ArrayLike, numbers: ArrayLike, *, periods: tuple[float, ...] = PERIODS, components: int | None = 100) -> Helix:
    """The helix nearest to the states of numbers in least squares, within the span of their first principal components.

    minimise Σ_a ‖P (h_a - centre) - B(a) C‖² over C, P projecting on the `components` directions in which the states vary most, as the authors do. Shares
    are of the whole variance, also of that outside of these directions. Without P the fit is invariant to rotations of the states.

    Args:
        states: h_a, [numbers, width]: one for each number, or several.
        numbers: a.
        periods: T; by default those that the authors found in language models that count in tens. A period of 2 has no sine at whole numbers.
        components: how many principal components; None for all.

    Raises:
        Problem: where shapes do not fit, or there are not more numbers than columns.

    Source: "Language Models Use Trigonometry to Do Addition", arXiv 2502.00873.

    >>> a = np.arange(20)
    >>> fit = helix(np.stack([a, np.cos(np.pi * a / 5)], axis=1), a)
    >>> round(fit.share, 6), fit.at([25]).round(3).tolist()
    (1.0, [[25.0, -1.0]])
    """
    h, a = np.asarray(states, float), np.asarray(numbers, float)
    columns = basis(a, periods) if a.ndim == 1 else np.empty((0, 0))
    if h.ndim != 2 or len(h) != len(columns) or len(h) <= columns.shape[1] + 1:
        raise Problem(
            f"states, numbers: expected states [n, width] and n numbers, n above {2 * len(periods) + 2}, got shapes {h.shape} and {a.shape}. "
            "Take more numbers, or fewer periods."
        )
    mean = h.mean(axis=0)
    variance = np.sum((h - mean) ** 2)
    directions = np.linalg.svd(h - mean, full_matrices=False)[2][:components]
    centred = columns - columns.mean(axis=0)
    found = np.linalg.pinv(centred, rcond=1e-10) @ (h - mean) @ directions.T @ directions
    leverage = 1 / len(h) + np.einsum("nc,cn->n", centred, np.linalg.pinv(centred, rcond=1e-10))
    errors = h - mean - centred @ found
    left_out = np.sum((errors / np.maximum(1 - leverage, 1e-12)[:, None]) ** 2)
    mean_left_out = variance / (1 - 1 / len(h)) ** 2
    rank = int(np.linalg.matrix_rank(centred, tol=1e-8 * np.linalg.norm(centred)))
    return Helix(
        mean - columns.mean(axis=0) @ found,
        found,
        tuple(periods),
        float(1 - np.sum(errors**2) / variance),
        float(1 - left_out / mean_left_out),
        rank / (len(h) - 1),
    )
