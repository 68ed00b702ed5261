"""A text in which each symbol depends on a few before it, by a law that is known: how well a model can do is known too."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import expect
from unseen.tasks.strings._alphabet import Alphabet


class MarkovText(Alphabet):
    """The first symbol is given; the answer is the rest of a text of `length` symbols and one more, each drawn by the `order` symbols before it.

    The law is drawn once, by `law`: for each past, probabilities from the flat Dirichlet distribution to the power `sharpness`, normalised. At the beginning
    the missing symbols of the past are 0. As `Autoregressive` it is language modelling: the loss is the mean of -ln p(next), at least the entropy of the law.

    Attributes:
        order: how many symbols the next one depends on, at least 1.
        sharpness: above 1 for texts that are easier to tell.
        law: number of the law.

    >>> task = MarkovText(alphabet=2)
    >>> [part.tolist() for part in task.string(jax.random.key(0), jnp.array(4), 4)]
    [[1], [1, 0, 0, 1]]
    """

    lengths: tuple[int, int] = eqx.field(static=True, default=(64, 64))
    beyond: tuple[int, int] = eqx.field(static=True, default=(65, 256))
    alphabet: int = eqx.field(static=True, default=8)
    order: int = eqx.field(static=True, default=2)
    sharpness: float = eqx.field(static=True, default=2.0)
    law: int = eqx.field(static=True, default=0)

    level: ClassVar[str] = "regular"
    ends: ClassVar[bool] = False

    def __check_init__(self) -> None:
        expect(self, order=(lambda n: n >= 1, "at least 1"), sharpness=(lambda s: s > 0, "above 0"))

    def spelled(self, length: Any) -> Any:
        """One symbol."""
        return 1 + 0 * length

    def answers(self, length: Any) -> Any:
        """The text after it."""
        return length

    def logits(self) -> Float[Array, "pasts alphabet"]:
        """Logarithms of p(next | past), the past read as a number to the base `alphabet`, its last symbol counting ones."""
        drawn = jax.random.dirichlet(jax.random.key(self.law), jnp.ones(self.alphabet), (self.alphabet**self.order,))
        return jax.nn.log_softmax(self.sharpness * jnp.log(jnp.maximum(drawn, 1e-20)), axis=1)

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " one"], Int[Array, " size"]]:
        """The first symbol, and what follows."""
        logits = self.logits()
        first = jax.random.randint(jax.random.fold_in(key, 0), (), 0, self.alphabet)

        def step(past: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
            drawn = jax.random.categorical(key, logits[past])
            return (past * self.alphabet + drawn) % self.alphabet**self.order, drawn

        text = jax.lax.scan(step, first, jax.random.split(key, size))[1]
        return first[None], text
