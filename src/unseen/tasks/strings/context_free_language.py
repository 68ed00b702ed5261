"""Whether a string is in the language of a context-free grammar."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from unseen._types import Over, Problem
from unseen.tasks.strings._grammar import Grammar, ambiguous, grammar, log_derivations
from unseen.tasks.strings._transduction import Transduction

WORD = 32


class ContextFreeLanguage(Transduction):
    """1 where the grammar derives the string, else 0: any context-free language. A fair coin says what is drawn, the grammar what the answer is.

    Heads: a string of the language, uniform among those of its length. Tails: the same with one or two symbols replaced by others, drawn uniformly, which
    mostly leaves the language; the answer is what parsing finds (Cocke, Younger & Kasami). A length of which there is no string gets uniform symbols.

    Attributes:
        rules: as ("S -> a S b | a b",): capital letters are nonterminals, the first of them the start; nothing between two bars is the empty string.
            No string may have two derivations, which would be drawn twice as often: that is looked for among the shortest.

    >>> task = ContextFreeLanguage(rules=("S -> ( S ) S |",))
    >>> string, answer = task.string(jax.random.key(4), jnp.array(8), 8)
    >>> "".join(task.terminals[symbol] for symbol in string), int(answer[0])
    ('()(())()', 1)
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
        at_coin, at_string, at_place, at_symbol, at_step, at_two = jax.random.split(key, 6)
        right, possible = self.derived(at_string, length, size)
        places = jax.random.randint(at_place, (2,), 0, length)
        other, steps = jax.random.randint(at_symbol, (size,), 0, self.symbols), jax.random.randint(at_step, (2,), 1, self.symbols)
        near = right
        for place, step in zip(places, (steps[0], jnp.where(jax.random.bernoulli(at_two), steps[1], 0)), strict=True):
            near = near.at[place].set((near[place] + step) % self.symbols)
        drawn = jnp.where(possible, jnp.where(jax.random.bernoulli(at_coin), right, near), other)
        return drawn, self.accepts(drawn, length)[None].astype(jnp.int32)

    def derived(self, key: PRNGKeyArray, length: Int[Array, ""], size: int) -> tuple[Int[Array, " size"], Bool[Array, ""]]:
        """A string of `length` symbols, uniform among those of the language, and whether there is one at all."""
        form, (first, shares) = self.form, self.choices(size)
        ends = np.zeros((form.size, self.symbols))
        ends[form.ends[:, 0], form.ends[:, 1]] = 1
        last = jnp.asarray(np.cumsum(ends / np.maximum(ends.sum(axis=1, keepdims=True), 1), axis=1), jnp.float32)
        table, pairs = jnp.asarray(shares, jnp.float32), jnp.asarray(np.concatenate([form.pairs, np.zeros((1, 3), int)]))

        def step(state: tuple[Array, Array, Array, Array], draw: Array) -> tuple[tuple[Array, Array, Array, Array], None]:
            """At place i a nonterminal of n symbols is to be written: a symbol where n is 1, else it becomes the two of a rule, split somewhere."""
            i, names, lengths, string = state
            name, n = names[i], lengths[i]
            choice = jnp.sum(table[name, n] <= draw)
            rule, split = jnp.asarray(first)[name] + choice // size, 1 + choice % size
            one, leaf = pairs[jnp.minimum(rule, len(pairs) - 1)], n == 1
            symbol = jnp.minimum(jnp.sum(last[name] <= draw), self.symbols - 1)
            string = string.at[i].set(jnp.where(leaf, symbol, string[i]))
            after = jnp.minimum(i + split, size)
            names = names.at[after].set(jnp.where(leaf, names[after], one[2])).at[i].set(jnp.where(leaf, name, one[1]))
            lengths = lengths.at[after].set(jnp.where(leaf, lengths[after], n - split)).at[i].set(jnp.where(leaf, n, split))
            return (jnp.minimum(i + leaf, size), names, lengths, string), None

        nothing = jnp.zeros(size + 1, jnp.int32)
        start = (jnp.array(0), nothing, nothing.at[0].set(length), nothing)
        (_, _, _, string), _ = jax.lax.scan(step, start, jax.random.uniform(key, (2 * size - 1,)))
        return string[:size], jnp.asarray(np.isfinite(log_derivations(form, size)[0]))[length]

    def choices(self, size: int) -> tuple[Int[np.ndarray, " nonterminals"], Float[np.ndarray, "nonterminals lengths choices"]]:
        """(The first pair of each nonterminal, for each and each length the cumulative shares of derivations by pair and length of its left part)."""
        form = self.form
        ways, counts = log_derivations(form, size), np.bincount(form.pairs[:, 0], minlength=form.size)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        shares = np.zeros((form.size, size + 1, max(1, counts.max()) * size))
        for rule, (name, left, right) in enumerate(form.pairs):
            start = (rule - first[name]) * size
            for n in range(2, size + 1):
                if np.isfinite(ways[name, n]):
                    shares[name, n, start : start + n - 1] = np.exp(ways[left, 1:n] + ways[right, n - 1 : 0 : -1] - ways[name, n])
        return first, np.cumsum(shares, axis=2)

    def accepts(self, string: Int[Array, " size"], length: Int[Array, ""]) -> Bool[Array, ""]:
        """Whether the grammar derives the first `length` symbols: for each span and nonterminal the places where it begins, 32 to a word."""
        form, size = self.form, len(string)
        words = -(-size // WORD)
        ends = np.zeros((form.size, self.symbols), bool)
        ends[form.ends[:, 0], form.ends[:, 1]] = True
        fits = jnp.pad(jnp.asarray(ends)[:, string], ((0, 0), (0, words * WORD - size))).reshape(form.size, words, WORD)
        single = jnp.sum(fits.astype(jnp.uint32) << jnp.arange(WORD, dtype=jnp.uint32), axis=2, dtype=jnp.uint32)
        chart = jnp.zeros((size + 1, form.size, words), jnp.uint32).at[1].set(single)
        if not len(form.pairs) or size < 2:
            return (chart[length, 0, 0] & 1) > 0
        splits = jnp.arange(1, size)
        heads, left, right = form.pairs.T
        mine = jnp.asarray(np.arange(form.size)[:, None] == heads)[:, :, None]

        def step(chart: Array, span: Array) -> tuple[Array, None]:
            rest = _moved(chart[jnp.maximum(span - splits, 0)][:, right], splits)
            both = jnp.where((splits < span)[:, None, None], chart[1:size][:, left] & rest, jnp.uint32(0))
            found = jnp.where(mine, jnp.bitwise_or.reduce(both, axis=0), jnp.uint32(0))
            return chart.at[span].set(jnp.bitwise_or.reduce(found, axis=1)), None

        chart, _ = jax.lax.scan(step, chart, jnp.arange(2, size + 1))
        return (chart[length, 0, 0] & 1) > 0


def _moved(bits: Array, by: Int[Array, " n"]) -> Array:
    """[n, rules, words] with bit i + by in the place of bit i."""
    words, whole, part = bits.shape[-1], by // WORD, (by % WORD).astype(jnp.uint32)[:, None, None]
    padded = jnp.pad(bits, ((0, 0), (0, 0), (0, words + 1)))
    at = jnp.minimum(jnp.arange(words + 1) + whole[:, None], 2 * words)[:, None, :]
    taken = jnp.take_along_axis(padded, at, axis=2)
    high = jnp.where(part > 0, taken[..., 1:] << (WORD - jnp.maximum(part, 1)), 0)
    return (taken[..., :-1] >> part) | high
