"""How many bits say weights of which most are zero, when a sketch is written down in the place of the places: sums of weights in a few random buckets."""

import math

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsqr

from unseen._problem import Problem, real_numbers, whole
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.compression import Quantized
from unseen.bounds.pruned_code import pruned_code

Table = Int[np.ndarray, "rows n"]


class Hashes:
    """The bucket and the sign of each of n numbers in each row of a sketch: random, and fixed before any data by a seed.

    Attributes:
        bucket: [rows, n], from 0 to buckets - 1.
        sign: [rows, n], ±1.
        buckets: of a row.

    Raises:
        Problem: numbers below 1.
    """

    def __init__(self, n: int, buckets: int, rows: int = 6, seed: int = 0) -> None:
        if min(n, buckets, rows) < 1:
            raise Problem(f"n, buckets, rows: expected at least 1 each, got {n!r}, {buckets!r} and {rows!r}.")
        rng = np.random.default_rng(seed)
        self.bucket: Table = rng.integers(buckets, size=(rows, n))
        self.sign: Table = rng.choice([-1, 1], size=(rows, n))
        self.buckets = buckets

    def sketch(self, values: Float[np.ndarray, " n"]) -> Float[np.ndarray, "rows buckets"]:
        """Sums over buckets of signed numbers: linear in the numbers (Charikar, Chen & Farach-Colton 2002).

        >>> float(np.abs(Hashes(5, 3).sketch(np.eye(5)[2])).sum())  # one number, once in each of six rows
        6.0
        """
        return np.stack([np.bincount(place, sign * values, self.buckets) for place, sign in zip(self.bucket, self.sign, strict=True)])

    def decode(self, sketch: Float[np.ndarray, "rows buckets"], kept: int) -> Float[np.ndarray, " n"]:
        """Numbers of which at most `kept` are not zero, that a sketch tells of.

        A number that meets an empty bucket is 0; the others solve the sums, with least squares, and of them the `kept` largest stay. Exact where few zeros
        meet no empty bucket, for which rows have to grow with ln(n/kept), and no sum of numbers is 0 by accident.

        >>> numbers = np.zeros(1000)
        >>> numbers[[3, 500, 800]] = 1.0, -2.5, 3.0
        >>> hashes = Hashes(1000, buckets=8, rows=5)
        >>> bool(np.allclose(hashes.decode(hashes.sketch(numbers), kept=3), numbers))  # 40 sums say it
        True
        """
        rows, n = self.bucket.shape
        left = np.flatnonzero((np.take_along_axis(sketch, self.bucket, axis=1) != 0).all(axis=0))
        found = np.zeros(n)
        if not left.size:
            return found
        where = (self.bucket[:, left] + self.buckets * np.arange(rows)[:, None]).ravel()
        entries = (self.sign[:, left].ravel().astype(float), (where, np.tile(np.arange(left.size), rows)))
        found[left] = lsqr(csr_array(entries, shape=(rows * self.buckets, left.size)), sketch.ravel(), atol=1e-12, btol=1e-12)[0]
        found[np.argsort(-np.abs(found), kind="stable")[kept:]] = 0.0
        return found


def sketched_code(values: Numbers, kept: int, levels: int, hashes: Hashes) -> Quantized:
    """What can be read off a rounded sketch of the `kept` largest of n numbers by magnitude, and the length of a code for that sketch.

    bits = ⌈log₂ n⌉ for how many are kept, and the `pruned_code` of the sketch's sums, of which many are 0, at most `levels` different ones. The reader knows
    the hashes and decodes. So `occam` with `self_delimiting` of these bits bounds the error of the network *that was read*, whether or not it is close to the
    one that was written. Levels and buckets, where several are tried, have to be paid for.

    It is no shorter than `pruned_code`, which tells a kept weight once, and its place by log₂(e n/kept) bits: a sketch tells it in every row, and needs about
    log₂(n/kept) of them. In the manner of Guha, Dubey & Huo (2023), "Generalization Bounds for Magnitude-Based Pruning via Sparse Matrix Sketching", who count
    the entries of sketches of matrices of normal weights, in the bound of Arora et al. (2018), with constants that were not at hand; by a code, none are asked.

    Args:
        values: weights.
        kept: from 1 to n.
        levels: from 1 to as many as there are sums that are not 0; fewer sums have fewer levels.
        hashes: for n numbers.

    Raises:
        Problem: numbers out of their range, or hashes for another number of weights.

    >>> weights = np.full(500, 0.01)
    >>> weights[[7, 70, 300]] = 0.5, 0.25, -1.0
    >>> found = sketched_code(weights, kept=3, levels=18, hashes=Hashes(500, buckets=12))
    >>> bool(np.allclose(found.values, np.where(np.abs(weights) > 0.01, weights, 0.0), atol=1e-3))
    True
    """
    whole(kept=kept, levels=levels)
    numbers = real_numbers("values", values).ravel()
    if not 1 <= kept <= numbers.size:
        raise Problem(f"kept: expected from 1 to as many as there are numbers ({numbers.size}), got {kept!r}.")
    if hashes.bucket.shape[1] != numbers.size:
        raise Problem(f"hashes: expected those of {numbers.size} numbers, got {hashes.bucket.shape[1]}.")
    largest = np.argsort(-np.abs(numbers), kind="stable")[:kept]
    pruned = np.zeros(numbers.size)
    pruned[largest] = numbers[largest]
    sums = hashes.sketch(pruned)
    told = max(1, int(np.count_nonzero(sums)))
    rounded, bits = pruned_code(sums, told, min(levels, told))
    return Quantized(hashes.decode(rounded.reshape(sums.shape), kept), bits + math.ceil(math.log2(numbers.size)))
