"""Prime or composite, from the digits of a number."""

import functools
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Over, Problem, Tokens, expect, expect_numbers
from unseen.tasks.task import Task


class Primality(Task):
    """Class 1 where a number is prime, 0 where it is composite; the numbers have no small factor, so that no small divisor gives the answer away.

    The candidates are the numbers of exactly `bits` bits without a factor up to `sieve`. Training and test set are half primes and half composites
    among them, drawn at random, all different. The input is the number's digits, the most significant first. With a `modulus` the label is instead whether
    the remainder is below half of it, of the same numbers: a property that is there to be learned.

    Attributes:
        bits: of the numbers, 4 to 24: all are listed.
        sieve: the largest prime that no number has as a factor; 1 leaves all numbers in.
        base: of the digits, 2 to 36.
        modulus: None for primality.
        train_size: training examples, an even number.
        test_size: test examples, an even number.

    Raises:
        Problem: when there are too few primes, or too few composites.

    >>> splits = Primality(bits=10, sieve=3, train_size=60, test_size=20).splits(jax.random.key(0))
    >>> splits["train"].x.shape, splits["test"].y.sum().item()
    ((60, 10), 10)
    """

    bits: int = eqx.field(static=True, default=16)
    sieve: int = eqx.field(static=True, default=13)
    base: int = eqx.field(static=True, default=2)
    modulus: int | None = eqx.field(static=True, default=None)
    train_size: int = eqx.field(static=True, default=4000)
    test_size: int = eqx.field(static=True, default=2000)

    unseen: ClassVar[dict[str, str]] = {"test": "numbers that were not trained on"}

    def __check_init__(self) -> None:
        expect_numbers(self)
        even = (lambda n: n >= 2 and n % 2 == 0, "an even number of at least 2: half of them are primes")
        expect(
            self,
            bits=(lambda b: 4 <= b <= 24, "4 to 24 bits"),
            sieve=(lambda p: p >= 1, "a number of at least 1"),
            base=(lambda b: 2 <= b <= 36, "a whole number from 2 to 36"),
            modulus=(lambda m: m is None or m >= 2, "None or at least 2"),
            train_size=even,
            test_size=even,
        )
        if any(isinstance(value, Over) for value in (self.bits, self.sieve, self.train_size, self.test_size)):
            return
        asked, there = (self.train_size + self.test_size) // 2, min(map(len, self.candidates))
        if asked > there:
            raise Problem(f"Primality.train_size + test_size: expected at most {2 * there}, half of them primes, got {2 * asked}. Take fewer, or more bits.")

    @property
    def candidates(self) -> tuple[Int[np.ndarray, " composites"], Int[np.ndarray, " primes"]]:
        """The composites and the primes that may be drawn."""
        return _candidates(self.bits, self.sieve)

    @property
    def inputs(self) -> Tokens:
        """Digits."""
        return Tokens(len(np.base_repr(2**self.bits - 1, self.base)), self.base)

    @property
    def outputs(self) -> Classes:
        """Composite and prime."""
        return Classes(2)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`."""
        halves = [jax.random.permutation(jax.random.fold_in(key, kind), jnp.asarray(n)) for kind, n in enumerate(self.candidates)]
        cut, end = self.train_size // 2, (self.train_size + self.test_size) // 2
        return {"train": self._examples([n[:cut] for n in halves]), "test": self._examples([n[cut:end] for n in halves])}

    def _examples(self, halves: list[Array]) -> Examples:
        n = jnp.concatenate(halves)
        prime = jnp.repeat(jnp.arange(2), len(halves[0]))
        places = jnp.asarray(self.base ** np.arange(self.inputs.length - 1, -1, -1), jnp.int32)
        y = prime if self.modulus is None else (2 * (n % self.modulus) < self.modulus).astype(jnp.int32)
        return Examples((n[:, None] // places % self.base).astype(jnp.int32), y, {"number": n})


def primes(limit: int) -> Bool[np.ndarray, " limit"]:
    """Whether each of 0 … limit-1 is prime: the sieve of Eratosthenes.

    >>> np.flatnonzero(primes(20)).tolist()
    [2, 3, 5, 7, 11, 13, 17, 19]
    """
    prime = np.ones(limit, bool)
    prime[:2] = False
    for p in range(2, int(limit**0.5) + 1):
        if prime[p]:
            prime[p * p :: p] = False
    return prime


@functools.cache
def _candidates(bits: int, sieve: int) -> tuple[np.ndarray, np.ndarray]:
    prime = primes(2**bits)
    n = np.arange(2 ** (bits - 1), 2**bits)
    for p in np.flatnonzero(primes(min(sieve, 2**bits - 1) + 1)):
        n = n[n % p > 0]
    return n[~prime[n]], n[prime[n]]
