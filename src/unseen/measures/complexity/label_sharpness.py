"""How near to each other examples with different labels come."""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import cdist

from unseen._problem import Problem


def label_sharpness(x: Float[np.ndarray, "n *input"], y: Int[np.ndarray, " n"]) -> float:
    """One over the smallest distance between examples with different labels: max 1[y_i ≠ y_j] / ‖x_i - x_j‖ over all pairs with x_i ≠ x_j.

    Above 0, in one over the unit of x; 0 where all labels are equal. It is a Lipschitz constant of the labels, as seen in these examples: rotations and
    shifts leave it as it is, a scale divides it. So compare it only between data in the same pixels and the same range of values. It never falls when
    examples are added, and rests on a single pair: compare it at one n. Pairs of equal inputs, whatever their labels, are left out. Source: Konz & Mazurowski
    (2024), section 3.2 (over all pairs of 1000 examples) and appendix A.1 (more than two classes; their published code has = in place of ≠ there).

    Raises:
        Problem: inputs that are not finite, or not as many labels as inputs, or none.

    >>> label_sharpness(np.array([[0.0], [1.0], [1.5], [1.5]]), np.array([0, 0, 1, 0]))
    2.0
    """
    points, y = np.asarray(x, float), np.asarray(y)
    if not len(points) or y.shape != (len(points),) or not np.isfinite(points).all():
        raise Problem(f"x, y: expected finite inputs and one label each, at least one, got {len(points)} inputs and labels of shape {y.shape}.")
    points, nearest = points.reshape(len(points), -1), np.inf
    for label in np.unique(y)[1:]:  # each class against all those before it: every pair of classes once
        distances = cdist(points[y == label], points[y < label])
        nearest = min(nearest, distances[distances > 0].min(initial=np.inf))
    return float(1 / nearest)
