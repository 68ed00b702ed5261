"""The Rashomon ratio: how large a part of a class of models is almost as good as the best."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unseen._types import Problem


class Rashomon(NamedTuple):
    """An estimated ratio in [0, 1], its standard error, and the error rate of the best model."""

    ratio: float
    error: float
    best: float


def tree_rashomon_ratio(
    x: Float[np.ndarray, "n d"],
    y: Int[np.ndarray, " n"],
    rng: np.random.Generator,
    depth: int = 4,
    theta: float = 0.05,
    trees: int = 1000,
    best: float = 1.0,
) -> Rashomon:
    """The share of full binary trees of a depth whose training error is at most θ above the best, for two classes.

    Semenova, Rudin & Parr (2022), "On the Existence of Simpler Machine Learning Models": vol{f : L(f) ≤ L(f̂) + θ} / vol{f}. The volume is the law in which
    each inner node asks x_j > t for an independent uniform feature j and the value t of a uniform training example, and each leaf has an independent uniform
    label. Splits are sampled; over the 2^(2^depth) labels of the leaves the share is summed exactly, by the law of the number of mistakes. So
    the estimate is unbiased for a given L(f̂). Unchanged by increasing maps of the features.

    Args:
        x: features.
        y: classes 0 and 1.
        rng: draws the splits.
        depth: of all leaves, at least 1.
        theta: θ, in [0, 1], a rate of mistakes.
        trees: how many sets of splits are sampled, at least 2.
        best: L(f̂), the error rate of the best tree known; that of the best tree seen here where it is lower.

    Raises:
        Problem: where y has other values than 0 and 1.

    >>> x, y = np.arange(10.0)[:, None], np.arange(10) % 2
    >>> tree_rashomon_ratio(x, y, np.random.default_rng(0), depth=1, theta=1.0).ratio
    1.0
    """
    if not np.isin(y, (0, 1)).all():
        raise Problem(f"y: expected classes 0 and 1, got {np.unique(y)!r}. Take two classes, or one against the rest.")
    n, leaves = len(y), 2**depth
    node = np.ones((trees, n), int)
    features = rng.integers(x.shape[1], size=(trees, leaves))
    thresholds = x[rng.integers(n, size=(trees, leaves)), features]
    row, example = np.arange(trees)[:, None], np.arange(n)
    for _ in range(depth):
        node = 2 * node + (x[example, features[row, node]] > thresholds[row, node])
    counts = [np.stack([np.bincount(one[y == c] - leaves, minlength=leaves) for one in node]) for c in (0, 1)]
    best = min(best, float(np.minimum(*counts).sum(axis=1).min()) / n)
    allowed = int(np.floor((best + theta) * n + 1e-9))
    share = _share_within(np.stack(counts), min(allowed, n))
    return Rashomon(float(share.mean()), float(share.std(ddof=1) / np.sqrt(trees)), best)


def _share_within(counts: Int[np.ndarray, "2 trees leaves"], allowed: int) -> Float[np.ndarray, " trees"]:
    """For each tree, the share of its labelings with at most so many mistakes; a leaf makes as many as the examples of the class that it does not name."""
    law = np.zeros((counts.shape[1], allowed + 1))
    law[:, 0] = 1.0
    for leaf in range(counts.shape[2]):
        parts = []
        for mistakes in counts[:, :, leaf]:
            before = np.arange(allowed + 1) - mistakes[:, None]
            parts.append(np.where(before >= 0, np.take_along_axis(law, np.maximum(before, 0), axis=1), 0.0))
        law = (parts[0] + parts[1]) / 2
    return law.sum(axis=1)


def ridge_rashomon_ratio(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], penalty: float, theta: float, radius: float) -> float:
    """The share of the ball ‖w‖ ≤ radius in which ‖xw − y‖² + penalty ‖w‖² is at most θ above its minimum, exactly.

    With the minimum at ŵ and A = xᵀx + penalty I the loss is its minimum plus (w − ŵ)ᵀ A (w − ŵ), so that the set is an ellipsoid with the half axes
    sqrt(θ / λ_i(A)), and the share Π_i sqrt(θ / λ_i(A)) / radius (Semenova, Rudin & Parr 2022, in the volume of the ellipsoid).

    Args:
        x: features.
        y: targets.
        penalty: at least 0; above 0 where x has not full rank.
        theta: θ, above 0, in the unit of the loss.
        radius: of the hypothesis space.

    Raises:
        Problem: where the ellipsoid may reach out of the ball.

    >>> round(ridge_rashomon_ratio(np.eye(2), np.zeros(2), penalty=0.0, theta=0.25, radius=1.0), 6)
    0.25
    """
    gram = x.T @ x + penalty * np.eye(x.shape[1])
    centre, values = np.linalg.solve(gram, x.T @ y), np.linalg.eigvalsh(gram)
    reach = float(np.linalg.norm(centre) + np.sqrt(theta / values[0]))
    if not reach <= radius:
        raise Problem(
            f"radius: expected at least {reach:.4g}, so that the ball holds the whole ellipsoid, got {radius!r}. Take a larger ball, or a smaller theta."
        )
    return float(np.exp(np.sum(0.5 * np.log(theta / values) - np.log(radius))))
