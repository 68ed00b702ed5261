"""Pretraining without labels in the factor model x = B z + μ, y = β·z + ν: a linear head on estimated factors, against regression on x.

z, μ and ν are independent and normal, of variance 1 but for ν. The eigenvalues of B Bᵀ are the strengths s_j, and β_j the head's weight on the factor of
strength s_j, so that y has the variance β_j²/(1 + s_j) summed, and that of ν, around its best prediction from x.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, whole

PENALTIES = np.geomspace(1e-3, 1e2, 21)

Strengths = Float[np.ndarray, " _"]  # `Problem`, not the type, tells which does not fit


@dataclass(frozen=True)
class PretrainingExcess:
    """What `simulate_pretraining` measures: squared error on new examples over that of the best prediction from x, each exact for the weights found.

    Attributes:
        gap: of the best head on the estimated factors, [repetitions, unlabelled].
        pretrained: of least squares on the estimated factors, [repetitions, unlabelled, labelled]; the mean over all blocks of n labelled examples.
        least_squares: of least squares on x, of least norm for n < d, [repetitions, labelled].
        ridge: on x, with that of `PENALTIES` (times n), or none, which is best on new examples, [repetitions, labelled].
    """

    gap: np.ndarray
    pretrained: np.ndarray
    least_squares: np.ndarray
    ridge: np.ndarray


def factor_mle(moments: Float[np.ndarray, "d d"], factors: int) -> Float[np.ndarray, "d r"]:
    """Loadings B of the largest likelihood of x ~ N(0, B Bᵀ + I), given the mean of x xᵀ: U (Λ - 1)₊^½ of its largest eigenvalues Λ; any B R is as good.

    Tipping & Bishop 1999, for a noise that is known.

    Args:
        moments: mean of x xᵀ, symmetric.
        factors: columns of B, at most d.

    Raises:
        Problem: moments that are no symmetric matrix, or too many factors.

    >>> factor_mle(np.diag([1.0, 5.0, 0.5]), 1).round(6).T.tolist()
    [[0.0, 2.0, 0.0]]
    """
    moments = fitting(moments=(moments, "d d"))[0]
    whole(1, factors=factors)
    d = len(moments)
    if factors > d or not np.allclose(moments, moments.T):
        raise Problem(f"moments, factors: expected a symmetric matrix and at most {d} factors, got {factors!r} factors. Take (A + Aᵀ)/2.")
    values, vectors = scipy.linalg.eigh(moments, subset_by_index=[d - factors, d - 1])
    return np.asarray(vectors * np.sign(vectors.sum(axis=0) + 1e-300) * np.sqrt(np.maximum(values - 1, 0)))


def pretraining_gap(strengths: Strengths, head: Strengths, d: int, m: int) -> float:
    """Excess error of the best head on factors estimated from m unlabelled examples: Σ_j β_j²/(1 + s_j) min(g/s_j, s_j) with g = (d - r)/m.

    To leading order as d and m grow together. Up to m = (d - r)/s² nothing is learned of a factor, and all that x tells of it is lost, β² s/(1 + s). Derived
    from the squared cosine between a factor's direction and the estimated space, (1 - g/s²)₊/(1 + g/s) (Paul 2007).

    Args:
        strengths: s, above 0.
        head: β.
        d: dimensions, at least r.
        m: unlabelled examples, at least 1.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> pretraining_gap(np.ones(1), np.ones(1), 101, 1000), pretraining_gap(np.ones(1), np.ones(1), 101, 50)
    (0.05, 0.5)
    """
    s, beta = _strengths(strengths, head)
    whole(len(s), d=d)
    whole(1, m=m)
    return float(np.sum(beta**2 / (1 + s) * np.minimum((d - len(s)) / m / s, s)))


def regression_excess(variance: float, features: int, n: int, *, gap: float = 0.0) -> float:
    """Mean excess error of least squares on normal features, gap + (variance + gap) features/(n - features - 1), exactly.

    Args:
        variance: of the label around its best prediction from x, at least 0.
        features: of the regression.
        n: labelled examples; infinite mean for n ≤ features + 1.
        gap: excess error of the best weights on these features.

    Raises:
        Problem: numbers out of range.

    >>> regression_excess(1.0, 3, 34), regression_excess(1.0, 3, 34, gap=1.0)
    (0.1, 1.2)
    """
    number(variance=variance, gap=gap)
    whole(1, features=features, n=n)
    if not (0 <= variance < np.inf and 0 <= gap < np.inf):
        raise Problem(f"variance, gap: expected finite numbers of at least 0, got {variance!r} and {gap!r}.")
    return gap + (variance + gap) * features / (n - features - 1) if n > features + 1 else float("inf")


def simulate_pretraining(
    rng: np.random.Generator,
    strengths: Strengths,
    head: Strengths,
    d: int,
    unlabelled: tuple[int, ...],
    labelled: tuple[int, ...],
    *,
    noise: float = 1.0,
    informative: bool = True,
    repetitions: int = 1,
) -> PretrainingExcess:
    """Excess errors from m unlabelled and n other, labelled examples, for all pairs; fewer examples are the first of the more.

    Args:
        rng: source of the examples.
        strengths: s, above 0; in coordinates in which B is diagonal, which none of the estimates sees.
        head: β.
        d: dimensions, at least r.
        unlabelled: m, each at least 1.
        labelled: n, each at least 1.
        noise: standard deviation of ν.
        informative: else μ has the variance 1 + max s - s_j along the factors and 1 + max s across them, so that x has it in all directions, whatever B.
        repetitions: independent ones.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> found = simulate_pretraining(np.random.default_rng(0), np.ones(3), np.ones(3), 50, (5000,), (100,), repetitions=20)
    >>> [round(float(part.mean()), 2) for part in (found.gap, found.pretrained, found.least_squares)]
    [0.01, 0.11, 2.71]
    """
    s, beta = _strengths(strengths, head)
    whole(len(s), d=d)
    whole(1, repetitions=repetitions)
    for name, sizes in (("unlabelled", unlabelled), ("labelled", labelled)):
        if not (isinstance(sizes, tuple) and sizes):
            raise Problem(f"{name}: expected a tuple of one number of examples or more, as (100,), got {sizes!r}.")
        whole(1, **{f"{name}[{i}]": size for i, size in enumerate(sizes)})
    number(noise=noise)
    if not 0 <= noise < np.inf:
        raise Problem(f"noise: expected a finite standard deviation of at least 0, got {noise!r}.")
    if not isinstance(informative, bool):
        raise Problem(f"informative: expected True or False, got {informative!r}.")
    model = _Factors(s, beta, d, noise, informative)
    found = [_once(rng, model, unlabelled, labelled) for _ in range(repetitions)]
    return PretrainingExcess(*(np.array(part) for part in zip(*found, strict=True)))


def _strengths(strengths: np.ndarray, head: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    s, beta = fitting(strengths=(strengths, "r"), head=(head, "r"))
    if not (s > 0).all():
        raise Problem(f"strengths: expected numbers above 0, got {strengths!r}.")
    return s, beta


class _Factors:
    def __init__(self, s: np.ndarray, beta: np.ndarray, d: int, noise: float, informative: bool) -> None:
        self.s, self.beta, self.noise = s, beta, noise
        self.background = np.ones(d) if informative else 1 + s.max() - np.pad(s, (0, d - len(s)))
        self.variance = self.background + np.pad(s, (0, d - len(s)))
        self.best = np.pad(np.sqrt(s) * beta, (0, d - len(s))) / self.variance

    def draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, z = rng.standard_normal((n, len(self.best))), rng.standard_normal((n, len(self.s)))
        x *= np.sqrt(self.background)
        x[:, : len(self.s)] += np.sqrt(self.s) * z
        return x, z @ self.beta + self.noise * rng.standard_normal(n)

    def excess(self, weights: np.ndarray) -> Any:
        """Of weights [d, ...]."""
        return self.variance @ (weights.T - self.best).T ** 2


def _once(rng: np.random.Generator, model: _Factors, unlabelled: tuple[int, ...], labelled: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    (pool, _), (x, y) = model.draw(rng, max(unlabelled)), model.draw(rng, max(labelled))
    gap, pretrained, root = [], [], np.sqrt(model.variance)
    for m in unlabelled:
        loadings = factor_mle(pool[:m].T @ pool[:m] / m, len(model.s))
        means = _means(loadings)
        gap.append(model.excess(means @ np.linalg.lstsq(root[:, None] * means, root * model.best)[0]))
        found = x @ means
        blocks = [[slice(at, at + n) for at in range(0, len(x) - n + 1, n)] for n in labelled]
        pretrained.append([np.mean([model.excess(means @ np.linalg.lstsq(found[at], y[at])[0]) for at in block]) for block in blocks])
    plain, ridge = zip(*(_on_inputs(model, x[:n], y[:n]) for n in labelled), strict=True)
    return np.array(gap), np.array(pretrained), np.array(plain), np.array(ridge)


def _means(loadings: np.ndarray) -> np.ndarray:
    """[d, r] with E[z | x] = xᵀ times it."""
    return np.linalg.solve(loadings @ loadings.T + np.eye(len(loadings)), loadings)


def _on_inputs(model: _Factors, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Excess of least squares, and the least of it and of ridge regression."""
    values, vectors = np.linalg.eigh(x.T @ x / len(y))
    projected, kept = vectors.T @ x.T @ y / len(y), values > 1e-10 * values[-1]
    inverse = np.where(kept, 1 / np.where(kept, values, 1), 0)
    ridges = 1 / (np.maximum(values, 0)[:, None] + PENALTIES)
    excess = model.excess(vectors @ (projected[:, None] * np.column_stack([inverse, ridges])))
    return float(excess[0]), float(excess.min())
