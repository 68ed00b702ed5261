"""Word problems about two people who exchange things, with the regularities of a benchmark, and variations of its problems that keep or change the answer."""

from itertools import permutations
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from unseen._types import Classes, Examples, Tokens, expect
from unseen.tasks.task import Task

WORDS = ("had", "gave", "took", "to", "from", "how-many", "does", "do", "they", "have", "now", "altogether", ".", "?", *(f"number{i}" for i in range(4)))
HAD, GAVE, TOOK, TO, FROM, HOW, DOES, DO, THEY, HAVE, NOW, ALTOGETHER, STOP, MARK, NUMBER = range(15)
EXPRESSIONS = (*((i, "+", j) for i in range(4) for j in range(i + 1, 4)), *((i, "-", j) for i, j in permutations(range(4), 2)))
"""The answers: two of the numbers, in the order of the text, and what is done with them."""

_CLASS = np.zeros((4, 2, 4), int)
for _at, (_i, _sign, _j) in enumerate(EXPRESSIONS):
    _CLASS[_i, int(_sign == "-"), _j] = _at
    if _sign == "+":
        _CLASS[_j, 0, _i] = _at

Facts = dict[str, Array]


class WordProblems(Task):
    """Which two numbers of a problem are to be added or subtracted, after Patel, Bhattamishra & Goyal (2021), "SVAMP".

        ann had number0 pens . bob had number1 pens . ann gave number2 pens to bob . how-many pens does ann have now ?

    Numbers are told by their order, as solvers see them; their values are the fact `numbers`. A problem has four features; each is the usual one with
    chance `usual`, else one of the others, equally likely: who is *asked* about (the first person; the second; both together), who *moves* (the first; the
    second), whether things are told in *order* (the exchange comes last; first), and whether there is an *extra* number about other things (no; yes). Whether
    things are given or taken is a toss. So in usual problems the verb alone tells the answer. Each variation tells the problems of `test` again with one
    feature made another one than the usual, or with other things exchanged.

    Attributes:
        usual: chance of the usual feature, in [0, 1]; None for all features equally likely: no regularity.
        people: how many names, at least 2.
        things: how many words for things, at least 2.
        train_size: training problems.
        test_size: test problems.

    >>> test = WordProblems(usual=1.0).splits(jax.random.key(0))["test"]
    >>> print(*WordProblems().spelled(test.x[0])[:10], "…", EXPRESSIONS[int(test.y[0])])
    person17 had number0 thing12 . person18 had number1 thing12 . … (0, '-', 2)
    """

    usual: float | None = eqx.field(static=True, default=0.9)
    people: int = eqx.field(static=True, default=20)
    things: int = eqx.field(static=True, default=20)
    train_size: int = eqx.field(static=True, default=1000)
    test_size: int = eqx.field(static=True, default=500)

    unseen: ClassVar[dict[str, str]] = {
        "test": "same distribution: fresh problems",
        "without_question": "same problems as in test, told without their question",
        "question": "same stories as in test, but asked about the second person or both",
        "reasoning": "same problems as in test, but the second person gives or takes",
        "moved": "same problems as in test, but the exchange is told first",
        "extra": "same problems as in test, with a number that does not matter",
        "objects": "same problems as in test, about other things",
    }

    def __check_init__(self) -> None:
        expect(
            self,
            usual=(lambda r: r is None or 0 <= r <= 1, "None or a chance in [0, 1]"),
            people=(lambda n: n >= 2, "at least 2 names"),
            things=(lambda n: n >= 2, "at least 2 words"),
            train_size=(lambda n: n >= 1, "at least 1"),
            test_size=(lambda n: n >= 1, "at least 1"),
        )

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words by number; the last is nothing."""
        return (*WORDS, *(f"person{i}" for i in range(self.people)), *(f"thing{i}" for i in range(self.things)), "")

    @property
    def inputs(self) -> Tokens:
        """Words."""
        return Tokens(29, len(self.vocabulary), padding=True)

    @property
    def outputs(self) -> Classes:
        """`EXPRESSIONS`."""
        return Classes(len(EXPRESSIONS))

    def spelled(self, x: ArrayLike) -> list[str]:
        """The words of a problem."""
        return [self.vocabulary[symbol] for symbol in np.asarray(x).tolist() if symbol < len(self.vocabulary) - 1]

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test`, and the variations."""
        at_train, at_test, at_asked = jax.random.split(key, 3)
        test = self.facts(at_test, self.test_size)
        other = jax.random.randint(at_asked, (self.test_size,), 1, 3)
        yes = jnp.ones(self.test_size, int)
        changes = {
            "question": {"asked": other},
            "reasoning": {"mover": yes},
            "moved": {"moved": yes},
            "extra": {"extra": yes},
            "objects": {"thing": test["other"], "other": test["thing"]},
        }
        return {
            "train": self.told(self.facts(at_train, self.train_size)),
            "test": self.told(test),
            "without_question": self.told(test, question=False),
            **{name: self.told(test | change) for name, change in changes.items()},
        }

    def facts(self, key: PRNGKeyArray, n: int) -> Facts:
        """What `n` problems are about: two people, what they exchange and have besides, four numbers, the verb, and the four features (0 the usual one)."""
        keys = jax.random.split(key, 6)

        def two(key: PRNGKeyArray, of: int) -> tuple[Array, Array]:
            first, step = jax.random.randint(key, (n,), 0, of), jax.random.randint(jax.random.fold_in(key, 1), (n,), 1, of)
            return first, (first + step) % of

        def feature(key: PRNGKeyArray, of: int) -> Array:
            rare = jax.random.uniform(key, (n,)) >= ((1 / of) if self.usual is None else self.usual)
            return jnp.where(rare, jax.random.randint(jax.random.fold_in(key, 1), (n,), 1, of), 0)

        first, second = two(keys[0], self.people)
        thing, other = two(keys[1], self.things)
        names = {"first": first, "second": second, "thing": thing, "other": other, "took": jax.random.bernoulli(keys[2], shape=(n,)).astype(int)}
        features = {name: feature(k, of) for name, of, k in zip(("asked", "mover", "moved", "extra"), (3, 2, 2, 2), jax.random.split(keys[3], 4), strict=True)}
        held = jax.random.randint(keys[4], (n, 3), 10, 100)
        return names | features | {"held": held, "exchanged": jax.random.randint(keys[5], (n,), 1, 10)}

    def told(self, facts: Facts, *, question: bool = True) -> Examples:
        """The problems in words, with the expressions that answer them, and the values of their numbers in the order of the text (0 for none)."""
        n = len(facts["first"])
        person, thing = len(WORDS), len(WORDS) + self.people
        words = {name: facts[name] + person for name in ("first", "second")} | {name: facts[name] + thing for name in ("thing", "other")}
        swapped = facts["mover"] == 1
        mover, partner = (jnp.where(swapped, words[b], words[a]) for a, b in (("first", "second"), ("second", "first")))
        took, both = facts["took"] == 1, facts["asked"] == 2
        asked = jnp.where(facts["asked"] == 1, words["second"], words["first"])
        o = words["thing"]
        move = (mover, jnp.where(took, TOOK, GAVE), NUMBER, o, jnp.where(took, FROM, TO), partner, STOP)
        ask = (HOW, o, jnp.where(both, DO, DOES), jnp.where(both, THEY, asked), HAVE, jnp.where(both, ALTOGETHER, NOW), MARK)
        moved, extra, always = facts["moved"] == 1, facts["extra"] == 1, jnp.ones(n, bool)
        phrases = (
            (moved, move, facts["exchanged"]),
            (always, (words["first"], HAD, NUMBER, o, STOP), facts["held"][:, 0]),
            (extra, (words["first"], HAD, NUMBER, words["other"], STOP), facts["held"][:, 2]),
            (always, (words["second"], HAD, NUMBER, o, STOP), facts["held"][:, 1]),
            (~moved, move, facts["exchanged"]),
            (always & question, ask, jnp.zeros(n, int)),
        )
        there = jnp.concatenate([jnp.broadcast_to(on[:, None], (n, len(phrase))) for on, phrase, _ in phrases], axis=1)
        symbols = jnp.concatenate([jnp.stack([jnp.broadcast_to(jnp.asarray(word), (n,)) for word in phrase], axis=1) for _, phrase, _ in phrases], axis=1)
        numbers = jnp.stack([value for _, _, value in phrases[:-1]], axis=1)
        told = jnp.stack([on for on, _, _ in phrases[:-1]], axis=1)
        symbols = symbols + jnp.where(symbols == NUMBER, jnp.cumsum((symbols == NUMBER) & there, axis=1) - 1, 0)
        info = {"numbers": _packed(numbers, told, 0)[:, :4]}
        return Examples(_packed(symbols, there, len(self.vocabulary) - 1)[:, :29].astype(jnp.int32), self._expression(facts), info)

    def _expression(self, facts: Facts) -> Int[Array, " n"]:
        moved, extra = facts["moved"], facts["extra"]
        first, second, exchanged = moved, moved + 1 + extra, jnp.where(moved == 1, 0, 2 + extra)
        gains = (facts["took"] == 1) ^ (facts["mover"] == 1) ^ (facts["asked"] == 1)  # who takes gains, whoever the other is loses
        table, both = jnp.asarray(_CLASS), facts["asked"] == 2
        one = table[jnp.where(facts["asked"] == 1, second, first), 1 - gains.astype(int), exchanged]
        return jnp.where(both, table[first, 0, second], one).astype(jnp.int32)


def value(expression: Int[Array, "*n"], numbers: Int[Array, "*n 4"]) -> Int[Array, "*n"]:
    """The answer that an expression gives.

    >>> value(jnp.array(EXPRESSIONS.index((0, "-", 2))), jnp.array([8, 5, 3, 0]))
    Array(5, dtype=int32)
    """
    i, sign, j = (jnp.asarray([(i, 1 if s == "+" else -1, j) for i, s, j in EXPRESSIONS])[expression][..., k] for k in range(3))
    first, second = (jnp.take_along_axis(numbers, at[..., None], axis=-1)[..., 0] for at in (i, j))
    return first + sign * second


def _packed(values: Int[Array, "n places"], there: Bool[Array, "n places"], rest: int) -> Int[Array, "n places"]:
    """What is there, moved to the front, then `rest`."""
    order = jnp.argsort(~there, axis=1, stable=True)
    return jnp.take_along_axis(jnp.where(there, values, rest), order, axis=1)
