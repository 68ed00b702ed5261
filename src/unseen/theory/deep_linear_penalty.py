"""Deep linear networks with penalised weights, alone and in parallel: least values of training, their duals, and training itself."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from unseen._problem import Problem, whole
from unseen.theory._search import least, settled

Singular = Float[np.ndarray, " r"]


@dataclass(frozen=True)
class DeepLinear:
    """Training of f(x) = Σ_j x W_1j … W_Lj, j = 1 … branches: ½ Σ_a ‖f(x_a) - y_a‖² + (weight/2) Σ_lj ‖W_lj‖_F^power, XᵀX = I.

    Attributes:
        depth: L, at least 2.
        power: 2 is weight decay; `depth` makes the parallel problem convex in disguise.
        parallel: many branches, or one.
        weight: above 0.
    """

    depth: int = 3
    power: float = 2.0
    parallel: bool = False
    weight: float = 0.1

    def __post_init__(self) -> None:
        if not (self.depth >= 2 and self.power >= 1 and self.weight > 0):
            raise Problem(f"depth, power, weight: expected at least 2, at least 1 and above 0, got {self.depth!r}, {self.power!r} and {self.weight!r}.")


def least_value(problem: DeepLinear, singular: Singular) -> tuple[float, Singular]:
    """(the least value of the training objective, singular values of Σ_j W_1j … W_Lj there); widths, and branches, at least as many as singular values.

    The layers share singular vectors with XᵀY, and all layers of a factor have the same norm (arithmetic and geometric mean). So with s_i = a_i^L it is

        min ½ Σ (s_i - z_i)² + (weight L/2) × (Σ a_i²)^(power/2) for one network, Σ a_i^power in parallel (one factor a branch),

    z the singular values of XᵀY: Schatten quasi-norms of order 2/L in the place of the norm of the matrix for weight decay, with one branch or many; in
    parallel with power L the nuclear norm, of which the solution is z cut off softly at weight L/2. The others are minimised numerically, with the k largest z
    kept, for every k. For powers between 2 and L one factor a branch need not be best in parallel.

    Args:
        problem: which.
        singular: z, not negative, from the largest down.

    Raises:
        Problem: singular values that are negative or not falling, an intermediate power in parallel, or a minimisation that did not converge.

    >>> value, kept = least_value(DeepLinear(depth=3, power=3.0, parallel=True, weight=0.4), np.array([2.0, 0.5]))
    >>> round(value, 3), kept.round(3).tolist()  # cut at 0.6
    (1.145, [1.4, 0.0])
    """
    z, depth, power = _checked(singular), problem.depth, problem.power
    if problem.parallel and power not in (2, depth):
        raise Problem(f"power: expected 2 or the depth, {depth}, for parallel branches, got {power!r}.")
    if problem.parallel and power == depth:
        kept = np.maximum(z - problem.weight * depth / 2, 0)
        return float(np.sum((kept - z) ** 2) / 2 + problem.weight * depth / 2 * kept.sum()), kept

    def objective(a: np.ndarray, count: int) -> tuple[float, np.ndarray]:
        squares = np.sum(a**2)
        wrong = a**depth - z[:count]
        slope = depth * wrong * a ** (depth - 1) + problem.weight * depth / 2 * power * squares ** (power / 2 - 1) * a
        return np.sum(wrong**2) / 2 + np.sum(z[count:] ** 2) / 2 + problem.weight * depth / 2 * squares ** (power / 2), slope

    best, kept = np.sum(z**2) / 2, np.zeros_like(z)
    for count in range(1, np.count_nonzero(z) + 1):
        start = z[:count] ** (1 / depth)
        found = minimize(objective, start, (count,), jac=True, bounds=[(1e-9, None)] * count, options={"ftol": 1e-15, "gtol": 1e-10})
        if not settled(found):
            raise Problem(f"problem, singular: the minimisation did not converge ({found.message}). Give less extreme numbers.")
        if found.fun < best:
            best, kept = found.fun, np.concatenate([found.x**depth, np.zeros(z.size - count)])
    return float(best), kept


def dual_value(problem: DeepLinear, singular: Singular) -> float:
    """The value of the dual, at most `least_value`: that of the same objective with the nuclear norm N of the matrix, (weight L/2) N^(power/L).

    For weight decay: Lagrange's dual of training at a given norm of the first L - 2 layers, minimised over that norm (Wang, Ergen & Pilanci 2023). Equal to the
    least value for L = 2, for one singular value (so for one output), and in parallel with power L; else smaller by a gap.

    >>> one, two = np.array([2.0]), np.array([2.0, 1.0])
    >>> gaps = [least_value(DeepLinear(), z)[0] / dual_value(DeepLinear(), z) for z in (one, two)]
    >>> np.round(gaps, 3).tolist()
    [1.0, 1.236]
    """
    z, order = _checked(singular), problem.power / problem.depth
    if not z.any():
        return 0.0

    def objective(cut: float) -> float:  # of all matrices with some nuclear norm, softly cut singular values are the nearest
        kept = np.maximum(z - cut, 0)
        return float(np.sum((kept - z) ** 2) / 2 + problem.weight * problem.depth / 2 * kept.sum() ** order)

    grid = np.linspace(0, z[0], 2001)
    return min(objective(least(objective, grid, xtol=1e-12)), *(objective(cut) for cut in (grid[0], grid[-1])))


def simulate_training(
    rng: np.random.Generator, problem: DeepLinear, singular: Singular, *, inputs: int = 6, outputs: int = 6, branches: int = 12, starts: int = 6
) -> tuple[float, Float[np.ndarray, " s"]]:
    """(objective, singular values of the trained product) of the best of several trainings by L-BFGS from random weights, for XᵀY with those singular values.

    Square hidden layers as wide as the inputs; X has orthonormal columns, twice as many examples as inputs; random singular vectors.

    Raises:
        Problem: sizes out of range, or a best training that did not converge.

    >>> value, kept = simulate_training(np.random.default_rng(0), DeepLinear(2, 2.0, weight=0.5), np.array([2.0, 1.0]), starts=1)
    >>> round(value, 3), kept[:3].round(3).tolist()  # soft thresholds, for two layers
    (1.25, [1.5, 0.5, 0.0])
    """
    whole(inputs=inputs, outputs=outputs, starts=starts, branches=branches)
    z, many = _checked(singular), branches if problem.parallel else 1
    if not (1 <= z.size <= min(inputs, outputs) and branches >= 1 and starts >= 1):
        raise Problem(
            f"inputs, outputs, branches, starts: expected at least {z.size}, {z.size}, 1 and 1, got {inputs!r}, {outputs!r}, {branches!r}, {starts!r}."
        )
    x, left, right = (np.linalg.qr(rng.standard_normal((rows, columns)))[0] for rows, columns in ((2 * inputs, inputs), (inputs, z.size), (outputs, z.size)))
    y = x @ (left * z) @ right.T
    shapes = [(many, inputs, inputs)] * (problem.depth - 1) + [(many, inputs, outputs)]
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])

    def split(flat: np.ndarray) -> list[np.ndarray]:
        return [flat[a:b].reshape(shape) for a, b, shape in zip(ends[:-1], ends[1:], shapes, strict=True)]

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        layers = split(flat)
        before = [x[None]]
        for layer in layers:
            before.append(before[-1] @ layer)
        wrong = before[-1].sum(axis=0) - y
        norms = [np.sqrt(np.sum(layer**2, axis=(1, 2), keepdims=True)) + 1e-300 for layer in layers]
        value = np.sum(wrong**2) / 2 + problem.weight / 2 * sum(np.sum(norm**problem.power) for norm in norms)
        back, slopes = wrong[None], []
        for layer, come, norm in zip(layers[::-1], before[-2::-1], norms[::-1], strict=True):
            slopes.append(np.swapaxes(come, 1, 2) @ back + problem.weight / 2 * problem.power * norm ** (problem.power - 2) * layer)
            back = back @ np.swapaxes(layer, 1, 2)
        return value, np.concatenate([slope.reshape(-1) for slope in slopes[::-1]])

    best, kept, ended = np.inf, z, False
    for _ in range(starts):
        start = np.concatenate([rng.standard_normal(int(np.prod(shape))) for shape in shapes]) * inputs**-0.5 * many ** (-0.5 / problem.depth)
        found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 3000, "maxfun": 6000, "ftol": 1e-13, "gtol": 1e-8})
        if found.fun < best:
            product = _product(split(found.x))
            best, kept, ended = float(found.fun), np.linalg.svd(product, compute_uv=False), settled(found)
    if not ended:
        raise Problem(f"starts: the best of {starts} trainings did not converge. Take more, or a larger weight.")
    return best, kept


def _product(layers: list[np.ndarray]) -> np.ndarray:
    """Σ_j W_1j … W_Lj."""
    result = layers[0]
    for layer in layers[1:]:
        result = result @ layer
    return result.sum(axis=0)


def _checked(singular: np.ndarray) -> np.ndarray:
    z = np.asarray(singular, float)
    if z.ndim != 1 or not z.size or not np.isfinite(z).all() or (z < 0).any() or (np.diff(z) > 0).any():
        raise Problem(f"singular: expected numbers of at least 0 from the largest down, got {singular!r}.")
    return z
