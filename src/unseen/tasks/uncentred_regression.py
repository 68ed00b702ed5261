"""Sparse linear regression whose inputs do not have mean zero."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Reals, Values, expect
from unseen.tasks.task import Task


class UncentredRegression(Task):
    """y = ⟨w, x⟩ + noise on the training targets, with x ~ N(mean·1, I) and w = 1/√support on the first `support` coordinates, else 0.

    With a mean all coordinates of a diagonal network get a large gradient at first, those that do not count too: the setting in which large steps lead to
    sparse solutions (Nacson et al. 2022, "Implicit bias of the step size in linear diagonal neural networks"; there with mean and deviation of 5).

    Attributes:
        dimension: of the inputs.
        support: coordinates that count, at most the dimension.
        train_size: training examples.
        test_size: test examples.
        mean: of each input.
        noise: standard deviation of the noise on training targets, at least 0.

    >>> UncentredRegression(dimension=6, support=2, train_size=5).splits(jax.random.key(0))["train"].y.shape
    (5, 1)
    """

    dimension: int = eqx.field(static=True, default=100)
    support: int = eqx.field(static=True, default=5)
    train_size: int = eqx.field(static=True, default=50)
    test_size: int = eqx.field(static=True, default=1000)
    mean: float | Array = 1.0
    noise: float | Array = 0.0

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution, new draws, without noise"}

    def __check_init__(self) -> None:
        expect(
            self,
            dimension=(lambda d: d >= 1, "a dimension of at least 1"),
            train_size=(lambda n: n >= 1, "at least one training example"),
            test_size=(lambda n: n >= 1, "at least one test example"),
            noise=(lambda s: s >= 0, "a standard deviation that is not negative"),
        )
        if isinstance(self.dimension, int):
            expect(self, support=(lambda k: 1 <= k <= self.dimension, f"1 to dimension={self.dimension} coordinates"))

    @property
    def inputs(self) -> Reals:
        """Vectors of `dimension`."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Values:
        """One number."""
        return Values((1,))

    @property
    def truth(self) -> Float[Array, " dimension"]:
        """The weights w."""
        return (jnp.arange(self.dimension) < self.support) / jnp.sqrt(self.support)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` with noise, `test` without."""
        train, test, noise = jax.random.split(key, 3)
        x = {name: self.mean + jax.random.normal(k, (n, self.dimension)) for name, k, n in (("train", train, self.train_size), ("test", test, self.test_size))}
        off = {"train": self.noise * jax.random.normal(noise, (self.train_size,)), "test": 0.0}
        return {name: Examples(x[name], (x[name] @ self.truth + off[name])[:, None]) for name in x}
