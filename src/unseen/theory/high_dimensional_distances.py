"""Classifying by distances in many dimensions from few examples: rules, transformed distances that see more than location and scale, and their limit."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from unseen._problem import Problem, fitting, number, whole
from unseen.theory._search import integral

Points = Float[np.ndarray, "n d"]
TRANSFORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "square": lambda t: t,
    "bounded": lambda t: -np.expm1(-t),
    "logarithm": np.log1p,
}


def dissimilarity(
    u: Points, v: Float[np.ndarray, "m _"], transform: str = "bounded", groups: Int[np.ndarray, " _"] | None = None, *, root: bool = False
) -> Float[np.ndarray, "n m"]:
    """h(u, v) = φ(mean over groups of γ(mean over the group's variables of |u_j - v_j|²)), each variable its own group by default.

    Roy, Sarkar, Dutta & Ghosh (2022): for d → ∞ the mean tends to E γ, which for a γ like 1 - e^{-t} ("bounded") or ln(1 + t) depends on whole
    distributions, for the squared Euclidean distance ("square") on means and variances only. φ is the square root if `root`, else the identity.

    Raises:
        Problem: an unknown transform, points of different dimensions, or groups that are not one per variable.

    >>> dissimilarity(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]]), "square", root=True).round(3).tolist()
    [[2.236]]
    """
    fitting(u=(u, "n d"), v=(v, "m e"))
    if transform not in TRANSFORMS:
        raise Problem(f"transform: expected one of {', '.join(TRANSFORMS)}, got {transform!r}.")
    if u.shape[1] != v.shape[1] or (groups is not None and groups.shape != u.shape[1:]):
        raise Problem(f"u, v, groups: expected points of one dimension and a group for each variable, got {u.shape}, {v.shape}, {groups!r}.")
    order = np.arange(u.shape[1]) if groups is None else np.argsort(groups, kind="stable")
    starts = None if groups is None else np.flatnonzero(np.diff(groups[order], prepend=-1))
    sizes = None if starts is None else np.diff(np.append(starts, len(order)))
    u, v = u[:, order], v[:, order]
    found = np.empty((len(u), len(v)))
    for i, one in enumerate(u):  # row by row: all differences at once would not fit in the cache
        squared = (one - v) ** 2
        squared = squared if starts is None else np.add.reduceat(squared, starts, axis=1) / sizes
        found[i] = TRANSFORMS[transform](squared).mean(axis=1)
    return np.sqrt(found) if root else found


def group_variables(x: Points, y: Int[np.ndarray, " n"], groups: int) -> Int[np.ndarray, " d"]:
    """Groups 0, 1, … of variables that go together: average linkage of 1 - |correlation| within classes, cut at so many groups.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> z = np.random.default_rng(0).standard_normal((40, 2))
    >>> x = np.repeat(z, 3, axis=1) + 0.3 * np.random.default_rng(1).standard_normal((40, 6))
    >>> len(set(group_variables(x, np.repeat([0, 1], 20), 2)[:3])), len(set(group_variables(x, np.repeat([0, 1], 20), 2)))
    (1, 2)
    """
    whole(groups=groups)
    fitting(x=(x, "n d"), y=(y, "n"))
    if not 1 <= groups <= x.shape[1]:
        raise Problem(f"groups: expected a number from 1 to {x.shape[1]} variables, got {groups!r}.")
    centred = np.concatenate([x[y == label] - x[y == label].mean(axis=0) for label in np.unique(y)])
    apart = 1 - np.abs(np.corrcoef(centred.T))
    np.fill_diagonal(apart, 0)
    return fcluster(linkage(squareform(apart, checks=False), "average"), groups, "maxclust") - 1


def average_scores(test: Float[np.ndarray, "m n"], train: Float[np.ndarray, "n n"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "m c"]:
    """Scale-adjusted average distance to each class: mean of h(z, x) over its members, minus half the mean of h between them. The smallest wins.

    Args:
        test: h between test and training points [m, n].
        train: h between training points [n, n].
        y: classes 0, 1, … of the training points, at least two of each.

    Raises:
        Problem: a class of fewer than two.

    >>> average_scores(np.array([[1.0, 1.0, 4.0, 4.0]]), np.array([[0, 2, 9, 9], [2, 0, 9, 9], [9, 9, 0, 2], [9, 9, 2, 0.0]]), np.array([0, 0, 1, 1])).tolist()
    [[0.0, 3.0]]
    """
    fitting(test=(test, "m n"), train=(train, "n n"), y=(y, "n"))
    scores = []
    for members in _classes(y):
        within = train[np.ix_(members, members)].sum() / (len(members) * (len(members) - 1))
        scores.append(test[:, members].mean(axis=1) - within / 2)
    return np.stack(scores, axis=1)


def neighbour_scores(test: Float[np.ndarray, "m n"], train: Float[np.ndarray, "n n"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "m c"]:
    """Distance to the nearest member of each class, of which point it is told by its distances to others: mean over x' ≠ x of |h(z, x') - h(x, x')|.

    Arguments as of `average_scores`. The mean absolute difference of distances of Pal, Mondal & Ghosh (2016).

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> neighbour_scores(np.array([[0.0, 2.0, 9.0, 9.0]]), np.array([[0, 2, 9, 9], [2, 0, 9, 9], [9, 9, 0, 2], [9, 9, 2, 0.0]]), np.array([0, 0, 1, 1]))[:, 0]
    array([0.])
    """
    fitting(test=(test, "m n"), train=(train, "n n"), y=(y, "n"))
    classes, n = _classes(y), len(train)
    apart = np.abs(test[:, None, :] - train[None])  # [test, x, x']
    apart[:, np.arange(n), np.arange(n)] = 0
    apart = apart.sum(axis=2) / (n - 1)
    return np.stack([apart[:, members].min(axis=1) for members in classes], axis=1)


def bounded_energy(first: Callable[[float], float], second: Callable[[float], float]) -> float:
    """2 E γ(|X - Y|²) - E γ(|X - X'|²) - E γ(|Y - Y'|²) of one variable with γ = 1 - e^{-t}: E |f(s) - g(s)|² over s ~ N(0, 2).

    For d → ∞ half of it is what `average_scores` of the wrong class exceeds those of the right one by; it is 0 only for equal distributions.

    Args:
        first: characteristic function f of X, real (of a symmetric distribution).
        second: that of Y.

    Raises:
        Problem: an integral that quadrature does not find.

    >>> round(bounded_energy(lambda s: np.exp(-(s**2) / 2), lambda s: np.exp(-(s**2))), 4)
    0.0246
    """
    return integral(lambda s: (first(s) - second(s)) ** 2 * np.exp(-(s**2) / 4) / np.sqrt(np.pi), 0.0, 30.0)


def heavy_tailed(rng: np.random.Generator, n: int, d: int) -> Points:
    """Student's t with 5 degrees of freedom in each variable, scaled to variance 1; its characteristic function is `heavy_tailed_function`.

    >>> heavy_tailed(np.random.default_rng(0), 2, 3).shape
    (2, 3)
    """
    whole(1, n=n, d=d)
    return rng.standard_t(5, (n, d)) * np.sqrt(3 / 5)


def heavy_tailed_function(s: float) -> float:
    """(1 + a + a²/3) e^{-a}, a = √3 |s|.

    >>> heavy_tailed_function(0.0)
    1.0
    """
    number(s=s)
    a = np.sqrt(3) * abs(s)
    return float((1 + a + a**2 / 3) * np.exp(-a))


def blocks(rng: np.random.Generator, n: int, d: int, size: int, correlation: float) -> Points:
    """Standard normal variables, those of each block of `size` with the given correlation, at least 0, the others independent.

    >>> blocks(np.random.default_rng(0), 2, 6, 3, 0.5).shape
    (2, 6)
    """
    whole(1, n=n, d=d, size=size)
    number(correlation=correlation)
    if d % size or not 0 <= correlation <= 1:
        raise Problem(f"size, correlation: expected a divisor of {d} and a number from 0 to 1, got {size!r} and {correlation!r}.")
    common = np.repeat(rng.standard_normal((n, d // size)), size, axis=1)
    return np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.standard_normal((n, d))


def _classes(y: np.ndarray) -> list[np.ndarray]:
    members = [np.flatnonzero(y == label) for label in range(int(y.max()) + 1)]
    if min(len(one) for one in members) < 2:
        raise Problem(f"y: expected classes 0, 1, … with at least 2 members each, got {np.bincount(y).tolist()} members.")
    return members
