"""Whether a grammar derives strings, many at once: the algorithm of Cocke, Younger & Kasami, places and strings side by side, splits as the bits of words."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, UInt

from unseen.tasks.strings._grammar import Grammar

WORD = 32
TOGETHER = 128  # strings that are parsed at a time, as charts are large

Chart = dict[int, UInt[Array, "words places n"]]
"""Of some nonterminals."""


def accepted(form: Grammar, strings: Int[Array, "n size"], lengths: Int[Array, " n"]) -> Bool[Array, " n"]:
    """Whether the grammar derives the first so many symbols of each string."""
    n, parts = len(lengths), -(-len(lengths) // TOGETHER)
    if parts == 1:
        return _parsed(form, strings, lengths)
    more = parts * TOGETHER - n
    strings, lengths = jnp.pad(strings, ((0, more), (0, 0))), jnp.pad(lengths, (0, more), constant_values=1)
    found = jax.lax.map(lambda part: _parsed(form, *part), (strings.reshape(parts, TOGETHER, -1), lengths.reshape(parts, TOGETHER)))
    return found.reshape(-1)[:n]


def _parsed(form: Grammar, strings: Int[Array, "n size"], lengths: Int[Array, " n"]) -> Bool[Array, " n"]:
    """Spans from the short to the long. At one of s symbols from place i on, bit k of `after`[B] says that B derives its first k symbols, and bit k of
    `rest`[C] that C derives the s - k others: a rule A → B C derives the span exactly when they have a bit in common.

    Words come in as spans need them, and places go from which a longer span would leave the string.
    """
    size = strings.shape[1]
    ends = np.zeros((form.size, len(form.terminals)), bool)
    ends[form.ends[:, 0], form.ends[:, 1]] = True
    fits = jnp.asarray(ends)[:, strings.T].astype(jnp.uint32)
    _, lefts, rights = (set(column.tolist()) for column in form.pairs.T)
    after, rest = {name: fits[name][None] << 1 for name in sorted(lefts | {0})}, {name: fits[name][None] for name in sorted(rights)}
    span, words = 2, 1
    while True:
        bits = _bits(words)
        step = functools.partial(_longer, form, bits)
        after, rest = jax.lax.fori_loop(span, jnp.minimum(words * WORD, jnp.max(lengths) + 1), step, (after, rest))
        span = words * WORD
        if span > size:
            return jnp.any((after[0][:, 0] & bits[:, lengths]) > 0, axis=0)
        words = min(2 * words, size // WORD + 1)
        after, rest = jax.tree.map(functools.partial(_cut, words, size - span + 2), (after, rest))  # `rest` is moved first


def _longer(form: Grammar, bits: UInt[Array, "words spans"], span: Int[Array, ""], charts: tuple[Chart, Chart]) -> tuple[Chart, Chart]:
    """What is known once spans of one symbol more are looked at."""
    after, rest = charts[0], {name: _moved(chart) for name, chart in charts[1].items()}
    found = {}
    for head in sorted(set(form.pairs[:, 0].tolist())):
        common = [after[left] & rest[right] for name, left, right in form.pairs.tolist() if name == head]
        found[head] = jnp.any(functools.reduce(jnp.bitwise_or, common) > 0, axis=0)

    def noted(charts: Chart, bit: UInt[Array, " words"]) -> Chart:
        bit = bit[:, None, None]
        return {name: chart | jnp.where(found[name], bit, jnp.uint32(0)) if name in found else chart for name, chart in charts.items()}

    return noted(after, bits[:, span]), noted(rest, bits[:, 0])


def _moved(chart: UInt[Array, "words places n"]) -> UInt[Array, "words places n"]:
    """What is said at the next place, where a span that ends at the same one has a symbol less: bits one up."""
    chart = jnp.pad(chart[:, 1:], ((0, 0), (0, 1), (0, 0)))
    return (chart << 1) | jnp.pad(chart[:-1], ((1, 0), (0, 0), (0, 0))) >> (WORD - 1)


def _cut(words: int, places: int, chart: UInt[Array, "few all n"]) -> UInt[Array, "words places n"]:
    return jnp.pad(chart[:, :places], ((0, words - len(chart)), (0, 0), (0, 0)))


def _bits(words: int) -> UInt[Array, "words spans"]:
    """Bit k alone, for each k."""
    k = np.arange(words * WORD)
    return jnp.asarray(np.where(k // WORD == np.arange(words)[:, None], np.uint32(1) << (k % WORD).astype(np.uint32), np.uint32(0)))
