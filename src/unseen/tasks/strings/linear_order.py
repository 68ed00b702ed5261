"""Which of two things comes first in an order that is told by its neighbours."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Over, Problem, expect_numbers
from unseen.tasks.strings._transduction import Transduction


class LinearOrder(Transduction):
    """Pairs x y, each for "x comes right before y", in a random order, then a pair a b: 1 where a comes before b, else 0.

    The m pairs order m + 1 things, drawn from `letters`; `length` is m. What is asked is uniform among pairs of different things of the order, half of
    them right; the answer may have to be put together from up to m pairs. After the task Ω(m) of Xu, Jain & Kankanhalli (2024).

    Attributes:
        told: whether only pairs are asked that are told, the right way round or the other: nothing has to be put together.
        letters: how many things there are; more than the longest order has pairs.

    >>> [part.tolist() for part in LinearOrder().string(jax.random.key(1), jnp.array(2), 2)]
    [[6, 1, 1, 2, 6, 1], [1]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(1, 4))
    beyond: tuple[int, int] = eqx.field(static=True, default=(5, 8))
    letters: int = eqx.field(static=True, default=16)
    told: bool = eqx.field(static=True, default=False)

    level: ClassVar[str] = "context-sensitive"
    classes: ClassVar[int] = 2  # no and yes

    def __check_init__(self) -> None:
        expect_numbers(self)
        if not any(isinstance(value, Over) for value in (self.letters, self.beyond)) and self.letters <= self.beyond[1]:
            raise Problem(f"LinearOrder.letters: expected more than {self.beyond[1]}, the pairs of the longest order, got {self.letters}.")

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The things."""
        return self.letters

    def spelled(self, length: Any) -> Any:
        """Two symbols for each pair, and two for what is asked."""
        return 2 * length + 2

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " spelled"], Int[Array, "1"]]:
        """The pairs in a random order and the question; and the answer."""
        at_things, at_pairs, at_first, at_step, at_coin = jax.random.split(key, 5)
        things = jax.random.permutation(at_things, self.letters)[: size + 1]
        turn = jnp.argsort(jnp.where(jnp.arange(size) < length, jax.random.uniform(at_pairs, (size,)), 2.0))
        pairs = jnp.stack([things[turn], things[turn + 1]], axis=1).reshape(-1)
        one = jax.random.randint(at_first, (), 0, length + (not self.told))
        other = one + 1 if self.told else (one + jax.random.randint(at_step, (), 1, length + 1)) % (length + 1)
        first, second = jnp.where(jax.random.bernoulli(at_coin), jnp.stack([one, other]), jnp.stack([other, one]))
        place = jnp.arange(2 * size + 2) - 2 * length
        string = jnp.where(place == 0, things[first], jnp.where(place == 1, things[second], jnp.pad(pairs, (0, 2))))
        return string, (first < second).astype(jnp.int32)[None]
