"""Uniform strings of a context-free grammar, many at once: tables of what becomes of a nonterminal, and derivations drawn from their roots down."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from unseen.tasks.strings._grammar import Grammar, grammar, log_derivations


class Choices(NamedTuple):
    """What becomes of a nonterminal of which n symbols come, for the alias method (Walker 1977).

    It has `count`[name, n] cells, from `first`[name, n] on, all as likely: with the chance `share`[cell] it is the choice `own`[cell], else `other`[cell]. A
    choice is (pair of the grammar) · size + (symbols of the left one).

    Attributes:
        last: cumulative chances of the symbols that a nonterminal becomes.
        possible: whether the language has strings of each length.
    """

    first: Int[np.ndarray, "names lengths"]
    count: Int[np.ndarray, "names lengths"]
    share: Float[np.ndarray, " cells"]
    own: Int[np.ndarray, " cells"]
    other: Int[np.ndarray, " cells"]
    last: Float[np.ndarray, "names symbols"]
    possible: Bool[np.ndarray, " lengths"]


@functools.lru_cache(maxsize=32)
def choices(rules: tuple[str, ...], size: int) -> Choices:
    """The tables for strings of up to `size` symbols: a choice is as likely as the share of the derivations that begin with it."""
    form = grammar(rules)
    ways = log_derivations(form, size)
    first, count = np.zeros((2, form.size, size + 1), np.int32)
    share, own, other, cells = [np.ones(1)], [np.zeros(1, int)], [np.zeros(1, int)], 1  # the first cell is of those that become nothing
    for name in range(form.size):
        mine = np.flatnonzero(form.pairs[:, 0] == name)
        for n in np.flatnonzero(np.isfinite(ways[name])):
            if n < 2:
                continue
            logs = np.stack([ways[left, 1:n] + ways[right, n - 1 : 0 : -1] for left, right in form.pairs[mine, 1:]]) - ways[name, n]
            rows, cuts = np.nonzero(np.isfinite(logs))
            chances, kept = aliased(np.exp(logs[rows, cuts])), mine[rows] * size + 1 + cuts
            first[name, n], count[name, n], cells = cells, len(kept), cells + len(kept)
            share.append(chances[0])
            own.append(kept)
            other.append(kept[chances[1]])
    ends = np.zeros((form.size, len(form.terminals)))
    ends[form.ends[:, 0], form.ends[:, 1]] = 1
    last = np.cumsum(ends, axis=1) / np.maximum(ends.sum(axis=1, keepdims=True), 1)
    return Choices(first, count, np.concatenate(share), np.concatenate(own), np.concatenate(other), last, np.isfinite(ways[0]))


def aliased(weights: Float[np.ndarray, " n"]) -> tuple[Float[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """For n choices in proportion to their weights n cells, all as likely: the chance of a cell's own choice, and the choice that it is otherwise.

    >>> aliased(np.array([1.0, 3.0]))
    (array([0.5, 1. ]), array([1, 1]))
    """
    share, other = weights * (len(weights) / weights.sum()), np.arange(len(weights))
    small, large = (np.flatnonzero(side).tolist() for side in (share < 1, share >= 1))
    while small and large:
        one, rich = small.pop(), large[-1]
        other[one] = rich
        share[rich] -= 1 - share[one]
        if share[rich] < 1:
            small.append(large.pop())
    share[small + large] = 1  # but for rounding
    return share, other


def derived(rules: tuple[str, ...], key: PRNGKeyArray, lengths: Int[Array, " n"], size: int) -> tuple[Int[Array, "n size"], Bool[Array, " n"]]:
    """Strings of the lengths ≤ `size`, each uniform among those of the language, and for which lengths there is one at all.

    One node of each derivation becomes two at a time. The one of more symbols waits while the other is worked on, so no more than log2(size) ever wait.
    """
    form, table, n, steps = grammar(rules), choices(rules, size), len(lengths), max(size - 1, 1)
    at_nodes, at_leaves = jax.random.split(key)
    draws = jax.random.uniform(at_nodes, (steps, 2, n))
    depth = jnp.arange(size.bit_length())[:, None]

    def step(i: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        """`hand` and `waiting` are nodes: nonterminal, number of symbols (none where nothing is left to do), first place; `told` takes the leaves."""
        hand, waiting, count, told = state
        left, right = _split(form, table, hand, draws[i], size)
        there, first = hand[1] > 1, left[1] <= right[1]
        less, more = jnp.where(first, left, right), jnp.where(first, right, left)
        leaves = jnp.stack([jnp.where(there & (node[1] == 1), node[2] * form.size + node[0], size * form.size) for node in (left, right)])
        wait, back = there & (less[1] > 1), there & (more[1] == 1)
        waiting = jnp.where((depth == count) & wait, more[:, None], waiting)
        top = jnp.sum(jnp.where(depth == count - 1, waiting, 0), axis=1)
        hand = jnp.where(back, top, jnp.where(wait, less, jnp.where(there, more, hand)))
        return hand, waiting, jnp.maximum(count + wait - back, 0), told.at[i].set(leaves)

    nothing = jnp.zeros_like(lengths)
    hand, waiting = jnp.stack([nothing, lengths, nothing]), jnp.zeros((3, len(depth), n), lengths.dtype)
    root = jnp.where(lengths == 1, 0, size * form.size)  # a single symbol is a leaf from the start
    told = jnp.full((steps, 2, n), size * form.size).at[0, 0].set(root)
    told = jax.lax.fori_loop(0, jnp.max(lengths) - 1, step, (hand, waiting, nothing, told))[-1].reshape(-1, n).T
    names = jnp.zeros((n, size), told.dtype).at[jnp.arange(n)[:, None], told // form.size].set(told % form.size, mode="drop")
    symbols = jnp.sum(jnp.asarray(table.last, jnp.float32)[names] <= jax.random.uniform(at_leaves, (n, size, 1)), axis=2)
    return jnp.minimum(symbols, len(form.terminals) - 1), jnp.asarray(table.possible)[lengths]


def _split(form: Grammar, table: Choices, node: Int[Array, "3 n"], draw: Float[Array, "2 n"], size: int) -> tuple[Int[Array, "3 n"], Int[Array, "3 n"]]:
    """The two nodes that each node becomes."""
    name, length, start = node
    count = jnp.asarray(table.count)[name, length]
    cell = jnp.asarray(table.first)[name, length] + jnp.clip((draw[0] * count).astype(count.dtype), 0, jnp.maximum(count - 1, 0))
    own = draw[1] < jnp.asarray(table.share, jnp.float32)[cell]
    choice = jnp.where(own, jnp.asarray(table.own, jnp.int32)[cell], jnp.asarray(table.other, jnp.int32)[cell])
    pairs, cut = jnp.asarray(np.concatenate([form.pairs, np.zeros((1, 3), int)]), jnp.int32)[choice // size], choice % size
    return jnp.stack([pairs[:, 1], cut, start]), jnp.stack([pairs[:, 2], length - cut, start + cut])
