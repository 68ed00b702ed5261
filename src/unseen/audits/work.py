"""Seconds that work on inputs takes, about, told from how many and how wide they are."""

import numpy as np

from unseen.audits.subject import Subject

PRODUCT = 2e-10
"""Of a multiplication in a matrix product, on one slow core."""
TREE = 0.002
"""Of a tree of three questions on one column of some thousand examples."""


def width(subject: Subject) -> int:
    """Entries of an input; 0 where inputs are not known."""
    x = subject.test.x
    return 0 if x is None or not hasattr(x, "shape") else int(np.prod(x.shape[1:]))


def neighbours(subject: Subject, most: int) -> float:
    """For distances from each unseen example to at most so many training examples."""
    return PRODUCT * width(subject) * len(subject.test) * min(most, len(subject.train or ()))


def imitation(subject: Subject, most: int) -> float:
    """For the decomposition of at most so many training inputs, and what is fitted to them."""
    n, wide = min(most, len(subject.train or ())), width(subject)
    return 20 * PRODUCT * n * wide * min(n, wide)
