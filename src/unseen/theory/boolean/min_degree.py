"""Functions of bits that are known on a part of the cube only: the interpolator of least degree, and that of random features, which comes near to it."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from unseen._problem import Problem, number, real_numbers, whole

Activation = Callable[[Array], Array]


def cube(bits: int) -> Float[np.ndarray, "points bits"]:
    """All points of {±1}^n, n = bits, the first bit changing slowest, +1 before -1.

    Raises:
        Problem: fewer than 1 or more than 10 bits.

    >>> cube(2).tolist()
    [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]
    """
    whole(bits=bits)
    if not 1 <= bits <= 10:
        raise Problem(f"bits: expected 1 to 10, as all 2^bits points are listed, got {bits!r}.")
    return 1.0 - 2 * ((np.arange(2**bits)[:, None] >> np.arange(bits)[::-1]) & 1)


def parities(bits: int) -> tuple[Float[np.ndarray, "points sets"], Int[np.ndarray, " sets"]]:
    """χ_S(x) = Π_{i∈S} x_i for every point x of `cube` and set S, and the degrees |S|; set number s holds bit i where the point number s has x_i = -1.

    >>> parities(1)[0].tolist(), parities(2)[1].tolist()
    ([[1.0, 1.0], [1.0, -1.0]], [0, 1, 1, 2])
    """
    whole(bits=bits)
    sets = (cube(bits) < 0).astype(int)
    return 1.0 - 2 * (sets @ sets.T % 2), sets.sum(axis=1)


def coefficients(values: Float[np.ndarray, " points"]) -> Float[np.ndarray, " sets"]:
    """f̂(S) = E_x f(x) χ_S(x), from the values on `cube`, in the order of `parities`.

    Raises:
        Problem: values of another number than 2, 4, 8, ….

    >>> coefficients(cube(2).prod(axis=1)).tolist()
    [0.0, 0.0, 0.0, 1.0]
    """
    values = real_numbers("values", values)
    return parities(_bits(values))[0] @ values / values.size


def influence(values: Float[np.ndarray, " points"], bit: int) -> float:
    """Σ_{S∋i} f̂(S)²: for a function with values ±1 the chance that turning bit i changes it; i from 0 on.

    Twice that is the mean squared error of f with x_i set to 1, which is what interpolators of least degree say once the bit has been frozen at 1.
    Abbe, Bengio, Cornacchia, Kleinberg, Lotfi, Raghu & Zhang (2022), arXiv 2205.13647, where half the square is counted.

    Raises:
        Problem: no such bit.

    >>> influence(cube(2).prod(axis=1), 0)
    1.0
    """
    whole(bit=bit)
    spectrum = coefficients(values)
    bits = _bits(values)
    if not 0 <= bit < bits:
        raise Problem(f"bit: expected 0 to {bits - 1}, got {bit!r}.")
    return float(np.sum(spectrum[cube(bits)[:, bit] < 0] ** 2))


def degree_profile(spectrum: Float[np.ndarray, " sets"]) -> Float[np.ndarray, " degrees"]:
    """Σ_{|S| = k} f̂(S)² for k = n, n - 1, …, 0: what interpolators of least degree make least, in the order of dictionaries.

    >>> degree_profile(coefficients(cube(2)[:, 0])).tolist()
    [0.0, 1.0, 0.0]
    """
    spectrum = real_numbers("spectrum", spectrum)
    degrees = parities(_bits(spectrum))[1]
    return np.array([np.sum(spectrum[degrees == k] ** 2) for k in range(degrees.max(), -1, -1)])


def min_degree_interpolator(values: Float[np.ndarray, " points"], seen: Bool[np.ndarray, " points"]) -> Float[np.ndarray, " sets"]:
    """The spectrum of the interpolator whose `degree_profile` is the least, exactly: the top degree is made least first, then the next within what is left.

    Abbe, Bengio, Lotfi & Rizk (2023), "Generalization on the Unseen, Logic Reasoning and Degree Curriculum", arXiv 2301.13105, who prove that random features
    with an activation that has all degrees choose it when their weights are small; read as abstract and summaries.

    Args:
        values: on all points; those that were not seen do not matter.
        seen: which points were.

    Raises:
        Problem: nothing seen, or shapes that do not fit.

    >>> spectrum = min_degree_interpolator(cube(2).prod(axis=1), cube(2)[:, 0] > 0)  # x1 x2, of which x1 = 1 is seen
    >>> (parities(2)[0] @ spectrum).round(9).tolist()  # x2
    [1.0, -1.0, 1.0, -1.0]
    """
    values, seen = _given(values, seen)
    functions, degrees = parities(_bits(values))
    spectrum = functions[seen].T @ values[seen] / values.size
    _, singular, right = np.linalg.svd(functions[seen], full_matrices=True)
    free = right[singular.size :].T  # what may be added without a change on the points seen
    for degree in range(degrees.max(), -1, -1):
        block = free[degrees == degree]
        left, singular, right = np.linalg.svd(block, full_matrices=True)
        rank = int(np.sum(singular > 1e-9))
        spectrum = spectrum - free @ (right[:rank].T @ (left.T[:rank] @ spectrum[degrees == degree] / singular[:rank]))
        free = free @ right[rank:].T
    return spectrum


def kernel_interpolator(
    values: Float[np.ndarray, " points"], seen: Bool[np.ndarray, " points"], eigenvalues: Float[np.ndarray, " degrees"]
) -> Float[np.ndarray, " sets"]:
    """The spectrum of the interpolator of least norm for the kernel Σ_S μ_|S| χ_S(x) χ_S(x'): the least Σ f̂(S)²/μ_|S|.

    Args:
        values: as of `min_degree_interpolator`.
        seen: idem.
        eigenvalues: μ_0, …, μ_n above 0.

    Raises:
        Problem: as `min_degree_interpolator`, eigenvalues that do not fit, or a kernel matrix too near to singular for its solution to interpolate.

    >>> kernel_interpolator(np.array([1.0, -1.0]), np.array([True, False]), np.array([3.0, 1.0])).round(9).tolist()
    [0.75, 0.25]
    """
    values, seen = _given(values, seen)
    functions, degrees = parities(_bits(values))
    eigenvalues = real_numbers("eigenvalues", eigenvalues)
    if eigenvalues.shape != (degrees.max() + 1,) or not (eigenvalues > 0).all():
        raise Problem(f"eigenvalues: expected {degrees.max() + 1} numbers above 0, one for each degree, got {eigenvalues!r}.")
    root = np.sqrt(eigenvalues[degrees])
    spectrum = root * np.linalg.lstsq(functions[seen] * root, values[seen], rcond=1e-14)[0]
    if (missed := np.abs(functions[seen] @ spectrum - values[seen]).max()) > 1e-6 * np.abs(values[seen]).max():
        raise Problem(f"eigenvalues: the solution misses the values by {missed:.1e}. Take eigenvalues that are closer together.")
    return spectrum


def exponential_eigenvalues(bits: int, scale: float) -> Float[np.ndarray, " degrees"]:
    """μ_k = e^{2s²} e^{n s²} sinh(s²)^k cosh(s²)^(n-k), k = 0, …, n: the kernel of features exp(w·x + b) with w and b of N(0, s²), s = scale.

    E exp(w·x + b) exp(w·x' + b) = e^{(n + 2) s²} Π_i e^{s² x_i x_i'}, and e^{s² u} = cosh s² + u sinh s² for u = ±1. For small scales each degree is
    a factor s² weaker than the one before, so that `kernel_interpolator` goes to `min_degree_interpolator`.

    Raises:
        Problem: a scale that is not positive.

    >>> exponential_eigenvalues(2, 0.1).round(6).tolist()
    [1.040915, 0.010409, 0.000104]
    """
    number(scale=scale)
    whole(0, bits=bits)
    if not (np.isfinite(scale) and scale > 0):
        raise Problem(f"scale: expected a number above 0, got {scale!r}.")
    degree, square = np.arange(bits + 1), scale**2
    return np.exp((bits + 2) * square) * np.sinh(square) ** degree * np.cosh(square) ** (bits - degree)


def simulate_features(
    key: PRNGKeyArray,
    values: Float[np.ndarray, " points"],
    seen: Bool[np.ndarray, " points"],
    *,
    features: int,
    scale: float,
    activation: Activation = jnp.exp,
    repetitions: int = 1,
) -> Float[np.ndarray, "repetitions sets"]:
    """Spectra of interpolators of least norm on features activation(w·x + b), w and b of N(0, scale²) drawn in every repetition; in double precision.

    Args:
        key: random key.
        values: as of `min_degree_interpolator`.
        seen: idem.
        features: at least as many as there are points seen.
        scale: of the weights, above 0.
        activation: of one number.
        repetitions: draws of features.

    Raises:
        Problem: numbers out of range, or features that cannot interpolate what was seen, as where the scale is too small for double precision.

    >>> found = simulate_features(jax.random.key(0), cube(2).prod(axis=1), cube(2)[:, 0] > 0, features=20_000, scale=0.1)
    >>> (found @ parities(2)[0]).round(1).tolist()
    [[1.0, -1.0, 1.0, -1.0]]
    """
    number(scale=scale)
    whole(features=features, repetitions=repetitions)
    values, seen = _given(values, seen)
    if not (seen.sum() <= features < np.inf and 0 < scale < np.inf and repetitions >= 1):
        given = f"{features!r}, {scale!r} and {repetitions!r}"
        raise Problem(f"features, scale, repetitions: expected at least the {seen.sum()} points seen, above 0, and at least 1, got {given}.")
    points = cube(_bits(values))

    @jax.jit
    def drawn(key: Array) -> Array:
        weights = scale * jax.random.normal(key, (points.shape[1] + 1, features), dtype=jnp.float64)
        return activation(points @ weights[:-1] + weights[-1]) / np.sqrt(features)

    found = np.empty((repetitions, values.size))
    for repetition, one in enumerate(jax.random.split(key, repetitions)):
        with jax.enable_x64(True):
            phi = np.asarray(drawn(one))
        left, singular, right = np.linalg.svd(phi[seen], full_matrices=False)
        found[repetition] = phi @ (right.T @ (left.T @ values[seen] / singular))
    if not (missed := np.abs(found[:, seen] - values[seen]).max()) < 1e-6 * np.abs(values[seen]).max():
        raise Problem(f"scale: the features miss the values seen by {missed:.1e}. Take a larger scale, more features, or an activation with all degrees.")
    return found @ parities(_bits(values))[0] / values.size


def _bits(values: np.ndarray) -> int:
    bits = int(np.asarray(values).size).bit_length() - 1
    if np.ndim(values) != 1 or bits < 1 or len(values) != 2**bits:
        raise Problem(f"values: expected one for each of 2, 4, 8, … points, got shape {np.shape(values)}.")
    return bits


def _given(values: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, seen = real_numbers("values", values), np.asarray(seen, bool)
    _bits(values)
    if seen.shape != values.shape or not seen.any():
        raise Problem(f"seen: expected a truth value for each of {values.size} points, at least one of them true, got shape {seen.shape}.")
    return values, seen
