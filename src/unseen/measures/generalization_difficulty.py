"""How much inductive bias a task demands, whatever the model: bits that select a hypothesis that generalizes, less those that the examples give."""

import numpy as np
from scipy.special import binom, gammaln

from unseen._problem import Problem


def sphere_eigenfunctions(dimension: float, frequency: float) -> float:
    """Number E of eigenfunctions of the Laplacian on a unit sphere with eigenvalues of at most frequency²: C(m + K, m) + C(m + K - 1, m).

    K is the degree, K (K + m - 1) = frequency²; where it is an integer E is exact, between integers it is interpolated. E is at least 1, about
    2 frequency^m / m! where frequency is far above m, and close to m + 2 where frequency² is near m. Works elementwise on arrays. Source: the spectrum of the
    sphere S^m; the code of Boopathy et al. (2023).

    Args:
        dimension: m, that of the sphere's surface, at least 1.
        frequency: square root of the largest eigenvalue, at least 0; 2π radius / resolution.

    Raises:
        Problem: a dimension below 1 or a frequency below 0.

    >>> [float(sphere_eigenfunctions(2, (K * (K + 1)) ** 0.5).round(6)) for K in (0, 1, 2, 3)]
    [1.0, 4.0, 9.0, 16.0]
    """
    if not (np.all(np.asarray(dimension) >= 1) and np.all(np.asarray(frequency) >= 0)):
        raise Problem(f"dimension, frequency: expected at least 1, and at least 0, got {dimension!r} and {frequency!r}.")
    degree = _degree(dimension, frequency)
    return binom(dimension + degree, dimension) + binom(dimension + degree - 1, dimension)


def sufficient_examples(dimension: float, resolution: float, *, radius: float = 1.0, pieces: int = 1) -> float:
    """Examples after which the measure demands no further inductive bias: 2 · pieces · E, twice the count of coefficients of a real function.

    Raises:
        Problem: a dimension below 1, or a resolution, radius or number of pieces that is not above 0.

    >>> round(float(sufficient_examples(2, 2 * np.pi / 12**0.5)))  # degree 3 on the ordinary sphere
    32
    """
    if not (np.all(np.asarray(resolution) > 0) and radius > 0 and pieces > 0):
        raise Problem(f"resolution, radius, pieces: expected numbers above 0, got {resolution!r}, {radius!r} and {pieces!r}.")
    return 2 * pieces * sphere_eigenfunctions(dimension, 2 * np.pi * radius / resolution)


def generalization_difficulty(
    dimension: float, resolution: float, examples: int, error: float, *, radius: float = 1.0, outputs: int = 1, pieces: int = 1, bound: float = 1.0
) -> float:
    """Inductive bias complexity in bits, (2 D d E - n D) log₂(b √(D d) L W / error), a bound that no model enters; at least 0.

    Hypotheses are D outputs on d spheres of dimension m and radius R, combinations of the E eigenfunctions per sphere that `resolution` needs, with values
    up to b. L = K √D / R bounds their slope, K being the largest degree, and W = √(m/6) (d surface(S^m) / n)^{1/m} R how far inputs are from examples.
    Source: Boopathy et al. (2023), section on classification, and the authors' code; for c classes they take d = c spheres and D = c - 1 outputs.

    Args:
        dimension: m, of the data, at least 1; `intrinsic_dimension` estimates it.
        resolution: δ, smallest distance over which the output must change (between classes), in the unit of the inputs, above 0.
        examples: n, at least 1.
        error: desired error over the Lipschitz constant of the loss, above 0.
        radius: R, largest norm of the inputs.
        outputs: D.
        pieces: d, spheres of which the data consist.
        bound: b.

    Raises:
        Problem: a number that is not above 0, or a dimension below 1.

    >>> bits = generalization_difficulty(14, 2.39871, 60_000, 0.001, radius=17.179, outputs=9, pieces=10)  # MNIST
    >>> f"{bits:.0e}"
    '1e+16'
    """
    if not min(resolution, examples, error, radius, outputs, pieces, bound) > 0:
        raise Problem(
            f"resolution, examples, error, radius, outputs, pieces, bound: expected numbers above 0, got {(resolution, examples, error)}"
            f" and {(radius, outputs, pieces, bound)}."
        )
    m, frequency = dimension, 2 * np.pi * radius / resolution
    free = outputs * (sufficient_examples(m, resolution, radius=radius, pieces=pieces) - examples)
    surface = np.log(2 * pieces) + (m + 1) / 2 * np.log(np.pi) - gammaln((m + 1) / 2)
    log_distance = 0.5 * np.log(m / 6) + (surface - np.log(examples)) / m + np.log(radius)
    slope = _degree(m, frequency) * np.sqrt(outputs) / radius
    ratio = np.log2(bound * np.sqrt(outputs * pieces) * slope / error) + log_distance / np.log(2)
    return float(max(free, 0.0) * max(ratio, 0.0))


def _degree(m, frequency):
    return (np.sqrt((m - 1) ** 2 + 4 * np.square(frequency)) - (m - 1)) / 2
