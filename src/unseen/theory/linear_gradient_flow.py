"""Training and test loss of linear regression under gradient flow, in closed form."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.stats import chi2

from unseen._problem import Problem, fitting, number, whole

Spectrum = tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]


def marchenko_pastur(aspect: float, nodes: int = 4000) -> Spectrum:
    """Eigenvalues and weights (adding up to 1) that stand for the spectrum of XᵀX/n, X of n rows of d standard normals, d, n → ∞ at aspect = d/n.

    Density √((λ₊ - λ)(λ - λ₋)) / (2π aspect λ) on λ± = (1 ± √aspect)², with an atom of 1 - 1/aspect at 0 when aspect > 1. With
    λ = 1 + aspect - 2 √aspect cos θ it is (2/π) sin²θ/λ dθ, on which Gauss-Chebyshev quadrature is exact to rounding (Marchenko & Pastur
    1967): its error falls as aspect^±nodes, so that nodes ≥ 30/|ln aspect| are asked for. At 1 itself λ₋ = 0 is a node, too, and what varies over a small
    λ needs more of them: means of 1/(λ + z) have errors of about e^(-2 √z nodes), those of e^(-λ t) are good up to t of about nodes²/40.

    Args:
        aspect: d/n, above 0.
        nodes: quadrature nodes.

    Raises:
        Problem: an aspect that is not positive, or so near 1 that the nodes are too few.

    >>> eigenvalues, weights = marchenko_pastur(0.5)
    >>> round(float(weights @ eigenvalues), 6), round(float(weights @ eigenvalues**2), 6)
    (1.0, 1.5)
    """
    whole(nodes=nodes)
    number(aspect=aspect)
    if not 0 < aspect < np.inf:
        raise Problem(f"aspect: expected a finite d/n above 0, got {aspect!r}.")
    needed = 30 / abs(np.log(aspect)) if aspect != 1 else 1
    if nodes < needed:
        raise Problem(f"nodes: expected at least {needed:.0f} for an aspect of {aspect!r}, where λ₋ is near 0, got {nodes!r}. Take more, or an aspect of 1.")
    angle = np.pi * np.arange(1, nodes + 1) / (nodes + 1)
    root = np.sqrt(aspect)
    eigenvalues = ((1 - aspect) / (1 + root)) ** 2 + 4 * root * np.sin(angle / 2) ** 2  # λ₋ + …, whose small ones keep their digits
    weights = 2 / (nodes + 1) * np.sin(angle) ** 2 / eigenvalues
    if aspect < 1:
        return eigenvalues, weights
    return np.append(eigenvalues, 0.0), np.append(weights, 1 - 1 / aspect if aspect > 1 else 1 / (nodes + 1))


def expected_losses(
    time: float | np.ndarray, spectrum: Spectrum, *, decay: float = 0.0, init: float = 1.0, teacher: float = 1.0
) -> tuple[Float[np.ndarray, "*t"], Float[np.ndarray, "*t"]]:
    """(training, test) squared error of one output at a time of the flow dW/dτ = -Σ(W - T) - decay W, averaged over W(0) and T.

    In the eigenbasis of the sample covariance Σ the error W - T of a mode of eigenvalue λ is
    -decay/(λ + decay) T + (W(0) - λ/(λ + decay) T) e^{-(λ + decay) τ},
    so that test = E_λ e(λ) and training = E_λ λ e(λ), with e(λ) = teacher² ((decay + λ E)/(λ + decay))² + init² E², E = e^{-(λ + decay) τ}.

    For W(0) and T independent, of N(0, init²/d) and N(0, teacher²/d) entries, inputs x ~ N(0, I) and targets without noise. Gradient descent at
    rate η on the mean of (xW - y)² + weight_decay/2 ‖W‖² follows it with τ = 2 η steps and decay = weight_decay / 2, for small η. Levi, Beck & Bar-Sinai
    (2024), "Grokking in Linear Estimators".

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> train, test = expected_losses(np.array([0.0, 50.0]), marchenko_pastur(0.8))
    >>> train.round(4).tolist(), test.round(4).tolist()
    ([2.0, 0.0002], [2.0, 0.0099])
    """
    fitting(time=(time, "..."), decay=(decay, ""), init=(init, ""), teacher=(teacher, ""))
    eigenvalues, weights = spectrum
    rate = eigenvalues + decay
    left = np.exp(-np.multiply.outer(time, rate))
    bias = np.divide(decay + eigenvalues * left, rate, out=np.ones_like(left), where=rate > 0)
    error = teacher**2 * bias**2 + init**2 * left**2
    return np.asarray(error @ (weights * eigenvalues)), np.asarray(error @ weights)


def accuracy(loss: float | np.ndarray, tolerance: float, outputs: int = 1) -> Float[np.ndarray, "*t"]:
    """Share of examples whose squared error (mean over outputs) is at most `tolerance`, when errors are N(0, loss) in each output; in [0, 1].

    P(χ²_k ≤ k tolerance/loss), k = `outputs`; for one output erf √(tolerance / (2 loss)).

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> float(accuracy(1.0, 1.0).round(4))
    0.6827
    """
    whole(outputs=outputs)
    number(tolerance=tolerance)
    fitting(loss=(loss, "..."))
    if not (np.all(np.asarray(loss) >= 0) and tolerance > 0 and outputs >= 1):
        raise Problem(f"loss, tolerance, outputs: expected at least 0, above 0 and at least 1, got {loss!r}, {tolerance!r} and {outputs!r}.")
    return np.asarray(chi2.cdf(outputs * tolerance / np.asarray(loss, float), outputs))


def time_to(level: float, loss: Callable[[float], float], tolerance: float, outputs: int = 1) -> float:
    """First time at which `accuracy` reaches `level` under a loss that falls with time; infinity where it never does.

    Args:
        level: accuracy in (0, 1).
        loss: time → loss, nonincreasing.
        tolerance: of the accuracy.
        outputs: of the accuracy.

    Raises:
        Problem: numbers out of range, or a loss that is not a number.

    >>> round(time_to(0.5, lambda time: np.exp(-time), tolerance=0.01), 3)
    3.818
    """
    whole(outputs=outputs)
    number(level=level, tolerance=tolerance)
    if not (0 < level < 1 and tolerance > 0 and outputs >= 1):
        raise Problem(f"level, tolerance, outputs: expected in (0, 1), above 0 and at least 1, got {level!r}, {tolerance!r} and {outputs!r}.")
    needed = outputs * tolerance / chi2.ppf(level, outputs)
    end = 1.0
    while not loss(end) <= needed:
        end *= 2
        if not loss(end) >= 0:
            raise Problem(f"loss: expected numbers of at least 0 that do not rise with time, got {loss(end)!r} at {end!r}.")
        if end > 1e12:
            return float("inf")
    return 0.0 if loss(0.0) <= needed else float(brentq(lambda time: np.log(loss(time) / needed), 0.0, end))
