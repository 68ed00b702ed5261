"""Nine problems of linear algebra on small random matrices, whose entries are written as symbols."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Strings, Tokens, Values, expect
from unseen.tasks.arithmetic.float_tokens import FloatTokens
from unseen.tasks.arithmetic.spectra import LAWS, eigen, symmetric
from unseen.tasks.task import Task

SYMMETRIC = ("eigenvalues", "eigenvectors")
PROBLEMS = ("transpose", "add", "multiply vector", "multiply", *SYMMETRIC, "inverse", "singular values", "singular vectors")


class MatrixProblem(Task):
    """The answer to a problem of linear algebra, as in Charton (2022): matrices row by row, one after the other, each number as `FloatTokens`.

    With A (and B, v) divided by `largest`: "transpose" Aᵀ; "add" A + B; "multiply vector" Av; "multiply" AB; "eigenvalues" of a symmetric A, the largest
    first; "eigenvectors", those and then the matrix V with A V = V diag(λ), row by row; "inverse" A⁻¹; "singular values"; "singular vectors",
    those and then U and V with A = U diag(σ) Vᵀ. In each vector of V the entry of largest size is positive.

    The answer is numbers, or with `written` symbols: x goes on with ASK (the last symbol but one) and all of the answer but its last symbol, and each
    place from ASK on is asked for the next. `train` and `test` are alike: independent uniform entries, or for a symmetric A eigenvalues by the law `law`.
    `other` has `test_size` problems for each of `others` in turn (`symmetric` of `unseen.tasks.arithmetic.spectra`; the fact `law` is its place in LAWS);
    for problems on any A, entries that are normal with the same deviation.

    Attributes:
        problem: one of PROBLEMS.
        size: rows and columns, at least 2.
        law: of the eigenvalues in training, one of LAWS.
        others: laws of the eigenvalues in `other`.
        coder: how numbers are written.
        written: whether the answer is written as symbols too.
        largest: size of the largest entry.
        train_size: problems to train on.
        test_size: problems in `test`, and of each law in `other`.

    >>> task = MatrixProblem("add", size=2)
    >>> x, y = task.example(jnp.array([1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 10.0]))
    >>> task.coder.decode(x.reshape(8, -1)).tolist(), [round(v, 4) for v in y.tolist()]
    ([1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 10.0], [0.1, 0.2, 0.3, 1.4])
    """

    problem: str = eqx.field(static=True, default="eigenvalues")
    size: int = eqx.field(static=True, default=3)
    law: str = eqx.field(static=True, default="semicircle")
    others: tuple[str, ...] = eqx.field(static=True, default=("positive", "laplace"))
    coder: FloatTokens = FloatTokens()
    written: bool = eqx.field(static=True, default=False)
    largest: float = eqx.field(static=True, default=10.0)
    train_size: int = eqx.field(static=True, default=2000)
    test_size: int = eqx.field(static=True, default=500)

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution, fresh draws", "other": "same problem, entries or eigenvalues of another law"}

    def __check_init__(self) -> None:
        expect(
            self,
            problem=(lambda p: p in PROBLEMS, "one of " + ", ".join(map(repr, PROBLEMS))),
            size=(lambda n: n >= 2, "at least 2 rows"),
            law=(lambda law: law in LAWS, "one of " + ", ".join(map(repr, LAWS))),
            others=(lambda laws: len(laws) >= 1 and set(laws) <= set(LAWS), "a tuple of " + ", ".join(map(repr, LAWS))),
            largest=(lambda c: c > 0, "a number above 0"),
            train_size=(lambda n: n >= 1, "at least 1"),
            test_size=(lambda n: n >= 1, "at least 1"),
        )

    @property
    def entries(self) -> int:
        """Numbers that are given."""
        return self.size**2 * (2 if self.problem in ("add", "multiply") else 1) + self.size * (self.problem == "multiply vector")

    @property
    def answers(self) -> int:
        """Numbers that are asked."""
        vector, matrix = self.size, self.size**2
        few = {"multiply vector": vector, "eigenvalues": vector, "singular values": vector}
        return few.get(self.problem, {"eigenvectors": vector + matrix, "singular vectors": vector + 2 * matrix}.get(self.problem, matrix))

    @property
    def inputs(self) -> Tokens:
        """The symbols of the numbers; with `written` also ASK and the answer."""
        numbers = self.coder.width * (self.entries + self.answers * self.written)
        return Tokens(numbers, self.coder.vocabulary + self.written)

    @property
    def outputs(self) -> Values | Strings:
        """The numbers, or the symbols of each."""
        return Strings(self.inputs.length, self.coder.vocabulary) if self.written else Values((self.answers,))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test` and `other`."""
        keys = jax.random.split(key, 2 + len(self.others))
        parts = [self.examples(k, law, self.test_size) for k, law in zip(keys[2:], self.others, strict=True)]
        other = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)
        train, test = (self.examples(k, self.law, n, normal=False) for k, n in zip(keys, (self.train_size, self.test_size), strict=False))
        return {"train": train, "test": test, "other": other}

    def examples(self, key: PRNGKeyArray, law: str, count: int, normal: bool = True) -> Examples:
        """So many problems; `law` is of the eigenvalues where the matrix is symmetric, and `normal` of the entries where it is not."""
        if self.problem in SYMMETRIC:
            given = symmetric(key, law, count, self.size, self.largest).reshape(count, -1)
        else:
            shape = (count, self.entries)
            drawn = jax.random.normal(key, shape) / math.sqrt(3) if normal else jax.random.uniform(key, shape, minval=-1.0, maxval=1.0)
            given = self.largest * drawn
        x, y = self.example(given)
        return Examples(x, y, {"law": jnp.full(count, LAWS.index(law))})

    def example(self, given: Float[Array, "*n entries"]) -> tuple[Int[Array, "*n places"], Array]:
        """Input and target of the given numbers, one matrix after the other."""
        x = self.coder.encode(given).reshape(*given.shape[:-1], -1).astype(jnp.int32)
        y = self.solved(given / self.largest)
        if not self.written:
            return x, y
        said = self.coder.encode(self.largest * y).reshape(*y.shape[:-1], -1).astype(jnp.int32)
        ask = jnp.full((*x.shape[:-1], 1), self.coder.vocabulary)
        silent = jnp.full((*x.shape[:-1], x.shape[-1]), -1)
        return jnp.concatenate([x, ask, said[..., :-1]], axis=-1), jnp.concatenate([silent, said], axis=-1)

    def solved(self, given: Float[Array, "*n entries"]) -> Float[Array, "*n answers"]:
        """The numbers that are asked."""
        n, shape = self.size, given.shape[:-1]
        a, rest = given[..., : n * n].reshape(*shape, n, n), given[..., n * n :]
        if self.problem in SYMMETRIC:
            values, vectors = eigen(a)
            return values if self.problem == "eigenvalues" else jnp.concatenate([values, vectors.reshape(*shape, -1)], axis=-1)
        if self.problem in ("inverse", "singular values", "singular vectors"):
            return self._divided(a)
        if self.problem == "multiply vector":
            return (a @ rest[..., None])[..., 0]
        b = rest.reshape(*shape, n, n) if self.problem in ("add", "multiply") else a
        result = {"transpose": lambda: jnp.swapaxes(a, -1, -2), "add": lambda: a + b, "multiply": lambda: a @ b}[self.problem]()
        return result.reshape(*shape, -1)

    def _divided(self, a: Float[Array, "*n rows rows"]) -> Float[Array, "*n answers"]:
        shape = a.shape[:-2]
        values, v = eigen(jnp.swapaxes(a, -1, -2) @ a)
        sigma = jnp.sqrt(jnp.maximum(values, 0.0))
        u = (a @ v) / jnp.maximum(sigma, 1e-30)[..., None, :]
        if self.problem == "inverse":
            return ((v / sigma[..., None, :]) @ jnp.swapaxes(u, -1, -2)).reshape(*shape, -1)
        return sigma if self.problem == "singular values" else jnp.concatenate([sigma, *(m.reshape(*shape, -1) for m in (u, v))], axis=-1)
