"""Interpolation of points of the line by a two-layer ReLU network of least norm: the function itself, exactly, and what noise in the labels costs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import gamma

from unseen._problem import Problem, number, whole
from unseen.theory._search import integral

Points = Float[np.ndarray, "sets n"]


@dataclass(frozen=True)
class PiecewiseLinear:
    """Continuous functions on [0, 1], one a row: straight between the knots [sets, k], non-decreasing from 0 to 1, at which they have `values` [sets, k]."""

    knots: np.ndarray
    values: np.ndarray


def linear_spline(x: Points, y: Points) -> PiecewiseLinear:
    """The points joined by straight lines; beyond the first and the last point, the nearest of these lines goes on.

    Args:
        x: positions in [0, 1], increasing in each row, at least two.
        y: labels.

    Raises:
        Problem: shapes that differ, or positions that are not increasing or not in [0, 1].

    >>> linear_spline(np.array([[0.25, 0.5]]), np.array([[1.0, 2.0]])).values.tolist()
    [[0.0, 1.0, 2.0, 4.0]]
    """
    x, y = _checked(x, y)
    return _extended(x, y, x, y)


def minimum_norm_spline(x: Points, y: Points, *, tolerance: float = 1e-6, limit: int = 100_000) -> PiecewiseLinear:
    """The interpolant that minimises ∫ √(1 + x²) |f''(x)| dx: what a wide network Σ_j a_j relu(w_j x + b_j) + c x + d of least Σ_j (a_j² + w_j² + b_j²)/2 is.

    Let δ_i be the change of slope of the linear spline at point i. Where δ differs in sign from both neighbours, there is a knot at the point. Within a
    run of one sign, each δ_i is split between a knot to the left and one to the right of the point: the interval between points i and i + 1 with shares
    p of δ_i and q of δ_(i+1) has one knot of strength p + q at (p x_i + q x_(i+1))/(p + q), at a cost of ‖p (1, x_i) + q (1, x_(i+1))‖. So two points alone in
    a run give all to the knot between them, where the lines from left and right meet. The cost is convex in the shares; it is minimised by shares
    in turn, each of which has a closed form: the two knots it feeds lie at equal angles, arctan, from its point, or it goes to one of them alone.

    Savarese, Evron, Soudry & Srebro (2019) for the norm; the weight √(1 + x²), for penalised biases, makes the minimiser unique: Boursier & Flammarion
    (2023). That the function bends one way where neighbouring δ agree, and is straight where they differ, is Hanin's theorem (2021). The split is derived here.

    Args:
        x: positions in [0, 1], increasing in each row, at least two.
        y: labels.
        tolerance: a share whose neighbours change by no more is settled.
        limit: iterations after which it is given up.

    Raises:
        Problem: shapes that differ, positions that are not increasing or not in [0, 1], or no convergence.

    >>> f = minimum_norm_spline(np.array([[0.0, 0.2, 0.6, 0.8]]), np.array([[0.0, 1.0, 1.0, 0.0]]))
    >>> f.knots.round(3).tolist(), f.values.round(3).tolist()
    ([[0.0, 0.0, 0.1, 0.2, 0.4, 0.6, 0.7, 0.8, 1.0]], [[0.0, 0.0, 0.5, 1.0, 2.0, 1.0, 0.5, 0.0, -1.0]])
    """
    number(tolerance=tolerance)
    whole(limit=limit)
    x, y = _checked(x, y)
    gap = np.diff(x)
    bend = np.diff(np.diff(y) / gap)
    right = _shares(x, bend, tolerance, limit)
    empty = np.zeros((len(x), 1))
    p, q = np.hstack([empty, bend * right]), np.hstack([bend * (1 - right), empty])  # of each interval's two ends
    same = p * q > 0
    place = np.where(same, np.divide(q, p + q, out=np.full_like(p, 0.5), where=same), 0.5)  # along the interval; where it is straight, anywhere
    depth = np.where(same, gap * np.divide(p * q, p + q, out=np.zeros_like(p), where=same), 0.0)
    middle, straight = x[:, :-1] + place * gap, y[:, :-1] + place * np.diff(y)
    return _extended(x, y, _interleaved(x, middle), _interleaved(y, straight - depth))


def power_risk(f: PiecewiseLinear, p: float, target: Callable[[np.ndarray], np.ndarray] | None = None, *, resolution: int = 200) -> Float[np.ndarray, " sets"]:
    """∫₀¹ |f(x) - target(x)|^p dx of each function, exactly for the target 0; else the target is taken as straight between the knots and `resolution` points.

    >>> triangle = PiecewiseLinear(np.array([[0.0, 0.5, 1.0]]), np.array([[0.0, 2.0, 0.0]]))
    >>> power_risk(triangle, 2.0).round(4).tolist(), power_risk(triangle, 1.0, lambda x: 0 * x + 1.0).round(4).tolist()
    ([1.3333], [0.5])
    """
    number(p=p)
    whole(1, resolution=resolution)
    if not p > 0:
        raise Problem(f"p: expected a power above 0, got {p!r}.")
    if target is None:
        knots, error = f.knots, f.values
    else:
        grid = np.broadcast_to(np.linspace(0, 1, resolution + 1), (len(f.knots), resolution + 1))
        knots = np.sort(np.hstack([f.knots, grid]), axis=1)
        error = np.array([np.interp(*row) for row in zip(knots, f.knots, f.values, strict=True)]) - target(knots)
    a, b = error[:, :-1], error[:, 1:]
    power = (np.abs(a) ** p + np.abs(b) ** p) / 2
    change = b - a
    flat = np.abs(change) < 1e-9 * (np.abs(a) + np.abs(b)) + 1e-300
    mean = np.divide(b * np.abs(b) ** p - a * np.abs(a) ** p, (p + 1) * change, out=power.copy(), where=~flat)
    return np.sum(mean * np.diff(knots), axis=1)


def linear_spline_risk(p: float) -> float:
    """E|g|^p ∫₀¹ (u² + (1 - u)²)^(p/2) du, g standard normal: the limit of `power_risk` of `linear_spline` for labels of pure normal noise of variance 1.

    Whatever the positions are, as long as gaps shrink. For p = 2 it is 2/3.

    >>> round(linear_spline_risk(2.0), 6)
    0.666667
    """
    number(p=p)
    if not p > 0:
        raise Problem(f"p: expected a power above 0, got {p!r}.")
    inner = integral(lambda u: (u**2 + (1 - u) ** 2) ** (p / 2), 0.0, 1.0)
    return float(2 ** (p / 2) * gamma((p + 1) / 2) / np.sqrt(np.pi) * inner)


def spike_rate(p: float = 2.0, noise: float = 1.0) -> float:
    """C in P(Y > t) → C t^(-2/p): the tail of one interval's share Y = n ∫ |f|^p of the risk of `minimum_norm_spline`; n uniform points, normal noise.

    Between two pairs of points that are close together, at gaps a and b, the lines through the pairs meet at a height H = l/(a/A + b/B), where A and B are the
    differences of labels within the pairs and l is the interval's length. Gaps are exponential, so that P(H > t | l, A, B) → l² A B/(2 t²) in units of 1/n,
    and Y = l H^p/(p + 1). With peaks and troughs, E[A⁺] = noise/√π and E[l^(2 + 2/p)] = Γ(3 + 2/p), C = noise² Γ(3 + 2/p) / (π (p + 1)^(2/p)).

    So the mean of n such shares has a limit for p < 2; for p = 2 it grows like C log n, C = 2 noise²/π; for p > 2 like n^(p/2 - 1). Derived here.

    >>> round(float(spike_rate(2.0) * np.pi), 9)
    2.0
    """
    number(p=p, noise=noise)
    if not (p > 0 and noise >= 0):
        raise Problem(f"p, noise: expected a power above 0 and a standard deviation of at least 0, got {p!r} and {noise!r}.")
    return float(noise**2 * gamma(3 + 2 / p) / (np.pi * (p + 1) ** (2 / p)))


def edge_rate(n: int, noise: float = 1.0) -> float:
    """C in P(∫ |f| > t) → C/t over training sets of n uniform points with normal noise: C = 4 noise/(√π (n + 1)), so that the mean over them is infinite.

    It is the line through the first two points, carried on to 0, that does it (and that through the last two): with a gap g and labels that differ by A it
    adds x_1² A/(2 g), and E[x_1²; density of the gap at 0] = 2/(n + 1). For the linear spline as for the interpolant of least norm. Derived here.

    >>> round(float(edge_rate(9) * np.sqrt(np.pi)), 9)
    0.4
    """
    whole(n=n)
    number(noise=noise)
    if not (n >= 3 and noise >= 0):
        raise Problem(f"n, noise: expected at least 3 points and a standard deviation of at least 0, got {n!r} and {noise!r}.")
    return float(4 * noise / (np.sqrt(np.pi) * (n + 1)))


def noisy_points(
    rng: np.random.Generator, sets: int, n: int, noise: float = 1.0, target: Callable[[np.ndarray], np.ndarray] | None = None, *, spaced: bool = False
) -> tuple[Points, Points]:
    """Training sets: n sorted uniform positions in [0, 1], or equally spaced ones (i + 1/2)/n, and labels target(x) + noise × normal (target 0 by default).

    >>> x, y = noisy_points(np.random.default_rng(0), 5, 3, spaced=True)
    >>> x.shape, x[0].round(3).tolist()
    ((5, 3), [0.167, 0.5, 0.833])
    """
    number(noise=noise)
    whole(sets=sets, n=n)
    if not (sets >= 1 and n >= 2 and noise >= 0):
        raise Problem(f"sets, n, noise: expected at least 1, at least 2 and at least 0, got {sets!r}, {n!r} and {noise!r}.")
    x = np.tile((np.arange(n) + 0.5) / n, (sets, 1)) if spaced else np.sort(rng.random((sets, n)), axis=1)
    y = noise * rng.standard_normal((sets, n))
    return x, y if target is None else y + target(x)


def _shares(x: np.ndarray, bend: np.ndarray, tolerance: float, limit: int) -> np.ndarray:
    """The share of each inner point's bend that goes to the knot on its right, [sets, n - 2]."""
    agree = np.pad(bend[:, 1:] * bend[:, :-1] > 0, ((0, 0), (1, 1)))
    left, right = agree[:, :-1], agree[:, 1:]  # whether the neighbour on that side bends the same way
    share = np.where(left & right, 0.5, np.where(right, 1.0, 0.0))
    strength, moved = np.abs(bend), np.pad(left & right, ((0, 0), (1, 1)))  # padded: point j stands in column j + 1
    rows, columns = np.nonzero(left & right)
    for _ in range(limit):
        live = moved[rows, columns] | moved[rows, columns + 1] | moved[rows, columns + 2]
        if not live.any():
            return share
        row, column = rows[live], columns[live]
        moved[rows, columns + 1] = False
        for parity in (0, 1):  # neighbours in turn
            i, j = row[column % 2 == parity], column[column % 2 == parity]
            a, b, c = x[i, j], x[i, j + 1], x[i, j + 2]
            p, q = strength[i, j - 1] * share[i, j - 1] * (b - a), strength[i, j + 1] * (1 - share[i, j + 1]) * (c - b)
            own = strength[i, j] * (1 + b**2)
            wanted, weight = q * (p / (b - a) * (1 + a * b) + own) - p * q / (c - b) * (1 + b * c), own * (p + q)
            new = np.clip(np.divide(wanted, weight, out=share[i, j].copy(), where=weight > 0), 0, 1)
            moved[i, j + 1] = np.abs(new - share[i, j]) > tolerance
            share[i, j] = new
    raise Problem(f"tolerance, limit: the shares did not settle to {tolerance} in {limit} iterations. Raise one of them.")


def _interleaved(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """o_1, i_1, o_2, i_2, …, o_n of each row."""
    result = np.empty((len(outer), outer.shape[1] + inner.shape[1]))
    result[:, ::2], result[:, 1::2] = outer, inner
    return result


def _extended(x: np.ndarray, y: np.ndarray, knots: np.ndarray, values: np.ndarray) -> PiecewiseLinear:
    """With the first and the last line of the spline carried on to 0 and 1."""
    slope = np.diff(y) / np.diff(x)
    start, end = y[:, :1] - slope[:, :1] * x[:, :1], y[:, -1:] + slope[:, -1:] * (1 - x[:, -1:])
    return PiecewiseLinear(np.hstack([np.zeros_like(start), knots, np.ones_like(end)]), np.hstack([start, values, end]))


def _checked(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] < 2:
        raise Problem(f"x, y: expected equal shapes [sets, n] with n of at least 2, got {x.shape} and {y.shape}.")
    if not (np.isfinite(x).all() and np.isfinite(y).all() and (np.diff(x) > 0).all() and x.min() >= 0 and x.max() <= 1):
        raise Problem("x, y: expected finite numbers, and positions that increase in each row and lie in [0, 1]. Sort them, and merge what coincides.")
    return x, y
