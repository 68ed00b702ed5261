"""How many coordinates inputs vary in: from the ratio of the distances to the two nearest neighbours."""

import numpy as np
from jaxtyping import Float
from sklearn.neighbors import NearestNeighbors

from unseen._problem import Problem, real_numbers


def two_nn_dimension(x: Float[np.ndarray, "n *input"], *, discard: float = 0.1) -> float:
    """Intrinsic dimension by TwoNN: slope of -log(1 - F) on log μ through the origin, with μ = T₂/T₁ of each point and F its rank among them.

    Above 0, without units; unchanged by rotation, shift and scale. Where density and manifold look constant up to the second neighbour, P(μ > t) = t^-m, so
    that -log(1 - F(μ)) = m log μ. F of the i-th smallest μ is (i - 1)/n; the share `discard` with the largest μ, where that is least true, is left out of
    the line. It looks at a smaller scale than `intrinsic_dimension` with more neighbours does, so that curvature and varying density matter less, noise
    and chance more: its standard deviation is about m/√n. Copies of a point are counted once. Source: Facco, d'Errico, Rodriguez & Laio (2017).

    Raises:
        Problem: points that are not finite, fewer than 3 different ones, or a share outside [0, 1).

    >>> plane = np.random.default_rng(0).normal(size=(2000, 2)) @ np.random.default_rng(1).normal(size=(2, 9))
    >>> round(two_nn_dimension(plane), 1)
    2.0
    """
    points = np.unique(real_numbers("x", x).reshape(len(x), -1), axis=0)
    if len(points) < 3 or not 0 <= discard < 1:
        raise Problem(f"x, discard: expected at least 3 different points and a share in [0, 1), got {len(points)} and {discard!r}.")
    distances = NearestNeighbors(n_neighbors=3).fit(points).kneighbors(points)[0]
    kept = max(2, int(len(points) * (1 - discard)))
    logs = np.sort(np.log(distances[:, 2] / distances[:, 1]))[:kept]
    if not logs[-1] > 0:
        raise Problem(
            "x: expected points whose two nearest neighbours lie at different distances, got a grid, or binary numbers: it has no dimension of this kind."
        )
    return float(-logs @ np.log1p(-np.arange(kept) / len(points)) / (logs @ logs))
