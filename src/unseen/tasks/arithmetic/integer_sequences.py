"""Integer sequences by the kind of law that makes them, and what one can be asked of them."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, Values, expect
from unseen.tasks.primality import primes
from unseen.tasks.task import Task

CATEGORIES = ("polynomial", "exponential", "periodic", "modular", "prime")
ASKS = ("category", "next", "continuation", "unmasking", "similarity")
HIDDEN = -1.0  # what stands in the place of a hidden term
AHEAD = 3  # terms of a continuation


class IntegerSequences(Task):
    """The first terms of a sequence of whole numbers, not negative, as log(1 + term), and one of five questions, after FACT (Belcák et al. 2022).

    With a, b, c, k up to `largest`, drawn for each sequence, and n = 0, 1, …: "polynomial" a n² + b n + c, a ≥ 1; "exponential" a 2ⁿ + b or a 3ⁿ + b, a ≥ 1;
    "periodic": 2 to 5 values up to `largest` over and over; "modular" (a n² + b n + c) mod m, a ≥ 1, m from 2 to `largest` + 2; "prime": the primes from the
    k-th on. The questions: "category", which of the five; "next", log(1 + term) of the next; "continuation", of the next three; "unmasking", of a random
    term that is hidden (-1 stands in its place); "similarity", whether two sequences, one after the other, are of one category (half of them are).

    `train` and `test` are alike (interpolation); in `larger` a or b is above `largest`, up to twice it, and so are k, a value, and m - 2 (extrapolation).
    Different constants may give one sequence, so that some of `test` and few of `larger` are in `train` by chance.

    Attributes:
        asks: one of ASKS.
        terms: terms that are given, at least 5.
        largest: bound of what is drawn in training, at least 2.
        train_size: sequences, evenly many of each category up to one.
        test_size: sequences in `test`, and in `larger`.

    >>> task = IntegerSequences()
    >>> jnp.expm1(task.sequence(jax.random.key(0), jnp.array(4), larger=False)).round()[:5].astype(int).tolist()
    [23, 29, 31, 37, 41]
    """

    asks: str = eqx.field(static=True, default="category")
    terms: int = eqx.field(static=True, default=10)
    largest: int = eqx.field(static=True, default=9)
    train_size: int = eqx.field(static=True, default=4000)
    test_size: int = eqx.field(static=True, default=1000)

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution, fresh draws", "larger": "same laws, with larger constants than any seen"}

    def __check_init__(self) -> None:
        expect(
            self,
            asks=(lambda a: a in ASKS, "one of " + ", ".join(map(repr, ASKS))),
            terms=(lambda n: n >= 5, "at least 5 terms"),
            largest=(lambda n: n >= 2, "at least 2"),
            train_size=(lambda n: n >= 1, "at least 1"),
            test_size=(lambda n: n >= 1, "at least 1"),
        )

    @property
    def inputs(self) -> Reals:
        """The terms of one sequence, or of two."""
        return Reals((self.terms * (2 if self.asks == "similarity" else 1),))

    @property
    def outputs(self) -> Classes | Values:
        """A category, yes or no, or logarithms of terms."""
        if self.asks in ("category", "similarity"):
            return Classes(len(CATEGORIES) if self.asks == "category" else 2)
        return Values((AHEAD if self.asks == "continuation" else 1,))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test` and `larger`."""
        keys = jax.random.split(key, 3)
        sizes = (self.train_size, self.test_size, self.test_size)
        return {name: self.examples(k, n, name == "larger") for name, k, n in zip(("train", "test", "larger"), keys, sizes, strict=True)}

    def examples(self, key: PRNGKeyArray, count: int, larger: bool) -> Examples:
        """So many sequences with their question; the fact `category` is the (first) sequence's place in CATEGORIES."""
        at_sequence, at_other, at_change, at_hidden = jax.random.split(key, 4)
        category = jnp.arange(count) % len(CATEGORIES)
        full = jax.vmap(lambda k, c: self.sequence(k, c, larger))(jax.random.split(at_sequence, count), category)
        x, info = full[:, : self.terms], {"category": category}
        if self.asks == "category":
            return Examples(x, category, info)
        if self.asks == "similarity":
            same = jnp.arange(count) // len(CATEGORIES) % 2
            shift = jax.random.randint(at_change, (count,), 1, len(CATEGORIES))
            also = jnp.where(same == 1, category, (category + shift) % len(CATEGORIES))
            other = jax.vmap(lambda k, c: self.sequence(k, c, larger))(jax.random.split(at_other, count), also)
            return Examples(jnp.concatenate([x, other[:, : self.terms]], axis=1), same, info)
        if self.asks == "unmasking":
            at = jax.random.randint(at_hidden, (count,), 0, self.terms)
            return Examples(jnp.where(jnp.arange(self.terms) == at[:, None], HIDDEN, x), x[jnp.arange(count), at][:, None], info)
        ahead = AHEAD if self.asks == "continuation" else 1
        return Examples(x, full[:, self.terms : self.terms + ahead], info)

    def sequence(self, key: PRNGKeyArray, category: Int[Array, ""], larger: bool) -> Float[Array, " more_terms"]:
        """log(1 + term) of the first terms and three more."""
        keys, n, top = jax.random.split(key, 7), jnp.arange(self.terms + AHEAD), self.largest
        # With `larger`, one of the constants, at random, is above all that training has.
        a, b, c = jax.random.randint(keys[0], (3,), 0, (2 * top if larger else top) + 1)
        if larger:
            raised = jax.random.randint(keys[1], (3,), top + 1, 2 * top + 1)
            which = jax.random.randint(keys[2], (), 0, 2)  # a or b, which every law has
            a, b = jnp.where(which == 0, raised[0], a), jnp.where(which == 1, raised[1], b)
        a = jnp.maximum(a, 1)
        beyond = jax.random.randint(keys[6], (), top + 1 if larger else 0, (2 * top if larger else top) + 1)  # of what has no a and b
        values = jax.random.randint(keys[3], (5,), 0, top + 1).at[0].set(beyond)
        period, modulus = jax.random.randint(keys[4], (), 2, 6), 2 + beyond
        base = jax.random.randint(keys[5], (), 2, 4)
        table = jnp.array(np.flatnonzero(primes(max(60, 40 * (2 * top + self.terms + AHEAD)))))
        square = a * n**2 + b * n + c
        laws = (
            jnp.log1p(square.astype(float)),
            n * jnp.log(base.astype(float)) + jnp.log(a + (b + 1) * base.astype(float) ** -n),  # log(a baseⁿ + b + 1), which overflows nowhere
            jnp.log1p(values[n % period].astype(float)),
            jnp.log1p((square % modulus).astype(float)),
            jnp.log1p(table[beyond + n].astype(float)),
        )
        return jnp.stack(laws)[category]
