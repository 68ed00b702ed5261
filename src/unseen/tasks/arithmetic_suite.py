"""Eight small tasks of arithmetic in text, of very unequal sizes, one at a time or all together."""

from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from unseen._types import Classes, Examples, Tokens, expect
from unseen.tasks.task import Task

NUMBERS, PEOPLE, THINGS, KINDS = 41, 8, 8, 8
"""How many numbers there are (0 … 40), and names, things and animals."""

TEXT = (
    *("how-many", "legs", "do", "have", "?", "drove", "at", "for", "hours", "far", "had", ".", "who", "has", "more", "gave", "to", "blank", "scored"),
    *("in", "first", "quarter", "second", "together", "most", "and", "premise", "hypothesis", "does", "now"),
)
WORDS = (
    *map(str, range(NUMBERS)),
    *(f"person{i}" for i in range(PEOPLE)),
    *(f"thing{i}" for i in range(THINGS)),
    *(f"animal{i}" for i in range(KINDS)),
    *TEXT,
    "",
)
LEGS = (0, 2, 2, 4, 4, 6, 6, 8)
"""What must be known of the animals."""

SPELLED = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen".split()  # noqa: SIM905
ANSWERS = (*map(str, range(NUMBERS)), *SPELLED, "first", "second", "third", "entailment", "contradiction", "neutral")
TASKS = ("commonsense", "domain", "comparison", "blank", "reading", "reading people", "inference", "word problems")
LONGEST = 20
SIZES = (404, 1620, 807, 1100, 54_212, 32_724, 9702, 1266)
"""Examples of the tasks of NumGLUE, in the same order."""

_AT = {word: i for i, word in enumerate(WORDS)}
_ANSWER = {word: i for i, word in enumerate(ANSWERS)}
Drawn = dict[str, Array]


class ArithmeticSuite(Task):
    """The eight kinds of NumGLUE (Mishra et al. 2022) from one template each; the answer is a word of `ANSWERS`.

    commonsense (legs of some animals) and domain (distance at a speed) multiply; comparison asks who has more; blank, inference and word problems subtract what
    is given away, and word problems add too; reading adds or subtracts scores, reading people adds what two of three have, or asks who has most. Blanks are
    to be filled in words (seven), all other numbers are digits. Texts end at the last place. A task has `scale` times as many training examples as
    NumGLUE has, but `most` at most; all have equally many in `test`, where the fact `task` says which.

    Attributes:
        only: 0 for all tasks, or the number of one, 1 to 8: training has its examples alone, over and over. It may be swept without compiling again.
        shared: 1; or 0, and every task writes its numbers in a code of its own, so that they have little in common.
        scale: of the sizes, above 0.
        most: largest size.
        test_size: examples of each task in `test`.

    >>> [task for task, size in zip(TASKS, ArithmeticSuite().sizes) if size < 100]
    ['commonsense']
    """

    only: Any = 0
    shared: Any = 1
    scale: float = eqx.field(static=True, default=0.15)
    most: int = eqx.field(static=True, default=3000)
    test_size: int = eqx.field(static=True, default=200)

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution: fresh texts of all tasks, equally many"}

    def __check_init__(self) -> None:
        expect(
            self,
            only=(lambda k: k in range(9), "0, or a task from 1 to 8"),
            shared=(lambda s: s in (0, 1), "0 or 1"),
            scale=(lambda s: s > 0, "a number above 0"),
            most=(lambda n: n >= 1, "at least 1"),
            test_size=(lambda n: n >= 1, "at least 1"),
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Training examples of each task, from 1 to `most`."""
        return tuple(min(self.most, max(1, round(self.scale * size))) for size in SIZES)

    @property
    def inputs(self) -> Tokens:
        """Words; nothing stands in front of short texts."""
        return Tokens(LONGEST, len(WORDS))

    @property
    def outputs(self) -> Classes:
        """`ANSWERS`."""
        return Classes(len(ANSWERS))

    def spelled(self, x: ArrayLike) -> list[str]:
        """The words of a text."""
        return [WORDS[symbol] for symbol in np.asarray(x).tolist() if WORDS[symbol]]

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`."""
        at_train, at_test, at_code = jax.random.split(key, 3)
        codes = jax.vmap(lambda k: jax.random.permutation(k, NUMBERS))(jax.random.split(at_code, len(TASKS)))
        codes = jnp.where(self.shared == 1, jnp.arange(NUMBERS), codes)
        train, test = self.texts(at_train, self.sizes, codes), self.texts(at_test, (self.test_size,) * len(TASKS), codes)
        starts, sizes, place = jnp.array((0, *np.cumsum(self.sizes)[:-1])), jnp.array(self.sizes), jnp.arange(sum(self.sizes))
        task = jnp.maximum(jnp.asarray(self.only), 1) - 1
        return {"train": train.take(jnp.where(self.only == 0, place, starts[task] + place % sizes[task])), "test": test}

    def texts(self, key: PRNGKeyArray, sizes: tuple[int, ...], codes: Array) -> Examples:
        """So many texts of each task, one task after the other."""
        parts = []
        for i, (size, template) in enumerate(zip(sizes, TEMPLATES, strict=True)):
            text, answer = template(_drawn(jax.random.fold_in(key, i), size))
            columns = [jnp.broadcast_to(jnp.asarray(_AT[word] if isinstance(word, str) else word), (size,)) for word in text]
            x = jnp.stack([jnp.full(size, _AT[""])] * (LONGEST - len(columns)) + columns, axis=1)
            x = jnp.where(x < NUMBERS, codes[i][jnp.minimum(x, NUMBERS - 1)], x)
            parts.append(Examples(x.astype(jnp.int32), answer.astype(jnp.int32), {"task": jnp.full(size, i + 1)}))
        return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)


def _drawn(key: PRNGKeyArray, n: int) -> Drawn:
    """What texts are made of: three different people, a thing, numbers from 10 to 19 and from 1 to 9, and choices."""
    keys = jax.random.split(key, 6)
    first = jax.random.randint(keys[0], (n,), 0, PEOPLE)
    people = {name: NUMBERS + (first + step) % PEOPLE for name, step in (("a", 0), ("b", 3), ("c", 5))}
    thing = NUMBERS + PEOPLE + jax.random.randint(keys[1], (n,), 0, THINGS)
    other = NUMBERS + PEOPLE + (thing - NUMBERS - PEOPLE + 1) % THINGS
    large = jax.random.randint(keys[2], (n, 3), 10, 20)
    small = jax.random.randint(keys[3], (n, 3), 1, 10)
    choice = jax.random.randint(keys[4], (n,), 0, 6)
    return people | {"thing": thing, "other": other, "n": large[:, 0], "m": small[:, 0], "large": large, "small": small, "choice": choice}


def _commonsense(d: Drawn) -> tuple[list, Array]:
    kind, count = d["large"][:, 1] % KINDS, 1 + d["small"][:, 1] % 5
    return ["how-many", "legs", "do", count, NUMBERS + PEOPLE + THINGS + kind, "have", "?"], count * jnp.array(LEGS)[kind]


def _domain(d: Drawn) -> tuple[list, Array]:
    speed, hours = 1 + d["small"][:, 0] % 8, 1 + d["small"][:, 1] % 5
    return [d["a"], "drove", "at", speed, "for", hours, "hours", ".", "how-many", "far", "?"], speed * hours


def _comparison(d: Drawn) -> tuple[list, Array]:
    n, m = d["large"][:, 0], 10 + (d["large"][:, 0] - 10 + d["small"][:, 0]) % 10
    text = [d["a"], "had", n, d["thing"], ".", d["b"], "had", m, d["thing"], ".", "who", "has", "more", "?"]
    return text, jnp.where(n > m, _ANSWER["first"], _ANSWER["second"])


def _gave(d: Drawn) -> list:
    return [d["a"], "had", d["n"], d["thing"], ".", d["a"], "gave", d["m"], "to", d["b"], "."]


def _blank(d: Drawn) -> tuple[list, Array]:
    return [*_gave(d), d["a"], "has", "blank", d["thing"]], _ANSWER["zero"] + d["n"] - d["m"]


def _reading(d: Drawn) -> tuple[list, Array]:
    more = d["choice"] % 2 == 0
    asked = jnp.where(more, _AT["more"], _AT["together"])
    text = ["in", "first", "quarter", d["a"], "scored", d["n"], ".", "in", "second", d["b"], "scored", d["m"], ".", "how-many", asked, "?"]
    return text, jnp.where(more, d["n"] - d["m"], d["n"] + d["m"])


def _people(d: Drawn) -> tuple[list, Array]:
    values = jnp.stack([d["n"], d["m"], 10 + (d["n"] - 10 + d["small"][:, 1]) % 10], axis=1)
    values = jnp.take_along_axis(values, (jnp.arange(3) + d["small"][:, 2:]) % 3, axis=1)
    who, pair = jnp.stack([d[name] for name in "abc"], axis=1), jnp.array([(0, 1), (0, 2), (1, 2)])[d["choice"] % 3]
    most, two = d["choice"] >= 3, [jnp.take_along_axis(who, pair[:, k : k + 1], axis=1)[:, 0] for k in (0, 1)]
    asked = [jnp.where(most, a, b) for a, b in ((_AT["who"], _AT["how-many"]), (_AT["has"], two[0]), (_AT[""], _AT["and"]), (_AT["most"], two[1]))]
    text = [d["a"], "had", values[:, 0], ".", d["b"], "had", values[:, 1], ".", d["c"], "had", values[:, 2], ".", *asked, "?"]
    return text, jnp.where(most, _ANSWER["first"] + jnp.argmax(values, axis=1), jnp.sum(jnp.take_along_axis(values, pair, axis=1), axis=1))


def _inference(d: Drawn) -> tuple[list, Array]:
    kind, left = d["choice"] % 3, d["n"] - d["m"]
    told = jnp.where(kind == 1, 1 + (left - 1 + d["small"][:, 1]) % 18, left)
    text = ["premise", *_gave(d), "hypothesis", d["a"], "has", told, jnp.where(kind == 2, d["other"], d["thing"]), "?"]
    return text, _ANSWER["entailment"] + kind


def _word_problem(d: Drawn) -> tuple[list, Array]:
    gains = d["choice"] % 2 == 1
    giver, taker = jnp.where(gains, d["b"], d["a"]), jnp.where(gains, d["a"], d["b"])
    text = [d["a"], "had", d["n"], d["thing"], ".", giver, "gave", d["m"], "to", taker, ".", "how-many", "does", d["a"], "have", "now", "?"]
    return text, jnp.where(gains, d["n"] + d["m"], d["n"] - d["m"])


TEMPLATES: tuple[Callable[[Drawn], tuple[list, Array]], ...] = (
    _commonsense,
    _domain,
    _comparison,
    _blank,
    _reading,
    _people,
    _inference,
    _word_problem,
)
