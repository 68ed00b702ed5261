"""The trace of a matrix known by its products, to a stated error: stochastic estimates of what a deflated subspace leaves."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray

from unseen._types import Problem
from unseen.engine.machine import one_thread
from unseen.measures._batches import generator
from unseen.measures.curvature import Product
from unseen.measures.spectrum import Eigenpairs

FEWEST = 3
"""Probes below which no error is stated."""


class Trace(NamedTuple):
    """An estimate of a trace.

    Attributes:
        value: the estimate.
        error: its standard error, 0 where it is exact.
        frobenius: an estimate of √tr A², the root of the sum of squared eigenvalues, from the same products.
        products: products that were spent.
    """

    value: float
    error: float
    frobenius: float
    products: int


class _Deflated:
    """An orthonormal basis Q with AQ, and random probes with their images: everything that an estimate needs."""

    def __init__(self, product: Product, known: Eigenpairs | None, rng: np.random.Generator) -> None:
        self.product, self.rng, self.spent = product, rng, 0
        empty = np.zeros((product.size, 0), product.dtype)
        values = np.zeros(0) if known is None else known.values
        self.Q, self.AQ = (empty, empty) if known is None else (known.vectors, known.vectors * values.astype(product.dtype))
        self.inside, self.power = float(values.sum()), float(np.square(values).sum())  # tr QᵀAQ; ‖A‖_F² − ‖PAP‖_F²
        self.early: list[tuple[np.ndarray, np.ndarray]] = []  # kept while Q grows
        self.late: list[tuple[float, float]] = []

    def image(self, vector: np.ndarray) -> np.ndarray:
        self.spent += 1
        return self.product(vector)

    def outside(self, vector: np.ndarray) -> np.ndarray:
        for _ in range(2):
            vector = vector - self.Q @ (vector @ self.Q)
        return vector

    def random(self) -> np.ndarray:
        return self.outside(self.rng.normal(size=self.product.size).astype(self.product.dtype))

    def probe(self) -> tuple[np.ndarray, np.ndarray]:
        x = self.random()
        return x, self.image(x)

    def deflate(self, q: np.ndarray) -> tuple[np.ndarray, float]:
        """Adds q, a unit vector outside the basis; returns Aq, and how much less ‖PAP‖_F² is than before, P the projection on the complement."""
        image = self.image(q)
        rest, own = self.outside(image), float(q @ image)
        gain = float(2 * rest @ rest) - own**2
        self.Q, self.AQ = np.column_stack([self.Q, q]), np.column_stack([self.AQ, image])
        self.inside, self.power = self.inside + own, self.power + gain
        return image, gain

    def values(self, x: np.ndarray, image: np.ndarray) -> tuple[float, float]:
        """xᵀPAPx and ‖PAPx‖², with x scaled to a sphere whose mean makes them tr PAP and ‖PAP‖_F². Q is taken out of Ax without a product."""
        outside = self.outside(x)
        image = self.outside(image - self.AQ @ (x @ self.Q))
        scale = (self.product.size - self.Q.shape[1]) / float(outside @ outside)
        return scale * float(outside @ image), scale * float(image @ image)

    def estimate(self) -> Trace:
        """The trace of QᵀAQ + the mean over probes outside Q, with the variance of x uniform on a sphere in d dimensions."""
        d = self.product.size - self.Q.shape[1]
        if d == 0:
            return Trace(self.inside, 0.0, math.sqrt(self.power), self.spent)
        each, powers = np.array([self.values(x, image) for x, image in self.early] + self.late).T
        known = 2 * d / (d + 2) * max(0.0, powers.mean() - each.mean() ** 2 / d)
        variance = max(known, each.var(ddof=1)) if len(each) > 1 else known
        return Trace(self.inside + float(each.mean()), math.sqrt(variance / len(each)), math.sqrt(self.power + powers.mean()), self.spent)


@one_thread()
def trace(
    product: Product,
    *,
    tolerance: float = 0.05,
    deflate: str = "krylov",
    known: Eigenpairs | None = None,
    key: PRNGKeyArray | None = None,
    most: int = 1000,
) -> Trace:
    """The trace to a relative standard error, with few products: tr QᵀAQ exactly, and a stochastic estimate outside the span of Q.

    With deflate="nothing", Q is empty: Girard's and Hutchinson's estimator, of variance 2‖A‖_F²/probes. With "sketch", Q spans products with random
    vectors: Hutch++ (Meyer, Musco, Musco & Woodruff 2021), two products a vector. With "krylov", Q is a Krylov space, whose products are needed to build
    it anyway: one a vector, and closer to the leading eigenvectors. Q grows as long as a vector is expected to lower the number of probes still
    needed by more than the products that it costs: it lowers ‖PAP‖_F² by 2‖PAq‖² − (qᵀAq)², P the projection outside Q. The error comes from ‖PAx‖², an
    unbiased estimate of ‖PAP‖_F² from each probe x, and is never less than the spread of the probes says. Where the trace is small beside ‖A‖_F (positive and
    negative eigenvalues cancel) the tolerance may not be reached with `most` products: read `error`.

    Args:
        product: the matrix.
        tolerance: relative standard error, above 0.
        deflate: how Q is made.
        known: eigenpairs at hand, put into Q without a product.
        key: of the probes; None: `jax.random.key(0)`.
        most: products that may be spent, at least 5.

    Raises:
        Problem: a tolerance of 0, an unknown word, too few products, eigenpairs of another matrix's size.

    >>> A = np.diag([100.0, 50.0, 1.0, 1.0, 1.0, 1.0])
    >>> round(trace(Product(lambda v: A @ v, 6)).value, 6)
    154.0
    """
    if deflate not in ("krylov", "sketch", "nothing"):
        raise Problem(f"deflate: expected 'krylov', 'sketch' or 'nothing', got {deflate!r}.")
    if not tolerance > 0 or most < FEWEST + 2:
        raise Problem(f"tolerance, most: expected a relative error above 0 and at least {FEWEST + 2} products, got {tolerance!r} and {most}.")
    if known is not None and len(known.vectors) != product.size:
        raise Problem(f"known: expected eigenvectors of {product.size} numbers, got {len(known.vectors)}.")
    rng = generator(key)
    state = _Deflated(product, known, rng)
    if state.Q.shape[1] < product.size and deflate != "nothing":  # what decides how far Q grows must not enter the estimate, which it would bias
        state.early = [state.probe() for _ in range(2)]
        _grow(state, deflate == "krylov", tolerance, most)
        state.early = []
    while state.Q.shape[1] < product.size:
        if len(state.late) >= FEWEST:
            found = state.estimate()
            if found.error <= tolerance * abs(found.value) or state.spent >= most:
                return found
        state.late.append(state.values(*state.probe()))
    return state.estimate()


def _grow(state: _Deflated, krylov: bool, tolerance: float, most: int) -> None:
    """Deflates as long as that pays."""
    cost, gains, vector = 1 if krylov else 2, [], state.random()
    while state.Q.shape[1] < state.product.size and state.spent + cost + FEWEST <= most:
        found = state.estimate()
        goal = max((tolerance * found.value) ** 2, 1e-300)
        if 2 * found.error**2 <= FEWEST * goal or (len(gains) >= 3 and 2 * sum(gains[-3:]) / 3 < cost * goal):
            return
        vector = vector if krylov else state.image(state.random())
        q = state.outside(vector)
        if np.linalg.norm(q) <= 100 * np.finfo(q.dtype).eps * np.linalg.norm(vector):  # the space is complete
            q = state.random()
        vector, gain = state.deflate(q / np.linalg.norm(q))
        gains.append(gain)
