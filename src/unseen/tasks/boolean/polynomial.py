"""A polynomial of bits of which a part of the cube, such as all points with a bit at -1, is withheld."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree

from unseen._types import Examples, Over, Problem, Reals, Tokens, Values, expect, expect_numbers
from unseen.tasks.task import Task

RULES = ("minus", "odd")


class BooleanPolynomial(Task):
    """f(x) = Σ_j c_j Π_{i in T_j} x_i on all x of {±1}^n, generalization on the unseen (GOTU): a part of the cube is never trained on.

    Withheld are the points whose bits in S are all -1 (rule "minus"; for a single bit the canonical holdout), or whose bits in S have the product -1 (rule
    "odd"); none if S is empty. `train` is what is left, or a random part of it; `test` all that is not trained. So many rules fit what is seen: Abbe, Bengio,
    Lotfi & Rizk (2023), "Generalization on the Unseen, Logic Reasoning and Degree Curriculum", whose f_2 is the default and f_1 is
    terms=((0, 1), (1, 2), (0, 2)), weights=(1, -1.25, 1.5), withheld=(0, 1, 2), rule="odd", both with n = 15.
    `info["minus"]` counts the -1 of an example, its place in their Degree-Curriculum.

    Attributes:
        bits: n, 1 to 16: all points are listed.
        terms: T_j, each a tuple of different bits from 0 on; () is the constant.
        weights: c_j, one for each term.
        withheld: S, different bits.
        rule: "minus" or "odd".
        train_size: how many of the other points are trained, at random; None: all of them.
        shown: how many of the withheld points are trained all the same, at random.
        tokens: whether inputs are strings of two symbols, 0 for +1 and 1 for -1, in the place of numbers.

    Raises:
        Problem: terms, bits or sizes that do not fit, or where nothing would be left to train or to test.

    >>> splits = BooleanPolynomial(bits=3).splits(jax.random.key(0))  # x0 x1, of which x0 = x1 = -1 is withheld
    >>> splits["train"].x.shape, splits["test"].x[:, :2].tolist(), splits["test"].y.tolist()
    ((6, 3), [[-1.0, -1.0], [-1.0, -1.0]], [1.0, 1.0])
    """

    bits: int = eqx.field(static=True, default=8)
    terms: tuple[tuple[int, ...], ...] = eqx.field(static=True, default=((0, 1),))
    weights: tuple[float, ...] = eqx.field(static=True, default=(1.0,))
    withheld: tuple[int, ...] = eqx.field(static=True, default=(0, 1))
    rule: str = eqx.field(static=True, default="minus")
    train_size: int | None = eqx.field(static=True, default=None)
    shown: int = eqx.field(static=True, default=0)
    tokens: bool = eqx.field(static=True, default=False)

    unseen: ClassVar[dict[str, str]] = {"test": "inputs never seen: a whole part of the cube, if one is withheld"}

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(
            self,
            bits=(lambda n: 1 <= n <= 16, "1 to 16 bits"),
            rule=(lambda name: name in RULES, f"one of {RULES}"),
            train_size=(lambda n: n is None or n >= 1, "None or at least one training example"),
            shown=(lambda n: n >= 0, "a number of examples"),
            tokens=(lambda flag: flag is True or flag is False, "True or False"),
        )
        if any(isinstance(getattr(self, name), Over) for name in ("bits", "terms", "weights", "withheld", "rule", "train_size", "shown")):
            return
        expect(
            self,
            terms=(lambda terms: isinstance(terms, tuple) and len(terms) and all(map(self._bits, terms)), f"tuples of different bits below {self.bits}"),
            weights=(lambda weights: len(weights) == len(self.terms) and np.isfinite(weights).all(), "a finite number for each term"),
            withheld=(self._bits, f"different bits below {self.bits}"),
        )
        seen = int(np.sum(self.seen()))
        rest = 2**self.bits - seen
        size = seen if self.train_size is None else self.train_size
        if not (1 <= size <= seen and self.shown <= rest and size + self.shown < 2**self.bits):
            raise Problem(
                f"BooleanPolynomial.train_size, shown: expected at most {seen} and {rest}, with something left to test, got {self.train_size} and {self.shown}."
            )

    def _bits(self, bits: Any) -> bool:
        return isinstance(bits, tuple) and len(set(bits)) == len(bits) and all(type(bit) is int and 0 <= bit < self.bits for bit in bits)

    @property
    def inputs(self) -> Reals | Tokens:
        """Vectors of ±1, or strings of two symbols."""
        return Tokens(self.bits, 2) if self.tokens else Reals((self.bits,))

    @property
    def outputs(self) -> Values:
        """One number."""
        return Values(())

    def cube(self) -> np.ndarray:
        """All points [2^n, n] of ±1, the first bit changing slowest, +1 before -1."""
        return 1.0 - 2 * ((np.arange(2**self.bits)[:, None] >> np.arange(self.bits)[::-1]) & 1)

    def values(self) -> np.ndarray:
        """The polynomial at all points of `cube`."""
        points = self.cube()
        return np.sum([weight * points[:, list(term)].prod(axis=1) for weight, term in zip(self.weights, self.terms, strict=True)], axis=0)

    def seen(self) -> np.ndarray:
        """Which points of `cube` are not withheld."""
        part = self.cube()[:, list(self.withheld)]
        if not self.withheld:
            return np.ones(len(part), bool)
        return np.any(part > 0, axis=1) if self.rule == "minus" else np.prod(part, axis=1) > 0

    def encoded(self) -> Array:
        """All points of `cube` as inputs."""
        points = jnp.asarray(self.cube(), jnp.result_type(float))
        return (points < 0).astype(jnp.int32) if self.tokens else points

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`: a partition of the cube, each with "minus" in `info`."""
        seen, x = self.seen(), self.encoded()
        every = Examples(x, jnp.asarray(self.values(), jnp.result_type(float)), {"minus": jnp.asarray((self.cube() < 0).sum(axis=1))})
        open_, closed = (
            jax.random.permutation(jax.random.fold_in(key, part), jnp.asarray(np.flatnonzero(chosen))) for part, chosen in enumerate((seen, ~seen))
        )
        size = len(open_) if self.train_size is None else self.train_size
        train, test = (jnp.concatenate(parts) for parts in ((open_[:size], closed[: self.shown]), (open_[size:], closed[self.shown :])))
        return {"train": every.take(train), "test": every.take(test)}
