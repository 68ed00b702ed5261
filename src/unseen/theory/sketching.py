"""Least squares of least norm on a sketch of the data: m mixtures S X, S y of the n examples, m ≤ n."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, whole
from unseen.theory.ridge import fit_ridge, ridge_risk

Sketch = Literal["orthogonal", "independent"]
SKETCHES = ("orthogonal", "independent")
"""S: m rows of a random rotation of n dimensions; or independent normal entries."""


def sketched_risk(
    eigenvalues: Float[np.ndarray, " p"], coefficients: Float[np.ndarray, " p"], n: int, rows: int, noise: float, sketch: Sketch = "orthogonal"
) -> float:
    """Excess test error (over noise²) of (S X)⁺ S y, as n, m and p grow together; infinite where m = p, or m > p = n.

    An orthogonal sketch of m rows is as good as m examples. With independent entries it is the same for m < p, since then
    the same interpolator solves both, and noise² (p/(n - p) + p/(m - p)) for m > p instead of noise² p/(m - p). Of no rows comes the zero function.
    Chen, Zeng, Yang & Sun (2023), arXiv 2302.01088; for isotropic features signal² (1 - m/p) + noise² m/(p - m) for m < p.

    Args:
        eigenvalues: λ, of the features' covariance, above 0.
        coefficients: v, of the target in the principal components at variance 1: √λ times its weights there. For isotropic features signal² = Σ v².
        n: examples.
        rows: m, from 0 to n.
        noise: standard deviation of the noise of labels.
        sketch: what S is made of.

    Raises:
        Problem: numbers out of range, or another sketch.

    >>> round(sketched_risk(np.ones(100), np.full(100, 0.3), n=100, rows=67, noise=1.0), 2)
    5.0
    """
    _checked(n, rows, sketch)
    p, risk = len(eigenvalues), ridge_risk(eigenvalues, coefficients, max(rows, 1), noise=noise)
    if rows == 0:
        return float(np.sum(coefficients**2))
    if sketch == "orthogonal" or rows <= p:
        return risk.test - noise**2
    return noise**2 * p * (1 / (n - p) + 1 / (rows - p)) if n > p else float("inf")


def optimal_rows(n: int, p: int, signal: float, noise: float) -> float:
    """The m in [0, n] of the smallest `sketched_risk` for isotropic features and an orthogonal sketch, not rounded.

    With φ = p/n and signal > noise it is p (1 - noise/signal) for 1 - noise/(2 signal) < φ ≤ signal/(signal - noise), where the risk is then
    2 signal noise - noise², whatever φ; with signal ≤ noise it is 0 for φ > signal²/(signal² + noise²); else n.

    Args:
        n: examples.
        p: features.
        signal: root of Σ v², above 0.
        noise: standard deviation of the noise of labels.

    >>> optimal_rows(100, 100, 3.0, 1.0), optimal_rows(100, 40, 3.0, 1.0), optimal_rows(100, 60, 1.0, 1.0)
    (66.66666666666667, 100.0, 0.0)
    """
    whole(n=n, p=p)
    number(signal=signal, noise=noise)
    if not (n >= 1 and p >= 1 and signal > 0 and 0 <= noise < np.inf):
        raise Problem(f"n, p, signal, noise: expected two numbers of at least 1, one above 0 and one of at least 0, got {n!r}, {p!r}, {signal!r}, {noise!r}.")
    phi = p / n
    if signal <= noise:
        return 0.0 if phi > signal**2 / (signal**2 + noise**2) else float(n)
    return p * (1 - noise / signal) if 1 - noise / (2 * signal) < phi <= signal / (signal - noise) else float(n)


def fit_sketched(
    rng: np.random.Generator, x: Float[np.ndarray, "n p"], y: Float[np.ndarray, " n"], rows: int, sketch: Sketch = "orthogonal"
) -> Float[np.ndarray, " p"]:
    """(S X)⁺ S y for a random S of m rows; with m = 0 all weights are 0.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> x = np.array([[1.0], [2.0], [3.0]])
    >>> fit_sketched(np.random.default_rng(0), x, 2 * x[:, 0], 2).round(9).tolist()  # without noise every sketch is as good
    [2.0]
    """
    whole(rows=rows)
    fitting(x=(x, "n p"), y=(y, "n"))
    _checked(len(x), rows, sketch)
    if rows == 0:
        return np.zeros(x.shape[1])
    s = rng.standard_normal((rows, len(x)))
    if sketch == "orthogonal":
        s = np.linalg.qr(s.T)[0].T
    weights, _ = fit_ridge(s @ x, s @ y, np.zeros(1))
    return weights[0]


def simulate_sketched(
    rng: np.random.Generator,
    eigenvalues: Float[np.ndarray, " p"],
    signal: float,
    n: int,
    rows: int,
    noise: float,
    sketch: Sketch = "orthogonal",
    *,
    repetitions: int = 1,
) -> Float[np.ndarray, " r"]:
    """Excess test errors of `fit_sketched` on features of independent entries ±√λ, weights and training set drawn anew each time, [repetitions].

    The target's weights are independent N(0, signal²/p), so that the coefficients of `sketched_risk` are signal √(λ/p).

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> errors = simulate_sketched(np.random.default_rng(0), np.ones(100), 3.0, 100, 67, 1.0, repetitions=50)
    >>> errors.shape, bool(4.5 < errors.mean() < 5.5)
    ((50,), True)
    """
    whole(n=n, rows=rows, repetitions=repetitions)
    fitting(eigenvalues=(eigenvalues, "p"), signal=(signal, ""), noise=(noise, ""))
    if not (np.min(eigenvalues) >= 0 and noise >= 0 and n >= 1 and repetitions >= 0):
        raise Problem(
            "eigenvalues, noise, n, repetitions: expected at least 0, at least 0, at least 1 and at least 0, "
            f"got {np.min(eigenvalues)!r} the least, {noise!r}, {n!r} and {repetitions!r}."
        )
    errors, p = np.empty(repetitions), len(eigenvalues)
    for repetition in range(repetitions):
        components = rng.choice([-1.0, 1.0], (n, p))
        x, weights = components * np.sqrt(eigenvalues), signal / np.sqrt(p) * rng.standard_normal(p)
        found = fit_sketched(rng, x, x @ weights + noise * rng.standard_normal(n), rows, sketch)
        errors[repetition] = np.sum(eigenvalues * (found - weights) ** 2)
    return errors


def _checked(n: int, rows: int, sketch: str) -> None:
    whole(n=n, rows=rows)
    if not 0 <= rows <= n:
        raise Problem(f"rows: expected from 0 to the number of examples, {n}, got {rows!r}.")
    if sketch not in SKETCHES:
        raise Problem(f"sketch: expected one of {', '.join(SKETCHES)}, got {sketch!r}.")
