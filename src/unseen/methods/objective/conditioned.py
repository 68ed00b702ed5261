"""An objective plus what weight matrices lack in being orthogonal up to scale."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from unseen._types import expect
from unseen.methods.joints import Objective
from unseen.methods.objective.cross_entropy import CrossEntropy


def spread(weight: Float[Array, "n m"]) -> Float[Array, ""]:
    """(d/4) ln(‖W‖_F²/d) - (1/4) ln det(W Wᵀ), or of WᵀW where that is the smaller, d × d: at least 0.

    0 for multiples of matrices with orthonormal rows or columns alone: it compares the arithmetic and the geometric mean of squared singular values.

    >>> float(spread(3.0 * jnp.eye(4)))
    0.0
    """
    rows, columns = weight.shape
    d = min(rows, columns)
    if rows == columns:  # its own determinant: that of W Wᵀ has twice as many digits to lose
        log_volume = jnp.linalg.slogdet(weight)[1] / 2
    else:
        log_volume = jnp.linalg.slogdet(weight @ weight.T if rows < columns else weight.T @ weight)[1] / 4
    return d / 4 * jnp.log(jnp.sum(jnp.square(weight)) / d) - log_volume


class Conditioned(Objective):
    """inner + strength·Σ_W `spread`(W) over the matrices among the parameters: low condition numbers, without a preferred size.

    For a square one it is the logarithm of the norm of composition with it (`bounds/koopman.py`, s = d/2) with the root mean square of the singular
    values in the place of the largest: a penalty on norms that is a reward for determinants.

    Attributes:
        inner: the objective that is regularised.
        strength: at least 0.

    >>> round(float(Conditioned(strength=2.0).penalty({"w": jnp.diag(jnp.array([1.0, 3.0]))})), 4)  # ln(5 / 3), as d = 2
    0.5108
    """

    inner: Objective = CrossEntropy()
    strength: float | Array = 1e-3

    def __check_init__(self) -> None:
        expect(self, strength=(lambda s: s >= 0, "a number of at least 0"))

    def losses(self, outputs: PyTree[Array], y: PyTree[Array]) -> Float[Array, " n"]:
        """Those of `inner`."""
        return self.inner.losses(outputs, y)

    def penalty(self, params: PyTree) -> Float[Array, ""]:
        """strength·Σ spread, and the penalty of `inner`."""
        return self.inner.penalty(params) + self.strength * sum(spread(leaf) for leaf in jax.tree.leaves(params) if leaf.ndim == 2)
