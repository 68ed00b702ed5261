"""Parity of a hidden subset of bits."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Over, Problem, Reals, expect, expect_numbers
from unseen.tasks.task import Task

ENUMERABLE = 20  # bits up to which all inputs are listed


class SparseParity(Task):
    """x in {-1, +1}^n, class 1 where the product of k hidden coordinates is -1 (an odd number of them), class 0 elsewhere.

    Training and test inputs are all distinct. The (n, k)-parity of Morwani et al. (2024), "Feature Emergence via Margin Maximization", and of
    Barak et al. (2022), "Hidden Progress in Deep Learning". The hidden coordinates are a random subset, or the first k.

    Attributes:
        bits: n.
        degree: k.
        train_size: training examples; train_size + test_size ≤ 2^bits.
        test_size: test examples.
        first: whether the relevant coordinates are 0..k-1 instead of a random subset drawn from the key.

    Raises:
        Problem: when there are fewer inputs than examples asked for.

    >>> SparseParity(bits=5, degree=2, train_size=20, test_size=12).splits(jax.random.key(0))["test"].x.shape
    (12, 5)
    """

    bits: int = eqx.field(static=True, default=10)
    degree: int = eqx.field(static=True, default=4)
    train_size: int = eqx.field(static=True, default=512)
    test_size: int = eqx.field(static=True, default=512)
    first: bool = eqx.field(static=True, default=False)

    unseen: ClassVar[dict[str, str]] = {"test": "inputs never seen"}

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(
            self,
            bits=(lambda n: n >= 1, "at least one bit"),
            degree=(lambda k: k >= 1, "a degree of at least 1"),
            train_size=(lambda n: n >= 1, "at least one training example"),
            test_size=(lambda n: n >= 1, "at least one test example"),
        )
        if any(isinstance(value, Over) for value in (self.bits, self.degree, self.train_size, self.test_size)):
            return
        if self.degree > self.bits:
            raise Problem(f"SparseParity.degree: expected at most bits={self.bits}, got {self.degree}. Take fewer relevant bits.")
        if self.train_size + self.test_size > 2**self.bits:
            asked = self.train_size + self.test_size
            raise Problem(f"SparseParity.train_size + test_size: expected at most 2^{self.bits} = {2**self.bits}, got {asked}. Take fewer, or more bits.")

    @property
    def inputs(self) -> Reals:
        """Vectors of ±1."""
        return Reals((self.bits,))

    @property
    def outputs(self) -> Classes:
        """Even (0) and odd (1)."""
        return Classes(2)

    def relevant(self, key: PRNGKeyArray) -> Int[Array, " k"]:
        """The hidden coordinates of `splits(key)`."""
        order = jnp.arange(self.bits) if self.first else jax.random.permutation(jax.random.fold_in(key, 0), self.bits)
        return order[: self.degree]

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`: distinct inputs."""
        x = self._inputs(key)
        y = (jnp.prod(x[:, self.relevant(key)], axis=1) < 0).astype(jnp.int32)
        return {"train": Examples(x[: self.train_size], y[: self.train_size]), "test": Examples(x[self.train_size :], y[self.train_size :])}

    def _inputs(self, key: PRNGKeyArray) -> Array:
        size, shuffle, draw, rest = self.train_size + self.test_size, *(jax.random.fold_in(key, i) for i in (1, 2, 3))
        listed = min(self.bits, 31)
        if self.bits <= ENUMERABLE:
            code = jax.random.permutation(shuffle, 2**self.bits)[:size]
        else:  # sorted draws plus their rank are distinct
            ranks = jnp.sort(jax.random.randint(draw, (size,), 0, 2**listed - size + 1)) + jnp.arange(size)
            code = jax.random.permutation(shuffle, ranks)
        bits = (code[:, None] >> jnp.arange(listed)) & 1
        more = jax.random.bernoulli(rest, 0.5, (size, self.bits - listed))
        return 1.0 - 2.0 * jnp.concatenate([bits, more], axis=1)
