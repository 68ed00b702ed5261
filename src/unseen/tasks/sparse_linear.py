"""A sparse or a dense linear truth over ±1 or Gaussian inputs, for classification and regression."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Over, Problem, Reals, Values, expect, expect_numbers
from unseen.tasks.task import Task


class SparseLinear(Task):
    """y = w·x, or the class of its sign, with w supported on k of d coordinates (k = d: a dense truth).

    The two truths on which Lyu et al. (2024), "Dichotomy of Early and Late Phase Implicit Biases Can Provably Induce Grokking", train
    diagonal linear networks: with a sparse w and inputs in {-1, +1}^d the late max-L1-margin predictor generalises and the early kernel
    predictor does not (grokking); with a dense w and Gaussian inputs shifted by `margin` along ±w/‖w‖, so that the classes are
    separated by an L2 margin, it is the other way round (misgrokking).

    Attributes:
        dimension: d.
        support: k, the number of nonzero coordinates of w, the first k; each is ±1/√k when sparse, and normal/√d when k = d.
        train_size: training examples.
        test_size: test examples.
        regression: whether targets are the numbers w·x rather than the classes 1 (w·x > 0) and 0.
        gaussian: whether inputs are N(0, I) rather than uniform on {-1, +1}^d.
        margin: shift of each input along sign(w·x) w/‖w‖ (half the distance γ between the classes).
        noise: standard deviation of Gaussian noise on training targets (regression).

    Raises:
        Problem: for a support larger than the dimension, and for an even support of ±1 inputs in classification, where w·x may be 0.

    >>> SparseLinear(dimension=20, train_size=8).splits(jax.random.key(0))["train"].x.shape
    (8, 20)
    """

    dimension: int = eqx.field(static=True, default=1000)
    support: int = eqx.field(static=True, default=3)
    train_size: int = eqx.field(static=True, default=64)
    test_size: int = eqx.field(static=True, default=1000)
    regression: bool = eqx.field(static=True, default=False)
    gaussian: bool = eqx.field(static=True, default=False)
    margin: Any = 0.0
    noise: Any = 0.0

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution, new draws, without noise"}

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(
            self,
            dimension=(lambda d: d >= 1, "a dimension of at least 1"),
            support=(lambda k: k >= 1, "a support of at least 1"),
            train_size=(lambda n: n >= 1, "at least one training example"),
            test_size=(lambda n: n >= 1, "at least one test example"),
            margin=(lambda m: m >= 0, "a shift that is not negative"),
            noise=(lambda s: s >= 0, "a standard deviation that is not negative"),
        )
        if any(isinstance(value, Over) for value in (self.dimension, self.support, self.regression, self.gaussian)):
            return
        if self.support > self.dimension:
            raise Problem(f"SparseLinear.support: expected at most dimension={self.dimension}, got {self.support}. Take a smaller support.")
        if self.support % 2 == 0 and self.support < self.dimension and not self.gaussian and not self.regression:
            raise Problem(f"SparseLinear.support: expected an odd number for ±1 inputs, where w·x must not be 0, got {self.support}. Add one.")

    @property
    def inputs(self) -> Reals:
        """Vectors of `dimension`."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Classes | Values:
        """Two classes, or one number."""
        return Values((1,)) if self.regression else Classes(2)

    def truth(self, key: PRNGKeyArray) -> Float[Array, " d"]:
        """The vector w of `splits(key)`."""
        if self.support == self.dimension:
            return jax.random.normal(jax.random.fold_in(key, 0), (self.dimension,)) / jnp.sqrt(self.dimension)
        signs = jax.random.rademacher(jax.random.fold_in(key, 0), (self.support,))
        return jnp.zeros(self.dimension).at[: self.support].set(signs * self.support**-0.5)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` with noise, `test` without."""
        w = self.truth(key)
        train, test, noise = (jax.random.fold_in(key, i) for i in (1, 2, 3))
        return {"train": self._draw(train, w, self.train_size, noise), "test": self._draw(test, w, self.test_size, None)}

    def _draw(self, key: PRNGKeyArray, w: Array, n: int, noise: PRNGKeyArray | None) -> Examples:
        x = (jax.random.normal if self.gaussian else jax.random.rademacher)(key, (n, self.dimension)).astype(w.dtype)
        x = x + self.margin * jnp.sign(x @ w)[:, None] * w / jnp.linalg.norm(w)
        if not self.regression:
            return Examples(x, (x @ w > 0).astype(jnp.int32))
        return Examples(x, (x @ w + (0.0 if noise is None else self.noise * jax.random.normal(noise, (n,))))[:, None])
