"""Effective ranks of a covariance, and the two terms that tell whether the interpolator of least norm overfits benignly."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, number, real_numbers

Spectrum = Float[np.ndarray, " _"]  # one number for each eigenvalue; `Problem`, not the type, tells which does not fit


class EffectiveRanks(NamedTuple):
    """Of what is left of a covariance without its k largest eigenvalues, for k = 0, 1, …: 1 ≤ r ≤ R ≤ r².

    Attributes:
        small: r_k = Σ_{i>k} λ_i / λ_{k+1}.
        large: R_k = (Σ_{i>k} λ_i)² / Σ_{i>k} λ_i².
    """

    small: Float[np.ndarray, " k"]
    large: Float[np.ndarray, " k"]


class BenignTerms(NamedTuple):
    """What the excess error that noise of variance 1 makes is proportional to: `head` + `tail`. All are infinite where no k is large enough.

    Attributes:
        k: k*, directions that are large enough to be learned, noise included.
        head: k*/n.
        tail: n/R_{k*}, the noise that is spread over all other directions.
    """

    k: float
    head: float
    tail: float


def effective_ranks(eigenvalues: Spectrum) -> EffectiveRanks:
    """r_k and R_k for every k below the number of positive eigenvalues, which are sorted first.

    Both are the dimension of what is left if its eigenvalues are equal. R tells how widely noise is spread, r whether what is left acts as a ridge.
    Bartlett, Long, Lugosi & Tsigler (2020), "Benign overfitting in linear regression", arXiv 1906.11300, definition 3.

    Args:
        eigenvalues: λ ≥ 0 of the inputs' covariance; not all 0.

    Raises:
        Problem: numbers out of range.

    >>> ranks = effective_ranks(np.array([8.0, 1.0, 1.0, 1.0]))
    >>> ranks.small.tolist(), ranks.large.round(3).tolist()
    ([1.375, 3.0, 2.0, 1.0], [1.806, 3.0, 2.0, 1.0])
    """
    eigenvalues = real_numbers("eigenvalues", eigenvalues)
    if eigenvalues.ndim != 1 or not (eigenvalues >= 0).all() or not (eigenvalues > 0).any():
        raise Problem(f"eigenvalues: expected numbers of at least 0, one of them positive, got {eigenvalues!r}.")
    up = np.sort(eigenvalues[eigenvalues > 0])  # sums over what is left grow from the smallest on, which keeps them exact
    relative = up / up[-1]  # squares of small numbers would be 0
    left = np.cumsum(relative)
    return EffectiveRanks((left / relative)[::-1], (left**2 / np.cumsum(relative**2))[::-1])


def benign_terms(eigenvalues: Spectrum, n: float, b: float = 1.0) -> BenignTerms:
    """(k*, k*/n, n/R_{k*}) with k* the smallest k whose r_k is at least b n.

    Theorem 4 of Bartlett et al. (2020): for independent sub-Gaussian coordinates and an error in the labels of variance σ², there are constants b, c, c₁ > 1,
    which hang on the coordinates' sub-Gaussian norm alone and are not given, such that, for ln(1/δ) < n/c, the interpolator of least norm has an expected
    excess error of at least σ²/c where k* ≥ n/c₁, and else of at least (σ²/c) (k*/n + n/R_{k*}); and then it is, with probability 1 - δ, at most
    c ‖θ*‖² λ₁ max(√(r₀/n), r₀/n, √(ln(1/δ)/n)) + c ln(1/δ) σ² (k*/n + n/R_{k*}), σ² now the errors' sub-Gaussian norm. Read in notes on the paper, of which
    three agree. Overfitting is benign where all of them vanish as n grows. The terms give the order of the error of noise, not its size: that is the
    variance of `theory.ridge.ridge_risk`.

    Args:
        eigenvalues: as of `effective_ranks`. Of infinitely many, keep far more than b n: what is cut off counts as 0, and no longer as a ridge.
        n: examples, above 0.
        b: the constant of k*, above 0; 1 is a choice, not the theorem's.

    Raises:
        Problem: numbers out of range.

    >>> k, head, tail = benign_terms(np.concatenate([np.full(5, 100.0), np.full(10_000, 0.01)]), n=100)
    >>> k, head, round(tail, 6)
    (5, 0.05, 0.01)
    >>> benign_terms(np.ones(50), n=100)  # fewer dimensions than examples
    BenignTerms(k=inf, head=inf, tail=inf)
    """
    number(n=n, b=b)
    if not (0 < n < np.inf and 0 < b < np.inf):
        raise Problem(f"n, b: expected finite numbers above 0, got {n!r} and {b!r}.")
    ranks = effective_ranks(eigenvalues)
    enough = np.flatnonzero(ranks.small >= b * n)
    if not enough.size:
        return BenignTerms(np.inf, np.inf, np.inf)
    k = int(enough[0])
    return BenignTerms(k, k / n, float(n / ranks.large[k]))
