"""Numbers in text: each comes with a word beside it, which goes with numbers about as large; spelled as one word, in digits, or in pieces of words."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from unseen._types import Classes, Examples, Tokens, expect
from unseen.tasks.task import Task

UNITS = ("word", "digits", "pieces")
PLACES = 4


class NumberContexts(Task):
    """Which word stands beside a number: what an embedding of numbers is trained on when it is trained to predict words from their neighbours.

    Numbers 0 … `numbers` - 1 come with chance proportional to 1/(n + 10). Word c goes with numbers near its centre m_c, uniform in the range of numbers, with
    width w_c = 30 to 300 (uniform in its logarithm): P(c | n) ∝ exp(-(n - m_c)² / 2 w_c²) / w_c. Whatever an embedding knows of size it has from that.

    Attributes:
        unit: of the spelling. "word": a symbol for each number; "digits"; "pieces": numbers below 100 and half of the others have symbols of their
            own, and the others begin with the longest number that has one, and go on with the rest, which is a symbol too (34, ##7).
        numbers: how many, 200 to 9999.
        contexts: how many words.
        shuffled: numbers stand in a random order when words are chosen: words do not tell their size.
        train_size: pairs of training.
        test_size: pairs of test.

    >>> NumberContexts("digits").spelling([7, 347]).tolist()
    [[7, 10, 10, 10], [3, 4, 7, 10]]
    """

    unit: str = eqx.field(static=True, default="word")
    numbers: int = eqx.field(static=True, default=1500)
    contexts: int = eqx.field(static=True, default=64)
    shuffled: bool = eqx.field(static=True, default=False)
    train_size: int = eqx.field(static=True, default=20_000)
    test_size: int = eqx.field(static=True, default=1000)

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution: fresh pairs"}

    def __check_init__(self) -> None:
        expect(
            self,
            unit=(lambda u: u in UNITS, "one of " + ", ".join(map(repr, UNITS))),
            numbers=(lambda n: 200 <= n < 10**PLACES, "200 to 9999 numbers"),
            contexts=(lambda n: n >= 2, "at least 2 words"),
            train_size=(lambda n: n >= 1, "at least 1"),
            test_size=(lambda n: n >= 1, "at least 1"),
        )

    @property
    def inputs(self) -> Tokens:
        """The number as it is spelled; the largest symbol stands for nothing."""
        size = {"word": self.numbers, "digits": 10, "pieces": self.numbers + 110}[self.unit]
        return Tokens(1 if self.unit == "word" else PLACES, size + 1)

    @property
    def outputs(self) -> Classes:
        """The word beside it."""
        return Classes(self.contexts)

    def spelling(self, numbers: ArrayLike) -> Int[np.ndarray, "n places"]:
        """The symbols of numbers. Of pieces, a rest of d digits with value r is the symbol `numbers` + r (one digit) or `numbers` + 10 + r (two)."""
        given = np.asarray(numbers)
        if self.unit == "word":
            return given[:, None]
        nothing = self.inputs.vocabulary - 1
        spelled = [[int(digit) for digit in str(n)] if self.unit == "digits" else self._pieces(int(n)) for n in given]
        return np.array([one + [nothing] * (PLACES - len(one)) for one in spelled]).reshape(-1, PLACES)

    def _pieces(self, n: int) -> list[int]:
        text = str(n)
        for end in range(len(text), 0, -1):
            if whole(int(text[:end])):
                rest = text[end:]
                return [int(text[:end]), *([self.numbers + 10 * (len(rest) - 1) + int(rest)] if rest else [])]
        raise AssertionError("one digit is whole")

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`; the fact `number` is the number."""
        at_words, at_order, at_train, at_test = jax.random.split(key, 4)
        logits = jnp.log(self.chances(at_words))
        meant = jax.random.permutation(at_order, self.numbers) if self.shuffled else jnp.arange(self.numbers)
        spelled = jnp.asarray(self.spelling(np.arange(self.numbers)), jnp.int32)
        often = jnp.cumsum(1 / (jnp.arange(self.numbers) + 10.0))
        often = often / often[-1]

        def pairs(key: PRNGKeyArray, n: int) -> Examples:
            at_number, at_word = jax.random.split(key)
            number = jnp.minimum(jnp.searchsorted(often, jax.random.uniform(at_number, (n,))), self.numbers - 1)
            return Examples(spelled[number], jax.random.categorical(at_word, logits[meant[number]]).astype(jnp.int32), {"number": number})

        return {"train": pairs(at_train, self.train_size), "test": pairs(at_test, self.test_size)}

    def chances(self, key: PRNGKeyArray) -> Float[Array, "numbers contexts"]:
        """P(word | number); one in a million at least, before they are made to sum to one."""
        at_centre, at_width = jax.random.split(key)
        centre = self.numbers * jax.random.uniform(at_centre, (self.contexts,))
        width = 30 * 10 ** jax.random.uniform(at_width, (self.contexts,))
        weight = jnp.exp(-jnp.square((jnp.arange(self.numbers)[:, None] - centre) / width) / 2) / width + 1e-6
        return weight / jnp.sum(weight, axis=1, keepdims=True)


def whole(n: int) -> bool:
    """Whether a number has a symbol of its own among pieces: all below 100, and about half of the others, scattered by multiplicative hashing.

    >>> [n for n in range(98, 112) if whole(n)]
    [98, 99, 101, 102, 104, 107, 109]
    """
    return n < 100 or (n * 2654435761 % 2**32) < 2**31
