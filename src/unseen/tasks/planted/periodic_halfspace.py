"""Gaussian inputs whose labels alternate along a hidden direction: hard instances of learning halfspaces with arbitrary label noise."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from scipy.special import dawsn, gammaln

from unseen._types import Classes, Examples, Problem, Reals, expect
from unseen.tasks.task import Task

ODD = np.arange(1, 4000, 2)


class PeriodicHalfspace(Task):
    """x ~ N(0, I_d); class 1 where sin 2π(γ <v, x> + β ξ) > 0, with v a hidden random direction of length 1 and ξ ~ N(0, 1).

    γ <v, x> + β ξ modulo 1 is a sample of continuous learning with errors (Bruna, Regev, Song & Tang 2021), of which the label keeps one bit. The
    halfspace <v, x> > 0 is right with probability 1/2 + `advantage`, about 1/2 + 0.1 / γ; but all moments of x and label up to a degree of about
    (2πγ)² are exponentially small (`low_degree_correlation`), and so is what statistics of low degree can find. After Diakonikolas, Kane & Ren (2023).

    Attributes:
        dimension: d, at least 1.
        frequency: γ, periods in a standard deviation, above 0. At 0.1 the labels are those of a halfspace but for 1 input in 2 million (β = 0).
        noise: β, in periods, at least 0.
        train_size: examples of the training split.
        test_size: of the test split.

    >>> splits = PeriodicHalfspace(train_size=5).splits(jax.random.key(0))
    >>> splits["train"].x.shape, splits["train"].info["along"].shape, round(PeriodicHalfspace(frequency=1.0).advantage(), 3)
    ((5, 10), (5,), 0.102)
    """

    dimension: int = eqx.field(static=True, default=10)
    frequency: float | Array = 1.0
    noise: float | Array = 0.0
    train_size: int = eqx.field(static=True, default=2000)
    test_size: int = eqx.field(static=True, default=1000)

    unseen: ClassVar[dict[str, str]] = {"test": "fresh draws from the same distribution"}

    def __check_init__(self) -> None:
        whole = (lambda n: n >= 1, "a whole number of at least 1")
        expect(self, dimension=whole, train_size=whole, test_size=whole)
        expect(self, frequency=(lambda g: g > 0, "above 0"), noise=(lambda b: b >= 0, "at least 0"))

    @property
    def inputs(self) -> Reals:
        """Points."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Classes:
        """In which half of a period."""
        return Classes(2)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`; the fact `along` is <v, x>."""
        at_v, at_x, at_noise = jax.random.split(key, 3)
        v = jax.random.normal(at_v, (self.dimension,))
        x = jax.random.normal(at_x, (self.train_size + self.test_size, self.dimension))
        along = x @ (v / jnp.linalg.norm(v))
        phase = self.frequency * along + self.noise * jax.random.normal(at_noise, along.shape)
        every = Examples(x, (jnp.sin(2 * jnp.pi * phase) > 0).astype(jnp.int32), {"along": along})
        return {"train": every.take(jnp.arange(self.train_size)), "test": every.take(jnp.arange(self.train_size, len(every)))}

    def advantage(self) -> float:
        """P(label is [<v, x> > 0]) - 1/2, exact: Σ_{k odd} 4 / (k π^{3/2}) e^{-2π²k²β²} D(√2 π k γ), with D Dawson's integral.

        Summed to k = 3999, which leaves out less than 1e-5 / γ.
        """
        return float(np.sum(self._waves() / np.sqrt(np.pi) * dawsn(np.sqrt(2) * np.pi * ODD * float(self.frequency))))

    def low_degree_correlation(self, degree: int) -> Float[np.ndarray, " degree"]:
        """The largest correlation of the label, as ±1, with a polynomial of x of unit variance of degree at most 1, 2 … `degree`, in [0, 1].

        The square root of the sum of the squared Hermite coefficients in <v, x>: all others are 0. Each wave sin(a t) has a^k e^{-a²/2} / √k! at odd k,
        but for its sign, which all waves share, and 0 at even k.

        Raises:
            Problem: a degree below 1.
        """
        if degree < 1:
            raise Problem(f"degree: expected at least 1, got {degree!r}.")
        a, k = 2 * np.pi * ODD * float(self.frequency), np.arange(1, degree + 1)[:, None]
        found = np.exp(k * np.log(a) - a**2 / 2 - gammaln(k + 1) / 2) @ self._waves()
        return np.sqrt(np.cumsum(np.where(k[:, 0] % 2 == 1, found**2, 0.0)))

    def _waves(self) -> Float[np.ndarray, " waves"]:
        """Amplitudes of sin(2πkγ t), k odd, in the mean of the label at t."""
        return 4 / (np.pi * ODD) * np.exp(-2 * (np.pi * ODD * float(self.noise)) ** 2)
