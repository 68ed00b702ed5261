"""A composition of two random functions of chosen smoothness, the inner of which has few outputs."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Reals, Values, expect
from unseen.tasks.task import Task

HALVES = (0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5)


def matern(distance: Float[Array, "..."], smoothness: float) -> Float[Array, "..."]:
    """Matérn covariance of length 1 for ν = p + 1/2: e^{-s} (p!/(2p)!) Σ_i (p+i)!/(i! (p-i)!) (2s)^{p-i}, s = √(2ν) distance; 1 at 0.

    Samples are differentiable in mean square up to order p. ν = 1/2: e^{-r}.

    >>> matern(jnp.array([0.0, 1.0]), 0.5).round(3).tolist()
    [1.0, 0.36...]
    """
    p = round(smoothness - 0.5)
    s = math.sqrt(2 * smoothness) * distance
    weights = [math.factorial(p) * math.factorial(p + i) / (math.factorial(2 * p) * math.factorial(i) * math.factorial(p - i)) for i in range(p + 1)]
    return jnp.exp(-s) * sum(weight * (2 * s) ** (p - i) for i, weight in enumerate(weights))


class ComposedProcesses(Task):
    """y = h(g(x)), x uniform on the unit sphere of R^d, g: R^d → R^k and h: R^k → R^m with independent Gaussian processes as coordinates.

    Matérn processes of length 1 and of smoothness ν_g and ν_h, drawn at the points themselves (training and test alike); g is standardised over them. Jacot,
    Choi & Wen (2025) have d = 15, k = 3, m = 20. In float32 the covariance needs 1e-3 on its diagonal: so much of the variance is white noise.

    Attributes:
        dimension: d.
        inner: k.
        outputs_count: m.
        inner_smoothness: ν_g, a half-integer from 1/2 to 15/2.
        outer_smoothness: ν_h, likewise.
        train_size: examples of the training split.
        test_size: of the test split.

    >>> splits = ComposedProcesses(train_size=9, test_size=4).splits(jax.random.key(0))
    >>> splits["train"].y.shape, splits["test"].y.shape
    ((9, 20), (4, 20))
    """

    dimension: int = eqx.field(static=True, default=15)
    inner: int = eqx.field(static=True, default=3)
    outputs_count: int = eqx.field(static=True, default=20)
    inner_smoothness: float = eqx.field(static=True, default=7.5)
    outer_smoothness: float = eqx.field(static=True, default=3.5)
    train_size: int = eqx.field(static=True, default=500)
    test_size: int = eqx.field(static=True, default=200)

    unseen: ClassVar[dict[str, str]] = {"test": "new points of the sphere"}

    def __check_init__(self) -> None:
        positive, half = (lambda n: n >= 1, "a whole number of at least 1"), (lambda nu: nu in HALVES, f"one of {HALVES}")
        expect(self, dimension=positive, inner=positive, outputs_count=positive, train_size=positive, test_size=positive)
        expect(self, inner_smoothness=half, outer_smoothness=half)

    @property
    def inputs(self) -> Reals:
        """Points, times √d."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Values:
        """Values of the processes of h."""
        return Values((self.outputs_count,))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`; the fact `inner` holds g(x)."""
        at_x, at_g, at_h = jax.random.split(key, 3)
        x = jax.random.normal(at_x, (self.train_size + self.test_size, self.dimension))
        x = x / jnp.linalg.norm(x, axis=1, keepdims=True)
        g = _process(at_g, x, self.inner_smoothness, self.inner)
        g = (g - jnp.mean(g, axis=0)) / jnp.std(g, axis=0)
        y = _process(at_h, g, self.outer_smoothness, self.outputs_count)
        every = Examples(x * math.sqrt(self.dimension), y - jnp.mean(y, axis=0), {"inner": g})
        return {"train": every.take(jnp.arange(self.train_size)), "test": every.take(jnp.arange(self.train_size, len(every)))}


def _process(key: PRNGKeyArray, x: Float[Array, "n d"], smoothness: float, count: int) -> Float[Array, "n count"]:
    squares = jnp.sum(x**2, axis=1)
    distance = jnp.sqrt(jnp.maximum(squares[:, None] + squares - 2 * x @ x.T, 0.0))
    factor = jnp.linalg.cholesky(matern(distance, smoothness) + 1e-3 * jnp.eye(len(x)))
    return factor @ jax.random.normal(key, (len(x), count))
