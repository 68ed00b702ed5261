"""Whether a string is in the language of a context-free grammar."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Examples, Over, Problem
from unseen.tasks.strings._derivations import derived
from unseen.tasks.strings._grammar import Grammar, ambiguous, grammar
from unseen.tasks.strings._parsing import accepted
from unseen.tasks.strings._transduction import Transduction


class ContextFreeLanguage(Transduction):
    """1 where the grammar derives the string, else 0: any context-free language. A fair coin says what is drawn, the grammar what the answer is.

    Heads: a string of the language, uniform among those of its length. Tails: the same with one or two symbols replaced by others, drawn uniformly, which
    mostly leaves the language; the answer is what parsing finds (Cocke, Younger & Kasami). A length of which there is no string gets uniform symbols.

    Attributes:
        rules: as ("S -> a S b | a b",): capital letters are nonterminals, the first of them the start; nothing between two bars is the empty string.
            No string may have two derivations: that is looked for among the shortest.

    >>> task = ContextFreeLanguage(rules=("S -> ( S ) S |",))
    >>> string, answer = task.string(jax.random.key(11), jnp.array(8), 8)
    >>> "".join(task.terminals[symbol] for symbol in string), int(answer[0])
    ('(()())()', 1)
    """

    rules: tuple[str, ...] = eqx.field(static=True, default=("S -> ( S ) S |",))

    level: ClassVar[str] = "context-free"
    classes: ClassVar[int] = 2  # no and yes

    def __check_init__(self) -> None:
        if isinstance(self.rules, Over):
            return
        if not isinstance(self.rules, tuple) or not all(isinstance(rule, str) for rule in self.rules):
            raise Problem(f"ContextFreeLanguage.rules: expected a tuple of texts, as ('S -> a S b | a b',), got {self.rules!r}.")
        form = grammar(self.rules)
        if len(form.terminals) < 2:
            raise Problem(f"ContextFreeLanguage.rules: expected at least two symbols besides capital letters, got {form.terminals!r}. A length says it all.")
        if (string := ambiguous(form)) is not None:
            raise Problem(f"ContextFreeLanguage.rules: expected one derivation of each string, got several of {string!r}. Write rules that leave no choice.")

    @property
    def form(self) -> Grammar:
        """The rules in Chomsky normal form."""
        return grammar(self.rules)

    @property
    def terminals(self) -> str:
        """What the symbols stand for, in order."""
        return self.form.terminals

    @property
    def symbols(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The terminals of the grammar."""
        return len(self.terminals)

    def string(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " size"], Int[Array, "1"]]:
        """A uniform string of the language, or one with a symbol or two replaced; and whether it is in the language."""
        strings = self.drawn(key, length[None], size)
        return strings[0], accepted(self.form, strings, length[None]).astype(jnp.int32)

    def examples(self, key: PRNGKeyArray, lengths: Int[Array, " n"], size: int) -> Examples:
        """A fresh string of each of the lengths, all drawn and parsed at once."""
        strings, place, end = self.drawn(key, lengths, size), jnp.arange(size + 1), lengths[:, None]
        x = jnp.where(place < end, jnp.pad(strings, ((0, 0), (0, 1))), jnp.where(place == end, self.symbols, self.symbols + 1))
        answers = accepted(self.form, strings, lengths).astype(jnp.int32)
        return Examples(x.astype(jnp.int32), jnp.where(place == end, answers[:, None], -1), {"length": lengths})

    def drawn(self, key: PRNGKeyArray, lengths: Int[Array, " n"], size: int) -> Int[Array, "n size"]:
        """For each length a uniform string of the language, or one with a symbol or two replaced."""
        at_coin, at_string, at_place, at_symbol, at_step, at_two = jax.random.split(key, 6)
        right, possible = derived(self.rules, at_string, lengths, size)
        n, length, one = len(lengths), lengths[:, None], (len(lengths), 1)
        near = right
        for k, changed in enumerate((jnp.full(one, True), jax.random.bernoulli(at_two, shape=one))):
            here = jnp.arange(size) == jax.random.randint(jax.random.fold_in(at_place, k), one, 0, length)
            step = jax.random.randint(jax.random.fold_in(at_step, k), one, 1, self.symbols)
            near = jnp.where(here & changed, (near + step) % self.symbols, near)
        chosen = jnp.where(jax.random.bernoulli(at_coin, shape=one), right, near)
        return jnp.where(possible[:, None], chosen, jax.random.randint(at_symbol, (n, size), 0, self.symbols))
