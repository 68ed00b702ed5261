"""Declarative sentences to repeat or to turn into questions: which auxiliary goes first, by the linear or by the hierarchical rule."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from unseen._types import Examples, Stream, Strings, Tokens, expect
from unseen.tasks.task import Task

LONGEST = 14
"""Words of the longest sentence."""


class QuestionFormation(Task):
    """A sentence, then DECLARE, and it is repeated; or ASK, and it is made a question: its main auxiliary first, then its other words.

    After the task of McCoy, Frank & Linzen (2020), with the two kinds of sentences that Qin, Saphra & Alvarez-Melis (2024) mix:

        right-branching:  the cat does see my (old) dogs that do like the bird      my dogs don't see the cat that the bird does like
        centre-embedded:  the cat that does like the birds doesn't see my dogs      the cat that the birds do like does see my dogs

    Each has one relative clause, on the object or on the subject, with its own auxiliary; auxiliaries agree with their subjects in number, nouns
    may have an adjective. Training questions are of right-branching sentences only, whose first auxiliary is the main one: "take the first" and "take the
    main" both fit. A language model is asked for every next word, but for the mark; tests ask for the first word after it.

    Attributes:
        embedded: share of centre-embedded sentences among those to be repeated, in [0, 1].
        questions: share of training sentences to be turned into questions, in [0, 1].
        words: how many nouns (singular and plural), and how many verbs.
        test_size: sentences of each test.
        whole: whether all words after the mark are trained, or the first one only.

    >>> QuestionFormation(words=2).vocabulary[4:12]
    ('does', 'do', "doesn't", "don't", 'noun0', 'noun1', 'noun0s', 'noun1s')
    """

    embedded: float | Array = 0.5
    questions: float | Array = 0.5
    words: int = eqx.field(static=True, default=8)
    test_size: int = eqx.field(static=True, default=256)
    whole: bool = eqx.field(static=True, default=True)

    unseen: ClassVar[dict[str, str]] = {
        "test": "same distribution: fresh questions of right-branching sentences",
        "hierarchical": "questions of centre-embedded sentences, answered by the main auxiliary, which is not the first one",
        "linear": "the same questions, answered by the first auxiliary",
    }

    def __check_init__(self) -> None:
        share = (lambda r: 0 <= r <= 1, "a share in [0, 1]")
        expect(self, embedded=share, questions=share, words=(lambda n: n >= 1, "at least one noun and verb"), test_size=(lambda n: n >= 1, "at least 1"))

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words by number, the two marks and nothing."""
        n = range(self.words)
        nouns = [f"noun{i}" for i in n] + [f"noun{i}s" for i in n]
        return ("the", "my", "old", "that", "does", "do", "doesn't", "don't", *nouns, *(f"verb{i}" for i in n), "DECLARE", "ASK", "")

    @property
    def places(self) -> int:
        """Of the longest sentence, the mark, and what follows but for its last word."""
        return 2 * LONGEST if self.whole else LONGEST + 1

    @property
    def inputs(self) -> Tokens:
        """Words and a mark."""
        return Tokens(self.places, len(self.vocabulary), padding=True)

    @property
    def outputs(self) -> Strings:
        """The next word."""
        return Strings(self.places, len(self.vocabulary))

    def spelled(self, symbols: ArrayLike) -> list[str]:
        """The words of a sentence, or of answers; nothing and what is not asked are left out."""
        return [self.vocabulary[symbol] for symbol in np.asarray(symbols).tolist() if 0 <= symbol < len(self.vocabulary) - 1]

    def splits(self, key: PRNGKeyArray, data: PyTree = None) -> dict[str, Examples | Stream]:
        """`train`, an endless stream; `test`; `hierarchical` and `linear`, the same questions with the answers of the two rules."""
        at_test, at_new = jax.random.split(key)
        yes, no = jnp.ones(self.test_size, bool), jnp.zeros(self.test_size, bool)
        test, new = self.examples(at_test, no, yes), self.examples(at_new, yes, yes, differing=True)
        return {
            "train": _Sentences(self),
            **{n: self._first(e, e.info[r]) for n, e, r in (("test", test, "main"), ("hierarchical", new, "main"), ("linear", new, "first"))},
        }

    def _first(self, examples: Examples, word: Int[Array, " n"]) -> Examples:
        """The sentence and its mark alone, and `word` asked after it."""
        place, length = jnp.arange(self.places), examples.info["length"][:, None]
        return Examples(jnp.where(place <= length, examples.x, len(self.vocabulary) - 1), jnp.where(place == length, word[:, None], -1), examples.info)

    def examples(self, key: PRNGKeyArray, embedded: Bool[Array, " n"], ask: Bool[Array, " n"], differing: bool = False) -> Examples:
        """One sentence each, and what follows each place; `differing`: the two auxiliaries are not the same word."""
        keys = jax.random.split(key, len(embedded))
        x, y, info = jax.vmap(lambda k, e, a: self.sentence(k, e, a, differing))(keys, embedded, ask)
        return Examples(x, y, info)

    def sentence(self, key: PRNGKeyArray, embedded: Array, ask: Array, differing: bool) -> tuple[Array, Array, dict[str, Array]]:
        """(words and mark, next words, number of words and the two auxiliaries)."""
        at_plural, at_negated, at_kind, at_words, at_adjective = jax.random.split(key, 5)
        plural, negated = jax.random.bernoulli(at_plural, shape=(3,)), jax.random.bernoulli(at_negated, shape=(2,))
        which = jax.random.randint(at_words, (5,), 0, self.words)
        determiner, adjective = jax.random.bernoulli(at_adjective, shape=(2, 3))
        by_head = jax.random.bernoulli(at_kind)  # "that does like the birds": the head is the subject of the clause; else "that the birds do like"
        nouns = 8 + which[:3] + self.words * plural
        main_verb, verb = 8 + 2 * self.words + which[3:]
        head = jnp.where(embedded, plural[0], plural[1])
        inner = 4 + jnp.where(by_head, head, plural[2]) + 2 * negated[1]
        main = 4 + plural[0] + 2 * negated[0]
        main = jnp.where(differing & (main == inner), 4 + plural[0] + 2 * ~negated[0], main)
        subject, object_, other = (jnp.stack([determiner[i], jnp.full((), 2), nouns[i]]) for i in range(3))
        action = jnp.stack([inner, verb])
        clause = jnp.concatenate([jnp.array([3]), jnp.where(by_head, jnp.append(action, other), jnp.append(other, action))])
        slots = jnp.concatenate([subject, clause, jnp.stack([main, main_verb]), object_, clause])
        three = jnp.array([True, False, True])
        phrase = [three.at[1].set(adjective[i]) for i in range(3)]
        two = jnp.ones(2, bool)
        in_clause = jnp.concatenate([two[:1], jnp.where(by_head, jnp.append(two, phrase[2]), jnp.append(phrase[2], two))])
        there = jnp.concatenate([phrase[0], in_clause & embedded, two, phrase[1], in_clause & ~embedded])
        length, before = jnp.sum(there), jnp.sum(there[:9])
        words = jnp.pad(slots[jnp.argsort(~there, stable=True)][:LONGEST], (0, LONGEST))
        place = jnp.arange(2 * LONGEST)
        asked = jnp.where(place == 0, main, jnp.where(place <= before, jnp.roll(words, 1), words))
        spoken = jnp.roll(jnp.where(ask, asked, words), length)  # from place `length` on
        size = len(self.vocabulary)
        x = jnp.where(place < length, words, jnp.where(place == length, size - 3 + ask, jnp.roll(spoken, 1)))
        x = jnp.where(place < 2 * length if self.whole else place <= length, x, size - 1)
        y = jnp.where(place < length - 1, jnp.roll(words, -1), jnp.where(place < length, -1, spoken))
        y = jnp.where(place < 2 * length if self.whole else place <= length, y, -1)
        info = {"length": length, "main": main, "first": jnp.where(embedded, inner, main)}
        return x[: self.places].astype(jnp.int32), y[: self.places].astype(jnp.int32), info


class _Sentences(Stream):
    task: QuestionFormation

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """Sentences to be asked, right-branching, and to be repeated, of both kinds."""
        at_ask, at_embedded, at_words = jax.random.split(key, 3)
        ask = jax.random.bernoulli(at_ask, self.task.questions, (n,))
        embedded = jax.random.bernoulli(at_embedded, self.task.embedded, (n,)) & ~ask
        return self.task.examples(at_words, embedded, ask)
