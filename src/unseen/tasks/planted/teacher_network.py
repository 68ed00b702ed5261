"""Targets given by a random network with one hidden layer."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Reals, Values, expect
from unseen.tasks.task import Task


class TeacherNetwork(Task):
    """y = a·erf(slope W x/√d)/√width + noise ξ; x, ξ, and all weights a and W of the teacher are independent N(0, 1), and ξ is on training targets only.

    The setting of Camilli, Tieplova & Barbier (2023), "Fundamental limits of overparametrized shallow neural networks for supervised learning", with a
    linear readout; their activation is any smooth odd one. The mean square of a target without noise is (2/π) arcsin(2 slope²/(1 + 2 slope²)).

    Attributes:
        dimension: d of an input.
        width: hidden units of the teacher.
        train_size: n.
        test_size: examples of the test split.
        slope: of the activation at its inflection, over that of erf.
        noise: standard deviation of the noise.

    >>> TeacherNetwork(dimension=6, width=3, train_size=4).splits(jax.random.key(0))["train"].y.shape
    (4, 1)
    """

    dimension: int = eqx.field(static=True, default=100)
    width: int = eqx.field(static=True, default=400)
    train_size: int = eqx.field(static=True, default=200)
    test_size: int = eqx.field(static=True, default=1000)
    slope: Any = 2.0
    noise: Any = 0.3

    unseen: ClassVar[dict[str, str]] = {"test": "new draws from the same distribution, without noise"}

    def __check_init__(self) -> None:
        expect(
            self,
            dimension=(lambda d: d >= 1, "a dimension of at least 1"),
            width=(lambda p: p >= 1, "at least one hidden unit"),
            train_size=(lambda n: n >= 1, "at least one training example"),
            test_size=(lambda n: n >= 1, "at least one test example"),
            slope=(lambda s: s > 0, "a number above 0"),
            noise=(lambda s: s >= 0, "a standard deviation that is not negative"),
        )

    @property
    def inputs(self) -> Reals:
        """Vectors of `dimension`."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Values:
        """One number."""
        return Values((1,))

    def teacher(self, key: PRNGKeyArray) -> tuple[Float[Array, " width"], Float[Array, "width d"]]:
        """The weights (a, W) of `splits(key)`."""
        readout, first = jax.random.split(jax.random.fold_in(key, 0))
        return jax.random.normal(readout, (self.width,)), jax.random.normal(first, (self.width, self.dimension))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` with noise, `test` without."""
        readout, first = self.teacher(key)

        def draw(index: int, n: int) -> Examples:
            x = jax.random.normal(jax.random.fold_in(key, index), (n, self.dimension))
            hidden = jax.scipy.special.erf(self.slope * x @ first.T / jnp.sqrt(self.dimension))
            return Examples(x, (hidden @ readout / jnp.sqrt(self.width))[:, None])

        train, noise = draw(1, self.train_size), jax.random.normal(jax.random.fold_in(key, 2), (self.train_size, 1))
        return {"train": Examples(train.x, train.y + self.noise * noise), "test": draw(3, self.test_size)}
