"""Variance inflation factors: how far each feature is a linear combination of the others."""

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem


def variance_inflation(features: Float[np.ndarray, "n k"]) -> Float[np.ndarray, " k"]:
    """VIF_j = 1/(1 - R²_j), at least 1, R²_j being that of the least-squares regression of feature j on all others and a constant; above 10 is often called
    multicollinear. Infinite where a feature is a combination of others, and NaN where it is constant.

    It is the diagonal of the inverse of the correlation matrix (Marquardt 1970). Of hidden units: Cheng, Khomtchouk, Matloff & Mohanty (2018).

    Args:
        features: k of n examples, n above k + 1: with fewer each feature is a combination of the others whatever it is.

    Raises:
        Problem: too few examples, or numbers that are not finite.

    >>> x = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> variance_inflation(x).tolist(), variance_inflation(x @ np.array([[1.0, 0.6], [0.0, 0.8]])).round(4).tolist()  # a correlation of 0.6
    ([1.0, 1.0], [1.5625, 1.5625])
    """
    x = np.asarray(features, float)
    if x.ndim != 2 or len(x) <= x.shape[1] + 1 or not np.isfinite(x).all():
        raise Problem(f"features: expected finite numbers [n, k] with n above k + 1, got shape {np.shape(features)}. Take more examples, or fewer features.")
    x = x - x.mean(axis=0)
    size = np.linalg.norm(x, axis=0)
    varies = size > 1e-10 * max(size.max(), 1e-300)
    found = np.full(x.shape[1], np.nan)
    if varies.any():
        _, singular, right = np.linalg.svd(x[:, varies] / size[varies], full_matrices=False)
        small = singular < 1e-8 * singular[0]
        with np.errstate(divide="ignore"):
            found[varies] = np.where((np.abs(right[small]) > 1e-6).any(axis=0), np.inf, np.sum((right[~small] / singular[~small, None]) ** 2, axis=0))
    return found
