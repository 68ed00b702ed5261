"""RASP-L: programs that a causal transformer can run whatever the length, and the ones for a few tasks, on arrays of whole numbers.

Zhou et al. (2023), "What Algorithms can Transformers Learn?", arXiv 2310.16028, and their `np_rasp`: what holds at a place depends on that place and those
before it alone; a sequence of n symbols is an array [n], a selector a Boolean matrix [query place, key place]. Here stands what looks across places:
`select`, `width`, `aggregate`, their composition `kqv`, and functions written in them. What acts on each place by itself (an MLP) is NumPy's arithmetic
and `np.where`, but of an index a program may only ask for copies, comparisons, and the same a constant number of places on.

A program gives the next symbol at every place. It reads START, the string, ASK, the answer so far; END stops the answer. Symbols are 0, 1, 2 …
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int

from unseen._problem import Problem, whole

START, END, ASK = -3, -2, -1  # below all symbols, which `sort` needs of ASK
NOWHERE = -1  # what a search gives that finds nothing

Symbols = Int[np.ndarray, " n"]
Selector = Bool[np.ndarray, "query key"]
Predicate = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of keys and queries, entry by entry: `np.less` selects the keys less than the query."""


def select(key: Symbols, query: Symbols, predicate: Predicate) -> Selector:
    """Which places each place looks at: S_ij = predicate(key_j, query_i) for j ≤ i, none after it.

    >>> select(np.array([1, 2, 1]), np.array([1, 2, 1]), np.equal).astype(int).tolist()
    [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
    """
    return np.tril(predicate(*np.broadcast_arrays(key[None, :], query[:, None])).astype(bool))


def width(selector: Selector) -> Symbols:
    """How many places each place looks at."""
    return selector.sum(axis=1)


def aggregate(selector: Selector, value: Symbols, default: int = 0, reduction: str = "mean") -> Symbols:
    """The mean (rounded towards zero), the largest ("max") or the smallest ("min") of the values that a place looks at; `default` if it looks at none.

    Raises:
        Problem: for another reduction.

    >>> aggregate(np.array([[True, False], [False, False]]), np.array([4, 5]), 7).tolist()
    [4, 7]
    """
    whole(default=default)
    if reduction == "mean":
        found = np.trunc(selector @ value / np.maximum(width(selector), 1)).astype(int)
    elif reduction in ("max", "min"):
        sign = 1 if reduction == "max" else -1
        found = sign * np.where(selector, sign * value, np.iinfo(int).min + 1).max(axis=1)
    else:
        raise Problem(f"aggregate.reduction: expected 'mean', 'max' or 'min', got {reduction!r}.")
    return np.where(selector.any(axis=1), found, default)


def kqv(key: Symbols, query: Symbols, value: Symbols, predicate: Predicate, default: int = 0, reduction: str = "mean") -> Symbols:
    """A head of attention: `aggregate` of what `select` selects.

    >>> kqv(np.array([1, 2]), np.array([1, 1]), np.array([5, 6]), np.equal).tolist()
    [5, 5]
    """
    return aggregate(select(key, query, predicate), value, default, reduction)


def full(x: Symbols, value: int) -> Symbols:
    """The same number at every place.

    >>> full(np.array([5, 6]), 1).tolist()
    [1, 1]
    """
    whole(value=value)
    return np.full_like(x, value)


def indices(x: Symbols) -> Symbols:
    """0, 1, 2 …"""
    return np.arange(len(x))


def shift_right(x: Symbols, steps: int, default: int = 0) -> Symbols:
    """x_(i - steps); `default` at the first places.

    >>> shift_right(np.array([5, 6, 7]), 1).tolist()
    [0, 5, 6]
    """
    whole(steps=steps, default=default)
    return kqv(indices(x) + steps, indices(x), x, np.equal, default)


def count_seen(x: Symbols, query: Symbols) -> Symbols:
    """How many x so far equal the query."""
    return width(select(x, query, np.equal))


def first(x: Symbols, query: Symbols) -> Symbols:
    """The first place so far where x equals the query."""
    return kqv(x, query, indices(x), np.equal, NOWHERE, "min")


def last(x: Symbols, query: Symbols) -> Symbols:
    """The last place so far where x equals the query."""
    return kqv(x, query, indices(x), np.equal, NOWHERE, "max")


def at(x: Symbols, place: Symbols, default: int = 0) -> Symbols:
    """The x of a place; `default` where that one is not yet seen.

    >>> at(np.array([5, 6]), np.array([1, 0]), 9).tolist()
    [9, 5]
    """
    return kqv(indices(x), place, x, np.equal, default)


def largest(x: Symbols) -> Symbols:
    """The largest x so far."""
    return kqv(full(x, 0), full(x, 0), x, np.equal, reduction="max")


def induct(x: Symbols, query: Symbols, default: int = 0) -> Symbols:
    """What follows the first place before this one where x equals the query: an induction head.

    >>> induct(np.array([4, 7, 5, 4]), np.array([4, 7, 5, 4]), default=-9).tolist()
    [-9, -9, -9, 7]
    """
    whole(default=default)
    return at(x, first(shift_right(x, 1, default=END), query), default)  # END is never asked for


def count(x: Symbols) -> Symbols:
    """Counting: the string a b asks for a, a + 1, …, b."""
    begin = last(x, full(x, START))
    follows = np.where(x == at(x, begin + 2), END, x + 1)
    return np.where(x == ASK, at(x, begin + 1), follows)


def copy_unique(x: Symbols) -> Symbols:
    """The string once more, if no symbol stands in it twice."""
    follows = induct(x, np.where(x == ASK, START, x))
    return np.where(follows == ASK, END, follows)


def sort_unique(x: Symbols) -> Symbols:
    """The symbols from the smallest up, if none stands twice: next is the smallest of those that are larger than the last one written."""
    return kqv(x, x, x, np.greater, END, "min")


def mode(x: Symbols) -> Symbols:
    """The symbol that stands in the string most often; of several, the one that came to that number first."""
    times = np.where(x < 0, 0, count_seen(x, x))
    return np.where(x == ASK, at(x, first(times, largest(times))), END)


def written(program: Callable[[Symbols], Symbols], string: Symbols, longest: int = 1000) -> list[int]:
    """The answer that a program writes, one symbol after the other, up to END, or `longest` symbols.

    >>> written(sort_unique, np.array([5, 2, 9])), written(count, np.array([3, 6]))
    ([2, 5, 9], [3, 4, 5, 6])
    """
    whole(0, longest=longest)
    x = np.array([START, *string, ASK])
    begin = len(x)
    while len(x) < begin + longest and (symbol := program(x)[-1]) != END:
        x = np.append(x, symbol)
    return x[begin:].tolist()
