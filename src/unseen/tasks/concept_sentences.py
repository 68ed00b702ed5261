"""Sentences whose words stand for concepts: the class is a sequence of concepts, and within a concept any word will do."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Over, Problem, Tokens, expect, expect_numbers
from unseen.tasks.task import Task


class ConceptSentences(Task):
    """The task of Laurent, von Brecht & Bresson (2023), "Feature Collapse".

    The vocabulary is divided in concepts of equal size; word w belongs to concept ⌊w / words⌋. A class is a latent sequence of `length` concepts, drawn
    uniformly, all different. A sentence of it has at each place a word of that place's concept, drawn independently; the r-th word of a concept (from 1)
    has probability proportional to r^(-zipf): uniform for 0, Zipf's law for 1. So words of a concept play the same role.

    Attributes:
        length: places in a sentence.
        concepts: at least two.
        words: words of each concept.
        classes: latent sequences, at most concepts^length.
        train_per_class: training sentences of each class.
        test_per_class: test sentences of each class.
        zipf: exponent of the word frequencies, at least 0.

    >>> task = ConceptSentences(classes=4, train_per_class=3)
    >>> task.splits(jax.random.key(0))["train"].x.shape
    (12, 10)
    """

    length: int = eqx.field(static=True, default=10)
    concepts: int = eqx.field(static=True, default=3)
    words: int = eqx.field(static=True, default=40)
    classes: int = eqx.field(static=True, default=100)
    train_per_class: int = eqx.field(static=True, default=5)
    test_per_class: int = eqx.field(static=True, default=10)
    zipf: float | Array = 0.0

    unseen: ClassVar[dict[str, str]] = {"test": "fresh sentences of the same latent sequences"}

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(
            self,
            length=(lambda n: n >= 1, "at least one place"),
            concepts=(lambda n: n >= 2, "at least two concepts"),
            words=(lambda n: n >= 1, "at least one word"),
            classes=(lambda n: n >= 2, "at least two classes"),
            train_per_class=(lambda n: n >= 1, "at least one sentence"),
            test_per_class=(lambda n: n >= 1, "at least one sentence"),
            zipf=(lambda s: s >= 0, "an exponent of at least 0"),
        )
        fields = (self.concepts, self.length, self.classes)
        if not any(isinstance(field, Over) for field in fields) and self.classes > self.concepts**self.length:
            raise Problem(
                f"ConceptSentences.classes: expected at most concepts^length = {self.concepts**self.length}, got {self.classes}. Take longer sentences."
            )

    @property
    def inputs(self) -> Tokens:
        """Words."""
        return Tokens(self.length, self.concepts * self.words)

    @property
    def outputs(self) -> Classes:
        """Latent sequences."""
        return Classes(self.classes)

    @property
    def concept(self) -> Int[Array, " vocabulary"]:
        """The concept of each word."""
        return jnp.arange(self.concepts * self.words) // self.words

    @property
    def frequency(self) -> Float[Array, " words"]:
        """The probabilities of the words of a concept, falling."""
        weight = jnp.arange(1, self.words + 1) ** -jnp.asarray(self.zipf, float)
        return weight / jnp.sum(weight)

    def latent(self, key: PRNGKeyArray) -> Int[Array, "classes length"]:
        """The sequences of concepts: different ones, by drawing until no sequence came before."""

        def body(state: tuple[Array, Array]) -> tuple[Array, Array]:
            found, at = state
            fresh = jax.random.randint(jax.random.fold_in(key, at), found.shape, 0, self.concepts)
            return jnp.where(_repeats(found)[:, None], fresh, found), at + 1

        first = jax.random.randint(key, (self.classes, self.length), 0, self.concepts)
        return jax.lax.while_loop(lambda state: jnp.any(_repeats(state[0])), body, (first, jnp.array(0)))[0]

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`, each class equally often, in order."""
        at_latent, at_train, at_test = jax.random.split(key, 3)
        latent = self.latent(at_latent)

        def sentences(at: PRNGKeyArray, count: int) -> Examples:
            y = jnp.repeat(jnp.arange(self.classes), count)
            rank = jax.random.choice(at, self.words, (len(y), self.length), p=self.frequency)
            return Examples(latent[y] * self.words + rank, y)

        return {"train": sentences(at_train, self.train_per_class), "test": sentences(at_test, self.test_per_class)}


def _repeats(rows: Int[Array, "n length"]) -> Array:
    """Whether a row equals an earlier one."""
    same = jnp.all(rows[:, None] == rows[None], axis=-1)
    return jnp.any(jnp.tril(same, -1), axis=1)
