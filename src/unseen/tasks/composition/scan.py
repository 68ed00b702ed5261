"""SCAN: commands such as "jump twice and turn left", and the actions that they ask for."""

from functools import cache
from itertools import product
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from unseen._types import Examples, Problem, Strings, Tokens, expect
from unseen.tasks.task import Task

VERBS = ("walk", "look", "run", "jump")
WORDS = (*VERBS, "turn", "left", "right", "opposite", "around", "twice", "thrice", "and", "after")
ACTIONS = ("WALK", "LOOK", "RUN", "JUMP", "LTURN", "RTURN")
ASK, NOTHING = len(WORDS) + len(ACTIONS), len(WORDS) + len(ACTIONS) + 1
END = len(ACTIONS)
PRIMITIVES = ("jump", "turn left")
TEMPLATES = ("jump around right", "around right", "opposite right", "right")
SPLITS = ("simple", "length", *PRIMITIVES, *TEMPLATES)
PRIMITIVE_SHARE = 0.1
"""Share of the training set that is the primitive command alone."""


@cache
def language() -> dict[str, tuple[str, ...]]:
    """All 20,910 commands, each with its actions; the grammar and its meaning are those of Lake & Baroni (2018).

    >>> len(language())
    20910
    >>> " ".join(language()["jump opposite left after walk twice"])
    'WALK WALK LTURN LTURN JUMP'
    """
    verbs = {verb: (verb.upper(),) for verb in VERBS}
    phrases = dict(verbs)
    for (side, turn), (verb, act) in product((("left", "LTURN"), ("right", "RTURN")), [*verbs.items(), ("turn", ())]):
        phrases |= {f"{verb} {side}": (turn, *act), f"{verb} opposite {side}": (turn, turn, *act), f"{verb} around {side}": 4 * (turn, *act)}
    repeats = {"": 1, " twice": 2, " thrice": 3}
    parts = {phrase + again: times * acts for (phrase, acts), (again, times) in product(phrases.items(), repeats.items())}
    both = list(product(parts.items(), repeat=2))
    return parts | {f"{c} and {d}": a + b for (c, a), (d, b) in both} | {f"{c} after {d}": b + a for (c, a), (d, b) in both}


class SCAN(Task):
    """A command, one ASK symbol, and its actions; each place from ASK on is asked for the next action, and after the last one for the end.

    The data of Lake & Baroni (2018). The true actions stand in the input, so that one pass reads all answers, and `<split>_exact` is the share of the
    commands that greedy decoding gets right, for models that do not look ahead: `Seq2Seq`, `LSTM`, `Decoder` … (as in `Autoregressive`). What is not trained:

        simple              nothing but the commands of `test`
        length              commands with more than `longest` actions
        jump, turn left     all commands in which it is more than the whole; alone it is a tenth of the training set
        jump around right, around right, opposite right, right
                            the template with a verb; with "turn" it is nowhere (Loula, Baroni & Lake 2018)

    Attributes:
        split: which of these.
        tested: share of the commands of the trained kinds that go to `test`, in (0, 1); the authors' splits have 0.2 for "simple", and no such test else.
        shown: commands of the kind held out that are trained nevertheless, drawn at random.
        longest: actions of a training command where `split` is "length".
        without: words that are left out of the language, for a smaller one.

    >>> task = SCAN("length", without=("around", "thrice"), longest=8)
    >>> {name: len(split) for name, split in task.splits(jax.random.key(0)).items()}
    {'train': 3162, 'test': 790, 'longer': 704}
    """

    split: str = eqx.field(static=True, default="jump")
    tested: float = eqx.field(static=True, default=0.2)
    shown: int = eqx.field(static=True, default=0)
    longest: int = eqx.field(static=True, default=22)
    without: tuple[str, ...] = eqx.field(static=True, default=())

    @property
    def unseen(self) -> dict[str, str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """`test`, and unless the split is simple `longer` or `recombined`."""
        test = {"test": "commands that were not trained on, of the kinds that were"}
        if self.split == "simple":
            return test
        if self.split == "length":
            return test | {"longer": f"commands with more than {self.longest} actions, which is more than any trained one has, unless some are shown"}
        how = "alone" if self.split in PRIMITIVES else "never, but its words in other places"
        return test | {"recombined": f"commands in which {self.split!r} is a part; it was trained {how}, unless some are shown"}

    def __check_init__(self) -> None:
        expect(
            self,
            split=(lambda s: s in SPLITS, "one of " + ", ".join(map(repr, SPLITS))),
            tested=(lambda r: 0 < r < 1, "a share in (0, 1)"),
            shown=(lambda n: n >= 0, "0 or more commands"),
            longest=(lambda n: n >= 1, "at least 1 action"),
            without=(lambda w: isinstance(w, tuple) and set(w) < set(WORDS), "a tuple of words of the language, as ('around', 'thrice')"),
        )

    @property
    def inputs(self) -> Tokens:
        """Words, ASK and actions."""
        return Tokens(self._places, NOTHING + 1, padding=True)

    @property
    def outputs(self) -> Strings:
        """The next action, or the end."""
        return Strings(self._places, END + 1)

    def commands(self) -> dict[str, tuple[str, ...]]:
        """The commands of the language, and their actions: those `without` none of these words."""
        return _commands(self.without)

    def kinds(self) -> dict[str, str]:
        """Of each command whether it is "trained" (or in `test`), "held out", "left out", or the primitive "alone".

        >>> kinds = SCAN("jump").kinds()
        >>> kinds["walk twice"], kinds["jump"], kinds["jump twice"]
        ('trained', 'alone', 'held out')
        """
        commands, template = self.commands(), self.split.removeprefix("jump ") if self.split in TEMPLATES else ""
        if template:
            verbs = VERBS if template == self.split else ("jump",)
            parts, nowhere = tuple(f"{verb} {template}" for verb in verbs), f"turn {template}"
            return {c: "left out" if nowhere in c else "held out" if any(part in c for part in parts) else "trained" for c in commands}
        if self.split in PRIMITIVES:
            return {c: "trained" if self.split not in c else "alone" if c == self.split else "held out" for c in commands}
        longest = self.longest if self.split == "length" else max(map(len, commands.values()))
        return {c: "held out" if len(acts) > longest else "trained" for c, acts in commands.items()}

    def spelled(self, symbols: ArrayLike) -> str:
        """An input in words.

        >>> task = SCAN()
        >>> task.spelled(task.load()[0][0])
        'walk ? WALK'
        """
        return " ".join((*WORDS, *ACTIONS, "?")[symbol] for symbol in np.asarray(symbols).tolist() if symbol != NOTHING)

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inputs, answers and numbers of actions of all commands, in the order of `commands`."""
        x = np.full((len(self.commands()), self._places), NOTHING, np.int32)
        y = np.full_like(x, -1)
        for row, (command, acts) in enumerate(self.commands().items()):
            words, did = [WORDS.index(word) for word in command.split()], [ACTIONS.index(act) for act in acts]
            x[row, : len(words) + 1 + len(did)] = [*words, ASK, *(len(WORDS) + act for act in did)]
            y[row, len(words) : len(words) + len(did) + 1] = [*did, END]
        return x, y, np.array([len(acts) for acts in self.commands().values()], np.int32)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test`, and what was held out: `longer` or `recombined`.

        Raises:
            Problem: the language has no command of the kind to hold out, or too few for `shown` or `tested`.
        """
        x, y, length = self.load() if data is None else data
        at_test, at_shown = jax.random.split(key)
        kinds = np.array(list(self.kinds().values()))
        trained, held, alone = (np.flatnonzero(kinds == kind) for kind in ("trained", "held out", "alone"))
        tested = round(self.tested * len(trained))
        if not 0 < tested < len(trained) or (self.split != "simple" and not self.shown < len(held)):
            raise Problem(
                f"SCAN: expected commands to train, to test and to hold out for {self.split!r}, got {len(trained)} to train, of which {tested} are tested, and "
                f"{len(held)} to hold out, of which {self.shown} are shown. Leave out fewer words, or change `longest`, `tested` or `shown`."
            )
        trained, held = jax.random.permutation(at_test, trained), jax.random.permutation(at_shown, held)
        seen = jnp.concatenate([trained[tested:], held[: self.shown]])
        again = np.repeat(alone, round(len(seen) * PRIMITIVE_SHARE / (1 - PRIMITIVE_SHARE)))
        every = Examples(jnp.asarray(x), jnp.asarray(y), {"length": jnp.asarray(length)})
        found = {"train": jnp.concatenate([seen, again]), "test": trained[:tested]}
        names = [name for name in self.unseen if name != "test"]
        return {name: every.take(index) for name, index in (found | dict.fromkeys(names, held[self.shown :])).items()}

    @property
    def _places(self) -> int:
        return max(len(command.split()) + 1 + len(acts) for command, acts in self.commands().items())


@cache
def _commands(without: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {command: acts for command, acts in language().items() if not set(without) & set(command.split())}
