"""Two functions that are listed in the input, to be applied one after the other."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream, Strings, Tokens, expect
from unseen.tasks.task import Task

ASKED = ("composed", "first", "second")


class FunctionComposition(Task):
    """g(f(x)) for f and g from {0 … n-1} to itself, drawn uniformly for each example (Peng, Narayanan & Papadimitriou 2024).

    The string is f(0) … f(n-1) g(0) … g(n-1) and then `questions` symbols q = n·(1 + k) + x with uniform x, each to be answered at its own place: with
    g(f(x)) (k = 0), f(x) (1), or g(x) (2), the same k in all of a string. f(x) and g(x) need one look-up only. The paper asks one question; with more
    a string teaches more, and in a single layer no place learns anything of f and g from the other questions. All splits are endless; the fact `hops` is
    2 where g(f(x)) is asked, and 1 elsewhere.

    Attributes:
        n: size of the domain, at least 2.
        questions: in each string, at least 1.
        asked: what `test` asks: "composed" for g(f(x)), "first" for f(x), "second" for g(x).
        helped: share of training strings that ask for f(x) or for g(x) instead, each half of the time, in [0, 1].

    >>> one = FunctionComposition(n=3, questions=2).splits(jax.random.key(0))["test"].draw(jax.random.key(1), 1)
    >>> f, g, q = jnp.split(one.x[0], [3, 6])
    >>> bool((g[f[q - 3]] == one.y[0, 6:]).all())
    True
    """

    n: int = eqx.field(static=True, default=8)
    questions: int = eqx.field(static=True, default=1)
    asked: str = eqx.field(static=True, default="composed")
    helped: float | Array = 0.0

    unseen: ClassVar[dict[str, str]] = {"test": "functions drawn afresh: of n^(2n) pairs of them training has seen few, and those only by chance"}

    def __check_init__(self) -> None:
        expect(
            self,
            n=(lambda n: n >= 2, "a domain of at least 2"),
            questions=(lambda n: n >= 1, "at least one question"),
            asked=(lambda a: a in ASKED, "one of " + ", ".join(map(repr, ASKED))),
            helped=(lambda h: 0 <= h <= 1, "a share in [0, 1]"),
        )

    @property
    def inputs(self) -> Tokens:
        """f, g and the questions."""
        return Tokens(2 * self.n + self.questions, 4 * self.n)

    @property
    def outputs(self) -> Strings:
        """A value at the place of each question."""
        return Strings(2 * self.n + self.questions, self.n)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """`train` and `test`, from different keys."""
        train, test = jax.random.split(key)
        settings = {"n": self.n, "questions": self.questions, "asked": self.asked}
        return {"train": Compositions(train, helped=self.helped, **settings), "test": Compositions(test, helped=0.0, **settings)}


class Compositions(Stream):
    """Examples of `FunctionComposition`."""

    key: PRNGKeyArray
    n: int = eqx.field(static=True)
    questions: int = eqx.field(static=True)
    asked: str = eqx.field(static=True)
    helped: float | Array

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` examples, each with functions of its own."""
        key = jax.random.fold_in(key, jax.random.bits(self.key))
        at_functions, at_x, at_help, at_which = jax.random.split(key, 4)
        f, g = jax.random.randint(at_functions, (2, n, self.n), 0, self.n)
        x = jax.random.randint(at_x, (n, self.questions), 0, self.n)
        easy = jax.random.bernoulli(at_help, self.helped, (n,))
        kind = jnp.where(easy, jax.random.randint(at_which, (n,), 1, 3), ASKED.index(self.asked))
        told = jnp.concatenate([jnp.full((n, 2 * self.n), -1), answers(f, g, x, kind)], axis=1)
        return Examples(jnp.concatenate([f, g, self.n * (1 + kind[:, None]) + x], axis=1), told, {"hops": jnp.where(kind == 0, 2, 1)})


def answers(f: Int[Array, "k n"], g: Int[Array, "k n"], x: Int[Array, "k questions"], kind: Int[Array, " k"]) -> Int[Array, "k questions"]:
    """g(f(x)), f(x) or g(x), where the kind of question is 0, 1 or 2."""
    first = jnp.take_along_axis(f, x, axis=1)
    second = jnp.take_along_axis(g, jnp.where(kind[:, None] == 0, first, x), axis=1)
    return jnp.where(kind[:, None] == 1, first, second)
