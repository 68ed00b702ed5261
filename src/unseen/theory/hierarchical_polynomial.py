"""A polynomial of a quadratic form of Gaussian inputs: a target with a hidden feature of degree two."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial.hermite_e import hermeval

from unseen._types import Problem


class HierarchicalPolynomial(NamedTuple):
    """h(x) = Σ_k c_k He_k(p(x))/√k! of p(x) = xᵀ A x - tr A, x ~ N(0, I_d): a link of degree q of a feature of degree k = 2.

    He_k/√k! are orthonormal for a standard normal p. Made by `draw`, p has mean 0 and variance 1 and tends to a normal as d grows.

    >>> target = HierarchicalPolynomial.draw(np.random.default_rng(0), 4, (0.0, 1.0))
    >>> x = np.ones((1, 4))
    >>> bool(np.isclose(target(x), target.feature(x))[0])
    True
    """

    form: Float[np.ndarray, "d d"]
    coefficients: tuple[float, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, dimension: int, coefficients: tuple[float, ...]) -> "HierarchicalPolynomial":
        """A uniformly random frame, half of the eigenvalues 1/√(2d), the other half -1/√(2d): no direction counts for more than another.

        Args:
            rng: of the frame.
            dimension: d, even.
            coefficients: c_0 … c_q.

        Raises:
            Problem: a dimension that is odd or below 2, or no coefficient.
        """
        if dimension < 2 or dimension % 2 or not coefficients:
            raise Problem(f"dimension, coefficients: expected an even dimension of at least 2 and c_0, c_1, …, got {dimension!r} and {coefficients!r}.")
        frame, _ = np.linalg.qr(rng.normal(size=(dimension, dimension)))
        return cls((frame * np.resize([1.0, -1.0], dimension)) @ frame.T / math.sqrt(2 * dimension), coefficients)

    def feature(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """p(x)."""
        return np.einsum("ni,ni->n", x @ self.form, x) - np.trace(self.form)

    def __call__(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """h(x)."""
        return hermeval(self.feature(x), [c / math.sqrt(math.factorial(k)) for k, c in enumerate(self.coefficients)])
