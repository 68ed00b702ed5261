"""Synthetic examples that are meant to teach a language model about numbers: expressions, worded templates, and plain reading beside them."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from unseen._types import Classes, Examples, Tokens, expect
from unseen.tasks import arithmetic_suite as suite
from unseen.tasks.task import Task

NEW = ("+", "-", "=", "(", ")", "largest", "smallest", "argmax", "argmin", ",", "found", "lost", "were", "of", "least", "third")
WORDS = (*suite.WORDS, *NEW)
"""Those of `ArithmeticSuite`, at the same places, so that a network may go from one task to the other, and those that only expressions and templates have."""

SKILLS = {"numeric": ("signed", "extreme", "argmax"), "textual": ("changed", "compared", "ranked"), "reading": ("count", "owner")}
_AT = {word: i for i, word in enumerate(WORDS)}
_FIRST = suite.ANSWERS.index("first")
Drawn = dict[str, Array]


class NumericalSkills(Task):
    """Numeric data, textual data and reading, after Geva, Gupta & Berant (2020), "GenBERT"; the answer is a word of `arithmetic_suite.ANSWERS`.

    Numeric: signed sums of two or three numbers, the largest or smallest of three, and which of three things has it. Textual: templates in words, in which
    somebody finds or loses things, two kinds of things are compared or put together, and three people are ranked. Reading: what is written in a passage of
    the kinds that `ArithmeticSuite` has, nothing to be computed; it stands for the text that a language model is trained on anyway. Numbers are words, 0 to 40,
    and so are all results. "First" to "third" point to people or things in the order of the text. Texts end at the last place.

    Attributes:
        skills: which of "numeric", "textual", "reading" there are; all kinds of examples are equally many.
        shuffled: in training, answers to numeric and textual examples are those of other examples of the same kind: as much to read, nothing to learn.
        train_size: training examples.
        test_size: test examples.

    >>> task = NumericalSkills(skills=("numeric",))
    >>> test = task.splits(jax.random.key(0))["test"]
    >>> print(*task.spelled(test.x[1]), suite.ANSWERS[int(test.y[1])])
    largest ( 20 39 9 ) 39
    """

    skills: tuple[str, ...] = eqx.field(static=True, default=tuple(SKILLS))
    shuffled: bool = eqx.field(static=True, default=False)
    train_size: int = eqx.field(static=True, default=20_000)
    test_size: int = eqx.field(static=True, default=800)

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution: fresh examples of all kinds, equally many"}

    def __check_init__(self) -> None:
        expect(
            self,
            skills=(lambda s: 0 < len(s) == len(set(s)) and set(s) <= set(SKILLS), "different names of " + ", ".join(map(repr, SKILLS))),
            shuffled=(lambda s: s in (False, True), "False or True"),
            train_size=(lambda n: n >= len(KINDS), f"at least {len(KINDS)}"),
            test_size=(lambda n: n >= len(KINDS), f"at least {len(KINDS)}"),
        )

    @property
    def inputs(self) -> Tokens:
        """Words; nothing stands in front of short texts."""
        return Tokens(suite.LONGEST, len(WORDS))

    @property
    def outputs(self) -> Classes:
        """`arithmetic_suite.ANSWERS`."""
        return Classes(len(suite.ANSWERS))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of examples of its skills."""
        return tuple(kind for skill in self.skills for kind in SKILLS[skill])

    def spelled(self, x: ArrayLike) -> list[str]:
        """The words of a text."""
        return [WORDS[symbol] for symbol in np.asarray(x).tolist() if WORDS[symbol]]

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`; the fact `kind` counts in `KINDS`."""
        at_train, at_test, at_shuffle = jax.random.split(key, 3)
        train = self.texts(at_train, self.train_size)
        if self.shuffled:
            rows = np.arange(self.train_size)
            for i, kind in enumerate(self.kinds):
                if kind not in SKILLS["reading"]:
                    own = rows[i :: len(self.kinds)]
                    train = eqx.tree_at(lambda t: t.y, train, train.y.at[own].set(jax.random.permutation(jax.random.fold_in(at_shuffle, i), train.y[own])))
        return {"train": train, "test": self.texts(at_test, self.test_size)}

    def texts(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` examples, their kinds by turns."""
        parts = []
        for i, kind in enumerate(self.kinds):
            size = len(range(i, n, len(self.kinds)))
            text, answer = KINDS[kind](_drawn(jax.random.fold_in(key, i), size))
            columns = [jnp.broadcast_to(jnp.asarray(_AT[word] if isinstance(word, str) else word), (size,)) for word in text]
            x = jnp.stack([jnp.full(size, _AT[""])] * (suite.LONGEST - len(columns)) + columns, axis=1)
            parts.append((x, answer, jnp.full(size, tuple(KINDS).index(kind))))
        order = np.argsort(np.concatenate([np.arange(i, n, len(self.kinds)) for i in range(len(self.kinds))]))
        x, y, kind = (jnp.concatenate(leaves)[order].astype(jnp.int32) for leaves in zip(*parts, strict=True))
        return Examples(x, y, {"kind": kind})


def _drawn(key: PRNGKeyArray, n: int) -> Drawn:
    """Three different people, three different things, a total with two parts and a part of it, three different numbers, two choices."""
    keys = jax.random.split(key, 5)
    person, thing, value = (jax.random.randint(k, (n,), 0, of) for k, of in zip(keys[:3], (suite.PEOPLE, suite.THINGS, suite.NUMBERS), strict=True))
    people = {name: suite.NUMBERS + (person + step) % suite.PEOPLE for name, step in (("a", 0), ("b", 3), ("c", 5))}
    things = {name: suite.NUMBERS + suite.PEOPLE + (thing + step) % suite.THINGS for name, step in (("o", 0), ("p", 1), ("q", 3))}
    share = jax.random.uniform(keys[3], (n, 3))
    total = jnp.floor(share[:, 0] * suite.NUMBERS).astype(int)
    part, taken = (jnp.floor(share[:, k] * (total + 1)).astype(int) for k in (1, 2))
    steps = jax.random.randint(keys[4], (n, 2), 1, suite.NUMBERS // 2 + 1) + jnp.array([0, suite.NUMBERS // 2])
    values = (value[:, None] + jnp.pad(steps, ((0, 0), (1, 0)))) % suite.NUMBERS
    choices = jax.random.randint(jax.random.fold_in(key, 0), (n, 2), 0, 6)
    return people | things | {"total": total, "part": part, "taken": taken, "values": values, "choice": choices[:, 0], "asked": choices[:, 1] % 3}


def _either(d: Drawn, first: str, second: str) -> Array:
    return jnp.where(d["choice"] % 2 == 0, _AT[first], _AT[second])


def _signed(d: Drawn) -> tuple[list, Array]:
    """Sum, difference, or a sum less a third number."""
    form, rest = d["choice"] % 3, d["total"] - d["part"]
    left, right = jnp.where(form == 1, d["total"], d["part"]), jnp.where(form == 1, d["part"], rest)
    third = [jnp.where(form == 2, one, _AT[""]) for one in (_AT["-"], d["taken"])]
    text = [left, jnp.where(form == 1, _AT["-"], _AT["+"]), right, *third, "="]
    return text, jnp.where(form == 1, rest, d["total"] - jnp.where(form == 2, d["taken"], 0))


def _end(d: Drawn) -> Array:
    return jnp.where(d["choice"] % 2 == 0, jnp.argmax(d["values"], axis=1), jnp.argmin(d["values"], axis=1))


def _extreme(d: Drawn) -> tuple[list, Array]:
    x, y, z = d["values"].T
    return [_either(d, "largest", "smallest"), "(", x, y, z, ")"], jnp.take_along_axis(d["values"], _end(d)[:, None], axis=1)[:, 0]


def _argmax(d: Drawn) -> tuple[list, Array]:
    x, y, z = d["values"].T
    return [_either(d, "argmax", "argmin"), "(", d["o"], x, d["p"], y, d["q"], z, ")"], _FIRST + _end(d)


def _changed(d: Drawn) -> tuple[list, Array]:
    gains, rest = d["choice"] % 2 == 0, d["total"] - d["part"]
    text = [d["a"], "had", jnp.where(gains, d["part"], d["total"]), d["o"], ",", _either(d, "found", "lost"), jnp.where(gains, rest, d["part"]), "."]
    return [*text, "how-many", "does", d["a"], "have", "?"], jnp.where(gains, d["total"], rest)


def _compared(d: Drawn) -> tuple[list, Array]:
    more, rest = d["choice"] % 2 == 0, d["total"] - d["part"]
    counts = jnp.where(more, d["total"], d["part"]), jnp.where(more, d["part"], rest)
    text = [counts[0], d["o"], "and", counts[1], d["p"], "were", "at", d["a"], ".", "how-many", _either(d, "more", "together"), "?"]
    return text, jnp.where(more, rest, d["total"])


def _ranked(d: Drawn) -> tuple[list, Array]:
    x, y, z = d["values"].T
    return [x, d["o"], "of", d["a"], ",", y, "of", d["b"], ",", z, "of", d["c"], ".", _either(d, "most", "least"), "?"], _FIRST + _end(d)


def _passage(d: Drawn) -> tuple[list, Array]:
    """A passage of people who have or score something, in the first place filled up with nothing; and which of them is asked about."""
    x, y, z = d["values"].T
    game = d["choice"] % 2 == 0
    score = ["in", "first", "quarter", d["a"], "scored", x, ".", "in", "second", d["b"], "scored", y, "."]
    having = ["", d["a"], "had", x, ".", d["b"], "had", y, ".", d["c"], "had", z, "."]
    words = [[_AT[word] if isinstance(word, str) else word for word in one] for one in (score, having)]
    return [jnp.where(game, a, b) for a, b in zip(*words, strict=True)], jnp.where(game, d["asked"] % 2, d["asked"])


def _count(d: Drawn) -> tuple[list, Array]:
    text, asked = _passage(d)
    place = jnp.array([_AT[word] for word in ("first", "second", "third")])[asked]
    return [*text, "how-many", _either(d, "scored", "had"), place, "?"], jnp.take_along_axis(d["values"], asked[:, None], axis=1)[:, 0]


def _owner(d: Drawn) -> tuple[list, Array]:
    text, asked = _passage(d)
    return [*text, "who", _either(d, "scored", "had"), jnp.take_along_axis(d["values"], asked[:, None], axis=1)[:, 0], "?"], _FIRST + asked


KINDS = {
    "signed": _signed,
    "extreme": _extreme,
    "argmax": _argmax,
    "changed": _changed,
    "compared": _compared,
    "ranked": _ranked,
    "count": _count,
    "owner": _owner,
}
"""The kinds of examples, each from what was drawn to a text and its answer."""
