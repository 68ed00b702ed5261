"""Integer sequences by the kind of law that makes them, or those of OEIS, and what one can be asked of them."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Over, Problem, Reals, Values, expect
from unseen.tasks.arithmetic.oeis import read_stripped
from unseen.tasks.primality import primes
from unseen.tasks.task import Task

CATEGORIES = ("polynomial", "exponential", "periodic", "modular", "prime")
ASKS = ("category", "next", "continuation", "unmasking", "similarity")
HIDDEN = -1.0  # what stands in the place of a hidden term
AHEAD = 3  # terms of a continuation
KNOWN = ("next", "continuation", "unmasking")  # what can be asked without knowing the kind of law


class IntegerSequences(Task):
    """The first terms of a sequence of whole numbers, not negative, as log(1 + term), and one of five questions, after FACT (Belcák et al. 2022).

    With a, b, c, k up to `largest`, drawn for each sequence, and n = 0, 1, …: "polynomial" a n² + b n + c, a ≥ 1; "exponential" a 2ⁿ + b or a 3ⁿ + b, a ≥ 1;
    "periodic": 2 to 5 values up to `largest` over and over; "modular" (a n² + b n + c) mod m, a ≥ 1, m from 2 to `largest` + 2; "prime": the primes from the
    k-th on. The questions: "category", which of the five; "next", log(1 + term) of the next; "continuation", of the next three; "unmasking", of a random
    term that is hidden (-1 stands in its place); "similarity", whether two sequences, one after the other, are of one category (half of them are).

    `train` and `test` are alike (interpolation); in `larger` a or b is above `largest`, up to twice it, and so are k, a value, and m - 2 (extrapolation).
    Different constants may give one sequence, so that some of `test` and few of `larger` are in `train` by chance.

    With `oeis` the sequences are those of the On-Line Encyclopedia of Integer Sequences instead, which do not say their kind of law, so that neither "category"
    nor "similarity" can be asked. Used are those whose first `terms` + 3 terms are there and not negative, one of those with the same given terms; the fact
    `sequence` is the number. `larger` has those with the largest terms of all, and the others are divided at random into `train` and `test`.

    Attributes:
        asks: one of ASKS.
        terms: terms that are given, at least 5.
        largest: bound of what is drawn in training, at least 2; not read with `oeis`.
        train_size: sequences, evenly many of each category up to one.
        test_size: sequences in `test`, and in `larger`.
        oeis: path of the file `stripped` or `stripped.gz` of https://oeis.org/stripped.gz (see `unseen.tasks.arithmetic.oeis`); None for the laws above.

    Raises:
        Problem: by `load`, when the file is not there or not of that form, or has too few sequences.

    >>> task = IntegerSequences()
    >>> jnp.expm1(task.sequence(jax.random.key(0), jnp.array(4), larger=False)).round()[:5].astype(int).tolist()
    [23, 29, 31, 37, 41]
    """

    asks: str = eqx.field(static=True, default="category")
    terms: int = eqx.field(static=True, default=10)
    largest: int = eqx.field(static=True, default=9)
    train_size: int = eqx.field(static=True, default=4000)
    test_size: int = eqx.field(static=True, default=1000)
    oeis: str | None = eqx.field(static=True, default=None)

    @property
    def unseen(self) -> dict[str, str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Fresh sequences, and larger ones."""
        if self.oeis is None:
            return {"test": "same distribution, fresh draws", "larger": "same laws, with larger constants than any seen"}
        return {"test": "sequences that were not trained on", "larger": "sequences with terms at least as large as any seen"}

    def __check_init__(self) -> None:
        expect(
            self,
            asks=(lambda a: a in ASKS, "one of " + ", ".join(map(repr, ASKS))),
            terms=(lambda n: n >= 5, "at least 5 terms"),
            largest=(lambda n: n >= 2, "at least 2"),
            train_size=(lambda n: n >= 1, "at least 1"),
            test_size=(lambda n: n >= 1, "at least 1"),
            oeis=(lambda path: path is None or (isinstance(path, str) and path), "None or the path of OEIS's file stripped.gz"),
        )
        if not isinstance(self.oeis, Over) and self.oeis is not None:
            expect(self, asks=(lambda a: a in KNOWN, "with oeis, which knows no kinds of law, one of " + ", ".join(map(repr, KNOWN))))

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

    def load(self) -> tuple[Float[np.ndarray, "n terms"], Int[np.ndarray, " n"]] | None:
        """log(1 + term) of the sequences of OEIS, from the smallest largest term to the largest, and their numbers; None without a file."""
        if self.oeis is None:
            return None
        found: dict[tuple[int, ...], tuple[int, list[int]]] = {}
        for number, terms in read_stripped(self.oeis):
            used = terms[: self.terms + AHEAD]
            if len(used) == self.terms + AHEAD and min(used) >= 0:
                found.setdefault(tuple(used[: self.terms]), (number, used))
        wanted, numbered = self.train_size + 2 * self.test_size, sorted(found.values(), key=lambda one: max(one[1]))
        if len(numbered) < wanted:
            what = f"{wanted} sequences (train_size and twice test_size) with {self.terms + AHEAD} terms that are not negative"
            raise Problem(f"IntegerSequences.oeis: expected {what} in {self.oeis}, found {len(numbered)}. Take fewer sequences, or fewer terms.")
        logs = np.array([[math.log(1 + term) for term in terms] for _, terms in numbered], np.float32)
        return logs, np.array([number for number, _ in numbered], np.int32)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test` and `larger`."""
        if self.oeis is not None:
            return self._divided(key, self.load() if data is None else data)
        keys = jax.random.split(key, 3)
        sizes = (self.train_size, self.test_size, self.test_size)
        return {name: self.examples(k, n, name == "larger") for name, k, n in zip(("train", "test", "larger"), keys, sizes, strict=True)}

    def examples(self, key: PRNGKeyArray, count: int, larger: bool) -> Examples:
        """So many sequences with their question; the fact `category` is the (first) sequence's place in CATEGORIES."""
        at_sequence, at_other, at_change, at_hidden = jax.random.split(key, 4)
        category = jnp.arange(count) % len(CATEGORIES)
        full = jax.vmap(lambda k, c: self.sequence(k, c, larger))(jax.random.split(at_sequence, count), category)
        x, info = full[:, : self.terms], {"category": category}
        if self.asks in KNOWN:
            return self._asked(full, at_hidden, info)
        if self.asks == "category":
            return Examples(x, category, info)
        same = jnp.arange(count) // len(CATEGORIES) % 2
        shift = jax.random.randint(at_change, (count,), 1, len(CATEGORIES))
        also = jnp.where(same == 1, category, (category + shift) % len(CATEGORIES))
        other = jax.vmap(lambda k, c: self.sequence(k, c, larger))(jax.random.split(at_other, count), also)
        return Examples(jnp.concatenate([x, other[:, : self.terms]], axis=1), same, info)

    def _asked(self, full: Float[Array, "n more_terms"], at_hidden: PRNGKeyArray, info: dict[str, Array]) -> Examples:
        x, count = full[:, : self.terms], len(full)
        if self.asks == "unmasking":
            at = jax.random.randint(at_hidden, (count,), 0, self.terms)
            return Examples(jnp.where(jnp.arange(self.terms) == at[:, None], HIDDEN, x), x[jnp.arange(count), at][:, None], info)
        ahead = AHEAD if self.asks == "continuation" else 1
        return Examples(x, full[:, self.terms : self.terms + ahead], info)

    def _divided(self, key: PRNGKeyArray, data: PyTree[Any]) -> dict[str, Examples]:
        """The sequences of OEIS, those of the largest terms apart."""
        logs, numbers = map(jnp.asarray, data)
        at_order, at_hidden = jax.random.split(key)
        rest, cut = len(logs) - self.test_size, self.train_size
        order = jax.random.permutation(at_order, rest)
        parts = {"train": order[:cut], "test": order[cut : cut + self.test_size], "larger": jnp.arange(rest, len(logs))}
        keys = jax.random.split(at_hidden, len(parts))
        return {name: self._asked(logs[part], k, {"sequence": numbers[part]}) for k, (name, part) in zip(keys, parts.items(), strict=True)}

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
