"""Eigenvalues of a matrix known by its products: the largest and smallest by Lanczos, the density of all by stochastic Lanczos quadrature."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from unseen._types import Problem
from unseen.engine.machine import one_thread
from unseen.measures._batches import generator
from unseen.measures.curvature import Product

MEMORY = 2**30
"""Bytes of Lanczos vectors that are held; where more would be needed, the iteration restarts with the best of them, at the price of more products."""


class Eigenpairs(NamedTuple):
    """Eigenvalues, the k largest in falling order, then the smallest in falling order; eigenvectors are columns.

    Attributes:
        values: the eigenvalues.
        vectors: their eigenvectors, orthonormal.
        errors: bounds of the error of each value (see `eigenpairs`).
        products: products with the matrix that were spent.
    """

    values: Float[np.ndarray, " k"]
    vectors: Float[np.ndarray, "size k"]
    errors: Float[np.ndarray, " k"]
    products: int


class Density(NamedTuple):
    """A spectral density: for each probe, Gauss nodes θ and weights τ that sum to 1, so that Σ τ f(θ) estimates tr f(A) / size."""

    nodes: Float[np.ndarray, "probes steps"]
    weights: Float[np.ndarray, "probes steps"]

    def mean(self, function: Callable[[np.ndarray], np.ndarray]) -> tuple[Float[np.ndarray, "*shape"], Float[np.ndarray, "*shape"]]:
        """(estimate of tr f(A) / size, its standard error over probes); f maps nodes [...] to values [...] or [..., further axes]."""
        found = function(self.nodes)
        each = np.einsum("ps,ps...->p...", self.weights, found)
        return np.asarray(each.mean(axis=0)), np.asarray(each.std(axis=0, ddof=1) / math.sqrt(len(each)))

    def at(self, grid: Float[np.ndarray, " points"], width: float) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
        """(density at the points of a grid, smoothed by a normal density of standard deviation `width`, its standard error)."""
        return self.mean(lambda nodes: np.exp(-0.5 * ((grid - nodes[..., None]) / width) ** 2) / (width * math.sqrt(2 * math.pi)))


@one_thread()
def eigenpairs(
    product: Product, largest: int = 10, smallest: int = 0, *, tolerance: float = 1e-3, key: PRNGKeyArray | None = None, most: int = 1000
) -> Eigenpairs:
    """The largest and smallest (most negative) eigenvalues of a symmetric matrix, to a relative error, with as few products as a Krylov space allows.

    Lanczos with every vector orthogonalised twice against all before, from a random start; no restart unless `MEMORY` is exceeded (then thick restart,
    Wu & Simon 2000). A Ritz value θ with residual r = ‖Aθ-vector − θ·vector‖ has an eigenvalue within min(r, r²/gap), where gap is its distance to the nearest
    other Ritz value, standing for the nearest other eigenvalue (Parlett 1998, §11.7); it stops when that is below `tolerance`·|θ| for all that are asked.
    `errors` adds to it √size · machine epsilon · max |θ|, the rounding of the products, below which no eigenvalue is known: ask for products in
    "float64" where that matters. Where a Krylov space is complete, a random direction outside it follows, until one adds nothing to what was asked: so
    copies of repeated eigenvalues are found. An eigenvalue that the start hardly contains may be missed at a loose tolerance, as by any Krylov method.

    Args:
        product: the matrix.
        largest: how many of the largest.
        smallest: how many of the smallest.
        tolerance: relative error, above 0.
        key: of the start; the same key gives the same answer; None: `jax.random.key(0)`.
        most: products that may be spent.

    Raises:
        Problem: more eigenvalues than the matrix has, none, a tolerance of 0, or `most` products that were not enough.

    >>> A = np.diag([5.0, 4.0, 3.0, -2.0])
    >>> eigenpairs(Product(lambda v: A @ v, 4), largest=2, smallest=1).values.round(6).tolist()
    [5.0, 4.0, -2.0]
    """
    wanted = largest + smallest
    if largest < 0 or smallest < 0 or not 1 <= wanted <= product.size:
        raise Problem(f"largest + smallest: expected between 1 and the size of the matrix, {product.size}, got {largest} + {smallest}.")
    if not tolerance > 0:
        raise Problem(f"tolerance: expected a relative error above 0, got {tolerance!r}.")
    rng = generator(key)
    room = max(2 * wanted + 8, min(most, MEMORY // (product.size * product.dtype.itemsize)))
    krylov = Krylov(product, rng, min(product.size, room))
    complete: np.ndarray | None = None  # what was chosen when the last invariant subspace was complete
    for spent in range(1, most + 1):
        krylov.step()
        m = krylov.count
        if m < min(wanted + 2, product.size) or (m % max(1, m // 25) and m < krylov.room and not krylov.broken):
            continue
        theta, inner = np.linalg.eigh(krylov.matrix[:m, :m])
        chosen = np.concatenate([np.arange(m)[::-1][:largest], np.arange(smallest)[::-1]])
        bounds = _bounds(theta, krylov.beta * np.abs(inner[-1]))[chosen]
        size, full = np.abs(theta).max(), m == product.size
        small = tolerance * np.maximum(np.abs(theta[chosen]), _epsilon(product) * size)
        if krylov.broken:
            again, complete = complete is not None and bool(np.all(np.abs(theta[chosen] - complete) <= small)), theta[chosen]
        else:
            again = complete is None and bool(np.all(bounds <= small))
        if full or again:
            rounding = math.sqrt(product.size) * _epsilon(product) * size
            vectors = krylov.basis[:m].T @ inner[:, chosen].astype(krylov.basis.dtype)
            return Eigenpairs(theta[chosen], vectors, (np.zeros(wanted) if full else bounds) + rounding, spent)
        if m == krylov.room:
            krylov.restart(theta, inner, np.concatenate([np.arange(m - largest - (m - wanted) // 3, m), np.arange(smallest)]))
    raise Problem(f"most: {wanted} eigenvalues to a relative error of {tolerance:g} need more than {most} products. Raise most or tolerance, or ask for fewer.")


@one_thread()
def spectral_density(product: Product, *, probes: int = 8, steps: int = 30, key: PRNGKeyArray | None = None) -> Density:
    """The density of eigenvalues by stochastic Lanczos quadrature: `steps` products from each of `probes` random directions.

    Each direction gives Gauss nodes and weights of its own spectral measure, exact for polynomials of degree 2·steps − 1; their mean estimates the density
    of all eigenvalues. Sources: Golub & Meurant 2010; Ubaru, Chen & Saad 2017; for networks Ghorbani, Krishnan & Xiao 2019.

    Args:
        product: the matrix.
        probes: directions, at least 2, which give the standard error.
        steps: Lanczos steps from each; fewer where the space is exhausted, the remaining nodes then have weight 0.
        key: of the directions; None: `jax.random.key(0)`.

    Raises:
        Problem: fewer than 2 probes or no steps.

    >>> density = spectral_density(Product(lambda v: 3 * v, 5), probes=2, steps=4)
    >>> [float(part) for part in density.mean(np.square)]
    [9.0, 0.0]
    """
    if probes < 2 or steps < 1:
        raise Problem(f"probes, steps: expected at least 2 probes of at least 1 step, got {probes} and {steps}.")
    rng = generator(key)
    nodes, weights = np.zeros((2, probes, steps))
    for probe in range(probes):
        krylov = Krylov(product, rng, min(steps, product.size))
        while krylov.count < krylov.room:
            krylov.step()
            if krylov.broken:
                break
        m = krylov.count
        theta, inner = np.linalg.eigh(krylov.matrix[:m, :m])
        nodes[probe, :m], weights[probe, :m] = theta, inner[0] ** 2
    return Density(nodes, weights)


class Krylov:
    """An orthonormal basis of a Krylov space, grown by one product a step, and the matrix projected on it.

    Attributes:
        basis: rows are the vectors; the first `count` are in use.
        matrix: VᵀAV in its first `count` rows and columns.
        beta: norm of what the last product has outside the space, 0 if that is rounding alone (`broken`).
    """

    def __init__(self, product: Product, rng: np.random.Generator, room: int) -> None:
        self.product, self.rng, self.room, self.count, self.beta, self.broken = product, rng, room, 0, 0.0, False
        self.basis = np.zeros((min(room, 32), product.size), product.dtype)
        self.matrix = np.zeros((room, room))
        self.following = self._fresh()

    def step(self) -> None:
        """One product: the basis grows by one vector."""
        m = self.count
        if m == len(self.basis):
            self.basis = np.concatenate([self.basis, np.zeros((min(m, self.room - m), self.product.size), self.product.dtype)])
        self.basis[m] = self.following
        image = self.product(self.basis[m])
        size = float(np.linalg.norm(image))
        rest, along = self._outside(image, m + 1)
        self.matrix[: m + 1, m] = self.matrix[m, : m + 1] = along
        self.count, self.beta = m + 1, float(np.linalg.norm(rest))
        scale = max(size, float(np.abs(self.matrix[: m + 1, : m + 1]).max()))
        self.broken = self.beta <= 10 * np.finfo(self.product.dtype).eps * scale
        if self.broken:
            self.beta = 0.0
        if m + 1 < self.product.size:
            self.following = self._fresh() if self.broken else rest / self.beta

    def restart(self, theta: np.ndarray, inner: np.ndarray, kept: np.ndarray) -> None:
        """Keeps only the Ritz vectors in the columns `kept` of `inner`; the next step's orthogonalisation finds their coupling again."""
        self.basis[: len(kept)] = inner[:, kept].T.astype(self.basis.dtype) @ self.basis[: self.count]
        self.matrix[:], self.count = 0.0, len(kept)
        self.matrix[np.arange(len(kept)), np.arange(len(kept))] = theta[kept]

    def _outside(self, vector: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
        """(`vector` without its part in the first m vectors, that part's coefficients): classical Gram-Schmidt, twice."""
        used = self.basis[:m]
        along = used @ vector
        rest = vector - along @ used
        again = used @ rest
        return rest - again @ used, along + again

    def _fresh(self) -> np.ndarray:
        """A random direction outside the space."""
        vector = self.rng.normal(size=self.product.size).astype(self.product.dtype)
        for _ in range(2):
            vector = self._outside(vector / np.linalg.norm(vector), self.count)[0]
        return vector / np.linalg.norm(vector)


def _epsilon(product: Product) -> float:
    return float(np.finfo(product.dtype).eps)


def _bounds(theta: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """min(r, r²/gap) for Ritz values in rising order."""
    steps = np.diff(theta)
    gaps = np.minimum(np.append(steps, np.inf), np.append(np.inf, steps)) - residuals
    return np.minimum(residuals, np.where(gaps > 0, residuals**2 / np.where(gaps > 0, gaps, 1.0), np.inf))
