"""Write the program of a sequence: a small language of lists, programs drawn at random, their code lengths, and the shortest program of a sequence."""

import math
from itertools import product
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream, Strings, Tokens, expect
from unseen.tasks.task import Task

LEVELS, PIECES, SHORTEST = 32, 3, 3  # numbers are in [0, 32); most pieces of a program, and fewest numbers of a piece that is drawn
STEPS = (0, 1, 2, -1, -2)  # of a range; 0 repeats a number
PAIRS = tuple(product((0, 1, -1), repeat=2))  # steps of two interleaved ranges
KINDS = np.array([(0, 0), *zip(STEPS, STEPS, strict=True), *PAIRS])  # steps of the 1st, 3rd … and of the 2nd, 4th … number; kind 0 is a list
FIRST_PAIR = 1 + len(STEPS)


def compositions(length: int) -> Int[np.ndarray, "n pieces"]:
    """All ways to cut a sequence into 1 to `PIECES` pieces of at least `SHORTEST` numbers; pieces that are not there have length 0.

    >>> compositions(6).tolist()
    [[6, 0, 0], [3, 3, 0]]
    """
    cuts = [cut for pieces in range(1, PIECES + 1) for cut in product(range(SHORTEST, length + 1), repeat=pieces) if sum(cut) == length]
    return np.array([[*cut, *[0] * (PIECES - len(cut))] for cut in cuts])


class ListPrograms(Task):
    """A sequence of numbers, and the program that made it: concatenate(piece, …), where a piece is a list, a range, or two interleaved ranges.

    Programs have 1 to 3 pieces, equally likely, and so are all cuts then. A piece is a list of uniform numbers (0.1), one repeated number (0.2), a range of
    step ±1 or ±2 (0.3), or two interleaved ranges of steps -1, 0 or 1 (0.4); ranges begin uniformly where they stay in [0, 32).

    The program is marked on its sequence: at the first place of a piece stands 1 + its kind (index into `KINDS`), elsewhere 0, and -1 at the last place,
    where no piece begins. Numbers that it needs (all of
    a list, the first of a range, the first two of interleaved ones) are those of the sequence there, so that only where and what has to be found.

    Attributes:
        length: numbers in a sequence, 9 to 16.
        test_size: test sequences.
        mixed: 1: in training every sequence comes with the program of another one; 0: with its own.

    >>> test = ListPrograms(test_size=64).splits(jax.random.key(0))["test"]
    >>> x, marks = np.asarray(test.x), np.asarray(test.y)
    >>> bits = program_bits(marks, x)
    >>> bool(np.isfinite(bits).all()), bool((shortest_bits(x) <= bits + 1e-9).all())
    (True, True)
    """

    length: int = eqx.field(static=True, default=16)
    test_size: int = eqx.field(static=True, default=512)
    mixed: float = 0.0

    unseen: ClassVar[dict[str, str]] = {"test": "same law: fresh programs, but short ones may be met in training too"}

    def __check_init__(self) -> None:
        expect(self, length=(lambda n: 9 <= n <= 16, "9 to 16 numbers"), test_size=(lambda n: n >= 1, "at least one"))

    @property
    def inputs(self) -> Tokens:
        """The sequence."""
        return Tokens(self.length, LEVELS)

    @property
    def outputs(self) -> Strings:
        """The marks of the program."""
        return Strings(self.length, 1 + len(KINDS))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """`train`, a stream, and `test`."""
        return {"train": _Drawn(jnp.asarray(self.mixed, float), self.length), "test": draw(key, self.test_size, self.length)}


class _Drawn(Stream):
    mixed: Float[Array, ""]
    length: int = eqx.field(static=True)

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        found = draw(key, n, self.length)
        return Examples(found.x, jnp.where(self.mixed > 0, jnp.roll(found.y, 1, axis=0), found.y))


def draw(key: PRNGKeyArray, n: int, length: int) -> Examples:
    """`n` sequences with the marks of their programs.

    >>> examples = draw(jax.random.key(0), 4, 9)
    >>> examples.x.shape, bool(jnp.all(examples.y[:, 0] > 0))  # a piece begins at the first place
    ((4, 9), True)
    """
    cuts = compositions(length)
    pieces = (cuts > 0).sum(axis=1)
    weight = 1 / np.bincount(pieces)[pieces]
    share = np.repeat([0.1, 0.2, 0.3 / 4, 0.4 / 9], [1, 1, len(STEPS) - 1, len(PAIRS)])
    at_cut, at_kind, at_start, at_list = jax.random.split(key, 4)
    lengths = jnp.asarray(cuts)[jax.random.choice(at_cut, len(cuts), (n,), p=jnp.asarray(weight / weight.sum()))]
    kind = jax.random.choice(at_kind, len(KINDS), lengths.shape, p=jnp.asarray(share / share.sum()))
    step, paired = jnp.asarray(KINDS)[kind], kind >= FIRST_PAIR  # steps [n, pieces, 2]
    reach = step * (jnp.where(paired, (lengths - 1) // 2, lengths - 1) * (lengths > 0))[..., None]
    start = jnp.maximum(-reach, 0) + jnp.floor(jax.random.uniform(at_start, step.shape) * (LEVELS - jnp.abs(reach))).astype(jnp.int32)
    ends = jnp.cumsum(lengths, axis=1)
    piece = jnp.sum(jnp.arange(length)[None, :, None] >= ends[:, None, :], axis=-1)

    def of(values: Array) -> Array:
        return jnp.take_along_axis(values, piece, axis=1)

    place = jnp.arange(length) - of(ends - lengths)
    odd = of(paired) & (place % 2 == 1)
    count = jnp.where(of(paired), place // 2, place)
    made = jnp.where(odd, of(start[..., 1]) + of(step[..., 1]) * count, of(start[..., 0]) + of(step[..., 0]) * count)
    x = jnp.where(of(kind) == 0, jax.random.randint(at_list, made.shape, 0, LEVELS), made)
    marks = jnp.where(place == 0, 1 + of(kind), 0).at[:, -1].set(-1)
    return Examples(x.astype(jnp.int32), marks.astype(jnp.int32))


def piece_bits(kind: Int[np.ndarray, "*n"], lengths: Int[np.ndarray, "*n"], length: int) -> Float[np.ndarray, "*n"]:
    """log2(kinds) + log2(length) + 5 bits for each number that a piece needs.

    >>> piece_bits(np.array([0, 1]), np.array([4, 4]), 16).round(2).tolist()  # log2(15) + 4 + 5 for each of 4 numbers, or of 1
    [27.91, 12.91]
    """
    numbers = np.where(kind == 0, lengths, np.where(kind >= FIRST_PAIR, np.minimum(lengths, 2), 1))
    return math.log2(len(KINDS)) + math.log2(length) + math.log2(LEVELS) * numbers


def fits(x: Int[np.ndarray, "n length"], kind: Int[np.ndarray, " n"], begin: Int[np.ndarray, " n"], end: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Whether a piece of that kind makes the numbers of each sequence from `begin` to before `end`.

    >>> fits(np.array([[3, 4, 5, 9]] * 2), np.array([2, 2]), np.array([0, 0]), np.array([3, 4])).tolist()  # kind 2 is a range of step 1
    [True, False]
    """
    place = np.arange(x.shape[1]) - begin[:, None]
    inside, paired = (place >= 0) & (place < (end - begin)[:, None]), (kind >= FIRST_PAIR)[:, None]
    odd = paired & (place % 2 == 1)
    count = np.where(paired, place // 2, place)
    first = np.take_along_axis(x, np.minimum(begin[:, None] + odd, x.shape[1] - 1), axis=1)
    made = first + np.where(odd, KINDS[kind, 1][:, None], KINDS[kind, 0][:, None]) * count
    return (kind == 0) | (~inside | (made == x)).all(axis=1)


def program_bits(marks: Int[np.ndarray, "n length"], x: Int[np.ndarray, "n length"]) -> Float[np.ndarray, " n"]:
    """Runs the marked programs: the bits of each that makes its sequence, infinity for others. Every choice is coded as one of equally likely ones.

    Bits are log2(3) for the number of pieces and `piece_bits` for each piece. A program must begin at the first place and have at most 3 pieces.
    What is marked at the last place does not count.

    >>> x = np.array([[3, 4, 5, 6, 7, 8, 9, 10, 11]])
    >>> range_of_9, list_of_9 = (np.array([[1 + kind, 0, 0, 0, 0, 0, 0, 0, -1]]) for kind in (2, 0))
    >>> [program_bits(marks, x).round(2).item() for marks in (range_of_9, list_of_9)]
    [13.66, 53.66]
    """
    n, length = x.shape
    marks = np.where(np.arange(length) < length - 1, marks, 0)  # the last place is not asked
    count = (marks > 0).sum(axis=1)
    order = np.argsort(marks == 0, axis=1, kind="stable")[:, : PIECES + 1]  # places of marks come first
    bits, fine = np.full(n, math.log2(PIECES)), (marks[:, 0] > 0) & (count <= PIECES)
    for piece in range(PIECES):
        there, begin = piece < count, order[:, piece]
        end = np.where(piece + 1 < count, order[:, piece + 1], length)
        kind = np.where(there, marks[np.arange(n), begin] - 1, 0)
        fine &= ~there | fits(x, kind, begin, end)
        bits = bits + there * piece_bits(kind, end - begin, length)
    return np.where(fine, bits, np.inf)


def shortest_bits(x: Int[np.ndarray, "n length"]) -> Float[np.ndarray, " n"]:
    """The bits of the shortest program of each sequence: its complexity in this language, by dynamic programming over cuts.

    >>> shortest_bits(np.array([[3, 4, 5, 6, 7, 8, 9, 10, 11]])).round(2).item()  # one range
    13.66
    """
    n, length = x.shape
    cost = np.full((length + 1, length + 1, n), np.inf)
    for begin, end in ((i, j) for i in range(length - 1) for j in range(i + 1, length + 1)):
        part, size = x[:, begin:end], np.array([end - begin])
        cost[begin, end] = piece_bits(np.array([0]), size, length)
        for kind, lag, steps in ((1, 1, STEPS), (FIRST_PAIR, 2, np.unique(PAIRS))):
            moves = part[:, lag:] - part[:, :-lag]
            right = (np.isin(moves, steps) & (moves == moves[:, np.arange(moves.shape[1]) % lag])).all(axis=1)
            cost[begin, end] = np.minimum(cost[begin, end], np.where(right, piece_bits(np.array([kind]), size, length), np.inf))
    best, shortest = np.where(np.arange(length + 1)[:, None] == 0, 0.0, np.full((length + 1, n), np.inf)), np.full(n, np.inf)
    for _ in range(PIECES):
        best = (best[:, None] + cost).min(axis=0)
        shortest = np.minimum(shortest, best[length])
    return math.log2(PIECES) + shortest
