"""One step of addition by hand: a digit of each number, and what the step before has written."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Tokens, expect
from unseen.tasks.task import Task


class AdditionSteps(Task):
    """(c, d, a, b) → c + a + b: carry and digit of the sum before, then the two digits of this step. Any sum is made of such steps, smallest digits first.

    After Patriota (2024), "Arbitrary-Length Generalization for Addition in a Tiny Transformer". As there, the sums before are those of two digits in
    training, so up to 2·base - 2: 9 + 9 and a carry, 19, comes only in longer sums. `test` has all steps after it. The answer is one of the
    2·base classes 0, 1, ….

    Attributes:
        base: of the numerals, at least 2.
        carry: whether c is told; else a 0 stands in its place, and the answer is what it was.

    >>> AdditionSteps().told(jnp.array(17), jnp.array(3), jnp.array(4)).tolist()  # 17 was the sum before: 3 + 4 and a carry
    [1, 7, 3, 4]
    """

    base: int = eqx.field(static=True, default=10)
    carry: bool = eqx.field(static=True, default=True)

    unseen: ClassVar[dict[str, str]] = {"test": "steps after a sum that two digits alone do not give"}

    def __check_init__(self) -> None:
        expect(self, base=(lambda b: b >= 2, "a whole number of at least 2"))

    @property
    def inputs(self) -> Tokens:
        """Carry, digit, and two digits."""
        return Tokens(4, self.base)

    @property
    def outputs(self) -> Classes:
        """The sum of a step."""
        return Classes(2 * self.base)

    def told(self, before: Int[Array, "*n"], a: Int[Array, "*n"], b: Int[Array, "*n"]) -> Int[Array, "*n 4"]:
        """What a step is told: the sum before it, and its digits."""
        carry = before // self.base
        return jnp.stack([carry if self.carry else jnp.zeros_like(carry), before % self.base, a, b], axis=-1)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`, in an order that the key decides."""
        before, a, b = (part.reshape(-1) for part in jnp.meshgrid(jnp.arange(2 * self.base), *[jnp.arange(self.base)] * 2, indexing="ij"))
        every = Examples(self.told(before, a, b).astype(jnp.int32), (before // self.base + a + b).astype(jnp.int32))
        seen = (2 * self.base - 1) * self.base**2
        orders = zip(jax.random.split(key), (jnp.arange(seen), jnp.arange(seen, 2 * self.base**3)), strict=True)
        train, test = (every.take(jax.random.permutation(k, part)) for k, part in orders)
        return {"train": train, "test": test}
