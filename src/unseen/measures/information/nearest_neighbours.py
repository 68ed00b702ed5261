"""Mutual information of real vectors from distances to nearest neighbours."""

import numpy as np
from jaxtyping import Float
from scipy.special import digamma
from sklearn.neighbors import KDTree

from unseen._problem import Problem


def neighbour_information(x: Float[np.ndarray, "n dx"], y: Float[np.ndarray, "n dy"], *, neighbours: int = 5) -> float:
    """The estimate of Kraskov, Stögbauer & Grassberger: ψ(k) + ψ(n) - mean(ψ(a + 1) + ψ(b + 1)) in nats; it can come out a little below 0.

    a and b count the other points whose x, or y, is nearer (in the largest coordinate) than the k-th neighbour of the pair is. Nearly unbiased in few
    dimensions and for a few nats; with n points it cannot follow information far above log n, and comes out low in many dimensions. Source: Kraskov et
    al. (2004), eq. 8.

    Raises:
        Problem: numbers of points that differ, or are not above `neighbours`; points that are not finite.

    >>> x, noise = np.random.default_rng(0).normal(size=(2, 3000, 1))
    >>> bool(abs(neighbour_information(x, 0.8 * x + 0.6 * noise) - -0.5 * np.log(1 - 0.64)) < 0.06)
    True
    """
    x, y = np.asarray(x, float).reshape(len(x), -1), np.asarray(y, float).reshape(len(y), -1)
    if not (len(x) == len(y) > neighbours >= 1 and np.isfinite(x).all() and np.isfinite(y).all()):
        raise Problem(f"x, y, neighbours: expected as many finite points of either, more than neighbours ≥ 1, got {len(x)}, {len(y)} and {neighbours!r}.")
    both = np.hstack([x, y])
    radius = KDTree(both, metric="chebyshev").query(both, k=neighbours + 1)[0][:, -1]
    strictly = np.nextafter(radius, 0)
    counts = [KDTree(side, metric="chebyshev").query_radius(side, strictly, count_only=True) for side in (x, y)]  # the point itself counts as the + 1
    return float(digamma(neighbours) + digamma(len(x)) - np.mean(digamma(counts[0]) + digamma(counts[1])))
