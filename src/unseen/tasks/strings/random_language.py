"""The next word of a random language, in which frequencies follow Zipf's law and the last words say what may come."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Classes, Examples, Tokens, expect
from unseen.tasks.task import Task

BURN_IN = 8


class RandomLanguage(Task):
    """P(w | context) ∝ r(w)^(-zipf) exp(structure u_w·h), with h = tanh(Σ_j M_j e_v(j) / √order) over the last `order` words v(j).

    r(w) is the rank w + 1; u_w and e_w are vectors of `rank` = k entries from N(0, 1), M_j matrices with entries from N(0, 1/k); u_w·h has a scale of √k.
    An example is a stretch of text that is met somewhere: `length` words, and the next one. It stands alone: no two share words of one text. With `structure`
    0 words are independent, and nothing can be learned but their frequencies.

    Attributes:
        words: how many there are.
        length: of a context, at least `order`.
        order: how many of the last words count.
        zipf: exponent of the frequencies without context, at least 0; 0: equally frequent.
        structure: how much the context says, at least 0.
        rank: of the language: entries of the vectors.
        language: which: its vectors and its test text hang on this number alone, so that losses of different seeds can be compared.
        train_size: stretches to train on.
        test_size: stretches of the test text.

    >>> RandomLanguage(words=9, train_size=5).splits(jax.random.key(0))["train"].x.shape
    (5, 4)
    """

    words: int = eqx.field(static=True, default=128)
    length: int = eqx.field(static=True, default=4)
    order: int = eqx.field(static=True, default=2)
    zipf: Any = 1.0
    structure: Any = 0.7
    rank: int = eqx.field(static=True, default=16)
    language: int | Int[Array, ""] = 0
    train_size: int = eqx.field(static=True, default=16_384)
    test_size: int = eqx.field(static=True, default=4096)

    unseen: ClassVar[dict[str, str]] = {"test": "same language: another text, in which stretches that were trained on may come again"}

    def __check_init__(self) -> None:
        expect(
            self,
            words=(lambda v: v >= 2, "at least 2 words"),
            order=(lambda n: n >= 1, "at least 1 word"),
            length=(lambda n: not isinstance(self.order, int) or n >= self.order, f"at least order = {self.order!r} words"),
            zipf=(lambda z: z >= 0, "an exponent of at least 0"),
            structure=(lambda s: s >= 0, "a number of at least 0"),
            rank=(lambda k: k >= 1, "at least 1"),
            train_size=(lambda n: n >= 1, "at least one stretch"),
            test_size=(lambda n: n >= 1, "at least one stretch"),
        )

    @property
    def inputs(self) -> Tokens:
        """A context."""
        return Tokens(self.length, self.words)

    @property
    def outputs(self) -> Classes:
        """The next word."""
        return Classes(self.words)

    def logits(self, context: Int[Array, "n length"]) -> Float[Array, "n words"]:
        """The logarithm of P(next word | context), up to a constant for each context."""
        keys = jax.random.split(jax.random.key(self.language), 3)
        read = jax.random.normal(keys[0], (self.words, self.rank))
        said = jax.random.normal(keys[1], (self.words, self.rank))
        mix = jax.random.normal(keys[2], (self.order, self.rank, self.rank)) / np.sqrt(self.rank)
        state = jnp.einsum("njk,jkl->nl", read[context[:, -self.order :]], mix) / np.sqrt(self.order)
        return self.structure * jnp.tanh(state) @ said.T - self.zipf * jnp.log(1.0 + jnp.arange(self.words))

    def splits(self, key: PRNGKeyArray, data: Any = None) -> dict[str, Examples]:
        """`train`, drawn by the key, and `test`, by the language."""

        def draw(key: PRNGKeyArray, n: int) -> Examples:
            def step(context: Array, k: PRNGKeyArray) -> tuple[Array, None]:
                return jnp.column_stack([context[:, 1:], jax.random.categorical(k, self.logits(context))]), None

            start = jax.random.randint(key, (n, self.length + 1), 0, self.words)
            text, _ = jax.lax.scan(step, start, jax.random.split(key, BURN_IN + self.length + 1))
            return Examples(text[:, :-1], text[:, -1])

        return {"train": draw(key, self.train_size), "test": draw(jax.random.fold_in(jax.random.key(self.language), 1), self.test_size)}
