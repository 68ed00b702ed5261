"""How many coordinates inputs vary in: the maximum likelihood estimate from distances to nearest neighbours."""

import numpy as np
from jaxtyping import Float
from sklearn.neighbors import NearestNeighbors

from unseen._problem import Problem


def intrinsic_dimension(x: Float[np.ndarray, "n *input"], *, neighbours: int = 5) -> float:
    """Intrinsic dimension 1 / mean(log T_k(x) - log T_j(x)) over all points x and j < k, with T_j the distance to the j-th nearest of the others.

    Above 0, without units; unchanged by rotation, shift and scale. Where points are dense enough for their density and the manifold to look flat up to
    the k-th neighbour, log T_k - log T_j has mean 1/m on average over j, so that its inverse is consistent. With n points it comes out low in many
    dimensions: for a uniform sample of 2000 on a sphere by about 1 % in 4, 3 % in 6, and 7 % in 10. Copies of a point are counted once.
    Source: Levina & Bickel (2004), with inverses averaged as MacKay & Ghahramani (2005) do; `neighbours` is 5 in Boopathy et al. (2023).

    Raises:
        Problem: fewer than 2 neighbours, or not more different points than neighbours, or points that are not finite.

    >>> plane = np.random.default_rng(0).normal(size=(2000, 2)) @ np.random.default_rng(1).normal(size=(2, 9))
    >>> round(intrinsic_dimension(plane), 1)
    2.0
    """
    points = np.asarray(x, float).reshape(len(x), -1)
    if not np.isfinite(points).all():
        raise Problem("x: expected finite numbers, got some that are NaN or infinite.")
    points = np.unique(points, axis=0)
    if not 2 <= neighbours < len(points):
        raise Problem(f"neighbours: expected at least 2, and fewer than the {len(points)} different points, got {neighbours!r}.")
    distances, _ = NearestNeighbors(n_neighbors=neighbours + 1).fit(points).kneighbors(points)
    logs = np.log(distances[:, 1:])
    return float(1 / np.mean(logs[:, -1:] - logs[:, :-1]))
