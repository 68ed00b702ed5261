"""How complex a function of few inputs is: its frequencies, its polynomial order, and how far its values can be compressed (Teney et al. 2024)."""

from collections.abc import Sequence

import numpy as np
import scipy.fft
from jaxtyping import Float

from unseen._problem import Problem


def grid(n: int, dimensions: int = 2, *, chebyshev: bool = False) -> Float[np.ndarray, "points dimensions"]:
    """The points of a grid in the cube [-1, 1]^d, n along each axis, first axis slowest; `values.reshape((n,) * d)` puts values on them in place.

    Equally spaced from -1 with steps of 2/n (1 is left out, as in a period), for `mean_frequency` and `dictionary_size`; with `chebyshev` the roots
    cos(π (i + 1/2) / n) of a Chebyshev polynomial, for `mean_order`.

    Raises:
        Problem: fewer than 2 points or no dimension.

    >>> grid(4, 1).ravel().tolist()
    [-1.0, -0.5, 0.0, 0.5]
    """
    if n < 2 or dimensions < 1:
        raise Problem(f"n, dimensions: expected at least 2 points and 1 dimension, got {n!r} and {dimensions!r}.")
    axis = np.cos(np.pi * (np.arange(n) + 0.5) / n) if chebyshev else -1.0 + 2.0 * np.arange(n) / n
    return np.stack(np.meshgrid(*[axis] * dimensions, indexing="ij"), axis=-1).reshape(-1, dimensions)


def mean_frequency(values: Float[np.ndarray, "..."]) -> float:
    """Mean frequency Σ_k |f̃(k)| ‖k‖ / Σ_k |f̃(k)| over k ≠ 0, with f̃ the discrete Fourier transform of values on `grid(n, d)`.

    In periods over the length of an axis, from 1 to √d n / 2; about 0.38 n for white noise in two dimensions; NaN for a constant. Unchanged when the
    function is rescaled or a constant added. The function counts as periodic: where its ends do not meet there is a jump, by which even a plane has
    more than a third of the value of noise. Source: C_Fourier of Teney et al. (2024), "Neural Redshift", section 2.

    Raises:
        Problem: values that are not finite.

    >>> round(mean_frequency(np.cos(3 * np.pi * grid(32, 1).ravel())), 6)
    3.0
    """
    frequencies = [np.fft.fftfreq(n, 1 / n) for n in _finite(values).shape]
    length = np.sqrt(sum(np.square(k) for k in np.meshgrid(*frequencies, indexing="ij")))
    return _mean_index(np.fft.fftn(values), length)


def mean_order(values: Float[np.ndarray, "..."]) -> float:
    """Mean order Σ_j |c_j| (j_1 + … + j_d) / Σ_j |c_j| over j ≠ 0 of the Chebyshev series Σ_j c_j Π_i T_{j_i}(x_i) through values on a Chebyshev grid.

    From 1 (a linear function) to d (n - 1); NaN for a constant. Unchanged when the function is rescaled or a constant added. Exact for polynomials of
    degree below n in each input. Source: C_Chebyshev of Teney et al. (2024), "Neural Redshift", section 2.

    Raises:
        Problem: values that are not finite.

    >>> round(mean_order(4 * grid(8, 1, chebyshev=True).ravel() ** 3), 6)  # x³ = (3 T_1 + T_3) / 4
    1.5
    """
    coefficients = np.asarray(scipy.fft.dctn(_finite(values)))
    for axis in range(coefficients.ndim):
        coefficients[(slice(None),) * axis + (0,)] /= 2
    return _mean_index(coefficients, np.indices(coefficients.shape).sum(axis=0))


def dictionary_size(values: Float[np.ndarray, "..."], levels: int = 10) -> int:
    """The number of Lempel–Ziv phrases of values on a grid, rounded to equally wide `levels` between their extremes and read row by row.

    From about √(2N) for N equal values to about N / log_levels N for random ones; lower is more compressible. Unchanged by a positive rescaling and by
    added constants. Source: C_LZ of Teney et al. (2024), "Neural Redshift", section 2.

    Raises:
        Problem: values that are not finite, or fewer than 2 or more than 256 levels.

    >>> dictionary_size(np.zeros(10))
    4
    """
    if not 2 <= levels <= 256:
        raise Problem(f"levels: expected 2 to 256, got {levels!r}.")
    shifted = _finite(values) - np.min(values)
    scale = shifted.max() or 1.0
    return phrases(np.minimum(shifted.ravel() / scale * levels, levels - 1).astype(np.uint8).tobytes())


def phrases(sequence: Sequence) -> int:
    """The number of phrases in the parsing of Ziv and Lempel (1978): each is the shortest that has not been seen; a seen rest at the end is left out.

    >>> phrases("1001111011000010")  # 1 0 01 11 10 110 00 010
    8
    """
    seen: set = set()
    start = 0
    for end in range(1, len(sequence) + 1):
        phrase = sequence[start:end] if isinstance(sequence, bytes | str) else tuple(sequence[start:end])
        if phrase not in seen:
            seen.add(phrase)
            start = end
    return len(seen)


def _mean_index(coefficients: np.ndarray, index: np.ndarray) -> float:
    """The mean of an index, weighted by absolute coefficients without the first (the constant), those that are rounding errors aside."""
    weight = np.abs(coefficients)
    negligible = weight.max() * 1e-12
    weight = np.where(weight > negligible, weight, 0.0)
    weight.flat[0] = 0.0
    return float(np.sum(weight * index) / np.sum(weight)) if weight.any() else float("nan")


def _finite(values: np.ndarray) -> np.ndarray:
    array = np.asarray(values, float)
    if not array.size or not np.isfinite(array).all():
        raise Problem("values: expected finite numbers on a grid, got none, NaN or infinity.")
    return array
