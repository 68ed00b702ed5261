"""Ridge regression and minimum-norm least squares in closed form."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from unseen._types import Examples, Problem, Stream, expect
from unseen.methods.fit._targets import targets
from unseen.methods.joints import Fit


class LeastSquares(Fit):
    """W = argmin ‖X W − Y‖²_F + ridge·‖W‖²_F for a linear network; without ridge the solution of least norm. A bias is not penalised.

    Labels are one-hot targets. The initial weights do not matter.

    Attributes:
        ridge: at least 0, on the scale of the sum of squares (scikit-learn's alpha); None: least norm.

    >>> x, y = jnp.array([[1.0], [2.0]]), jnp.array([[3.0], [6.0]])
    >>> [round(LeastSquares(ridge).solve(x, y).item(), 4) for ridge in (None, 5.0)]  # 15 / 5, 15 / (5 + 5)
    [3.0, 1.5]
    """

    ridge: float | Array | None = None

    def __check_init__(self) -> None:
        expect(self, ridge=(lambda r: r is None or r >= 0, "None or a number of at least 0"))

    def fit(self, network: Any, splits: dict[str, Examples | Stream], key: PRNGKeyArray) -> Any:
        """The network with solved weights.

        Raises:
            Problem: when the network is not a `Linear`, or the training set is a stream.
        """
        train = splits["train"]
        if not hasattr(network, "design") or isinstance(train, Stream):
            raise Problem(f"LeastSquares: expected a Linear network and a finite training set, got {type(network).__name__} and {type(train).__name__}.")
        x = jax.vmap(network.design)(train.x)
        y = targets(train.y, network.weight.shape[1])
        x_mean, y_mean = (jnp.zeros(()), jnp.zeros(())) if network.bias is None else (x.mean(0), y.mean(0))
        weight = self.solve(x - x_mean, y - y_mean).astype(network.weight.dtype)
        network = eqx.tree_at(lambda n: n.weight, network, weight)
        return network if network.bias is None else eqx.tree_at(lambda n: n.bias, network, y_mean - x_mean @ weight)

    def solve(self, x: Array, y: Array) -> Array:
        """The weights for centred data, in the smaller of primal and dual."""
        if self.ridge is None:
            return jnp.linalg.pinv(x) @ y
        n, size = x.shape
        if size <= n:
            return jnp.linalg.solve(x.T @ x + self.ridge * jnp.eye(size), x.T @ y)
        return x.T @ jnp.linalg.solve(x @ x.T + self.ridge * jnp.eye(n), y)
