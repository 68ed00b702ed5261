"""Bounds by description: what can be written down in few bits cannot have been fitted to much."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, number, whole
from unseen.bounds.binary_kl import Numbers, kl_upper
from unseen.bounds.bound import INDEPENDENT, Bound, check

HALF = float(np.finfo(np.float16).max)
CODE = "the code was fixed before these examples were looked at"


def occam(empirical: float, bits: float, n: int, delta: float = 0.05) -> Bound:
    """The supremum of {p : kl(mean loss‖p) ≤ (bits ln 2 + ln(1/δ))/n}, for losses in [0, 1] (Blumer et al. 1987; the form of Langford 2005).

    It holds at once for every predictor of a prefix code, in which one of b bits has prior weight 2^{-b}: 32 bits for each of its weights, say, or
    what it takes to say how it differs from a network that was drawn before the data. Use `self_delimiting` for a code that is none.

    >>> round(occam(0.0, bits=200, n=2000).value, 4)
    0.0684
    """
    number(bits=bits)
    check(n, delta, empirical)
    if not bits >= 0:
        raise Problem(f"bits: expected a code length of at least 0, got {bits!r}.")
    budget = (bits * math.log(2) + math.log(1 / delta)) / n
    return Bound(float(kl_upper(empirical, budget)), empirical, delta, {INDEPENDENT: None, CODE: None}, terms={"bits": bits})


def self_delimiting(bits: float) -> float:
    """Length of a prefix code for a string of `bits` bits whose length is not known: Elias' delta code of the length, then the string.

    bits + ⌊log₂ l⌋ + 2 ⌊log₂(⌊log₂ l⌋ + 1)⌋ + 1 with l = bits + 1 (Elias 1975).

    >>> self_delimiting(100)
    111.0
    """
    number(bits=bits)
    if not bits >= 0:
        raise Problem(f"bits: expected a code length of at least 0, got {bits!r}.")
    log = math.floor(math.log2(math.ceil(bits) + 1))
    return float(math.ceil(bits) + log + 2 * math.floor(math.log2(log + 1)) + 1)


class Quantized(NamedTuple):
    """Numbers rounded to a few levels, and the bits that say them."""

    values: Float[np.ndarray, " n"]
    bits: float


def quantize(values: Numbers, levels: int, *, level_bits: int = 16) -> Quantized:
    """Rounds numbers to at most `levels` learned values and gives the length of an arithmetic code for them.

    The levels are k-means centres in one dimension (at most 50 rounds: where they have not settled the code is longer, not wrong), rounded to half
    precision (`level_bits` each). Beside the book stand how often each level occurs (⌈log₂(n + 1)⌉ bits each), then the numbers at their empirical entropy,
    and 2 bits of arithmetic coding (Lotfi et al. 2022, "PAC-Bayes Compression Bounds So Tight That They Can Explain Generalization"). How many numbers and
    levels there are has to be known, or to be paid for by whoever tries several.

    >>> quantize([0.0, 0.0, 1.0, 1.0], 2).bits  # 2 · (16 + 3) + 4 + 2
    44.0
    """
    whole(levels=levels)
    whole(1, level_bits=level_bits)
    values = np.asarray(values, float).ravel()
    if not values.size or not (np.abs(values) <= HALF).all():
        raise Problem(f"values: expected at least one number, all within half precision (±{HALF:g}), got {values!r}.")
    if not 1 <= levels <= values.size:
        raise Problem(f"levels: expected from 1 to as many levels as numbers ({values.size}), got {levels!r}.")
    book = np.quantile(values, (np.arange(levels) + 0.5) / levels)
    for _ in range(50):
        nearest = _nearest(values, book)
        sums, counts = np.bincount(nearest, values, minlength=levels), np.bincount(nearest, minlength=levels)
        moved = np.where(counts > 0, sums / np.maximum(counts, 1), book)
        if np.allclose(moved, book, rtol=0, atol=1e-9):
            break
        book = moved
    book = np.unique(book.astype(np.float16).astype(float))
    nearest = _nearest(values, book)
    share = np.bincount(nearest, minlength=len(book)) / values.size
    entropy = -float(np.sum(share[share > 0] * np.log2(share[share > 0])))
    bits = levels * (level_bits + math.ceil(math.log2(values.size + 1))) + math.ceil(round(values.size * entropy, 9)) + 2
    return Quantized(book[nearest], float(bits))


def _nearest(values: np.ndarray, book: np.ndarray) -> np.ndarray:
    book_order = np.sort(book)
    edges = (book_order[1:] + book_order[:-1]) / 2
    return np.argsort(book)[np.searchsorted(edges, values)] if len(book) > 1 else np.zeros(len(values), int)
