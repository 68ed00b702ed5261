"""Repetitions of a simulation in blocks, each of which is computed at once."""

import math
from collections.abc import Iterator

import numpy as np

BLOCK = 2**17
"""Numbers of the repetitions that are computed together: 1 MiB, which stays in a core's cache."""


def normal_blocks(rng: np.random.Generator, repetitions: int, *shapes: tuple[int, ...], room: int) -> Iterator[tuple[slice, list[np.ndarray]]]:
    """Standard normal arrays of these shapes for every repetition: slices of the repetitions, and arrays of which each stacks those of the slice.

    They are what one repetition after another draws, of each the arrays in turn. A slice has as many as fit in `BLOCK`, and at least one.

    Args:
        rng: the generator.
        repetitions: how many.
        shapes: of the arrays of one repetition.
        room: numbers that a repetition needs beside them, above 0.

    >>> one, same = np.random.default_rng(0), np.random.default_rng(0)
    >>> [(block, (a, b))] = normal_blocks(one, 2, (3, 2), (1,), room=6)
    >>> block, a.shape, b.shape
    (slice(0, 2, None), (2, 3, 2), (2, 1))
    >>> [(same.standard_normal((3, 2)) == a[i]).all() and (same.standard_normal(1) == b[i]).all() for i in range(2)]
    [np.True_, np.True_]
    """
    many = max(1, BLOCK // (room + sum(map(math.prod, shapes))))
    for start in range(0, repetitions, many):
        block = slice(start, min(start + many, repetitions))
        drawn = [np.empty((block.stop - start, *shape)) for shape in shapes]
        for repetition in zip(*drawn, strict=True):
            for one in repetition:
                rng.standard_normal(out=one)
        yield block, drawn
