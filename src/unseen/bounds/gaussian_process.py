"""Gaussian-process regression on labels of ±1, with what a PAC-Bayes bound asks of it: its distance from its prior and its errors."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.stats import norm

from unseen._problem import Problem, number, real_numbers


class Process(NamedTuple):
    """The process given labels: a Gaussian over functions f.

    Attributes:
        mean: of f at the examples, for each vector of labels.
        std: of f at the examples; it does not depend on labels.
        new_mean: of f at the new points.
        new_std: idem.
        divergence: KL(posterior‖prior) ≥ 0, in nats, over whole functions.
        log_evidence: ln p(labels), the marginal likelihood, in nats.
    """

    mean: Float[np.ndarray, "k n"]
    std: Float[np.ndarray, " n"]
    new_mean: Float[np.ndarray, "k m"]
    new_std: Float[np.ndarray, " m"]
    divergence: Float[np.ndarray, " k"]
    log_evidence: Float[np.ndarray, " k"]


def gaussian_process(
    kernel: Float[np.ndarray, "..."],
    labels: Float[np.ndarray, "..."],
    noise: float,
    cross: Float[np.ndarray, "..."],
    variance: Float[np.ndarray, "..."],
) -> Process:
    """Conditions f ~ N(0, K) on labels = f + N(0, noise), for k vectors of labels by one decomposition.

    With B = (K + noise I)⁻¹ the posterior at the examples is N(K B y, noise K B), and the divergence of functions is that at the examples,
    ½ (noise tr B - n + yᵀ B K B y + ln det(I + K/noise)) (Seeger 2002, "PAC-Bayesian Generalisation Error Bounds for Gaussian Process Classification").
    ln p(y) = -½ (yᵀ B y - ln det B + n ln 2π). A kernel of less than full rank is allowed.

    Args:
        kernel: of the examples, [n, n], symmetric and positive semidefinite.
        labels: any numbers, [k, n].
        noise: variance above 0.
        cross: kernel of new points with examples, [m, n].
        variance: kernel of new points with themselves, [m].

    Raises:
        Problem: shapes that do not match, a kernel that is none, or no noise.

    >>> found = gaussian_process(np.eye(2), np.array([[1.0, -1.0]]), 1.0, np.zeros((1, 2)), np.ones(1))
    >>> found.mean.tolist(), found.new_std.tolist(), found.divergence.round(4).tolist()  # ½ (1 - 2 + ½ + 2 ln 2)
    ([[0.5, -0.5]], [1.0], [0.4431])
    """
    number(noise=noise)
    given = {"kernel": kernel, "labels": labels, "cross": cross, "variance": variance}
    kernel, labels, cross, variance = (real_numbers(name, one) for name, one in given.items())
    n = kernel.shape[0] if kernel.ndim else 0
    if kernel.shape != (n, n) or n == 0 or not np.allclose(kernel, kernel.T):
        raise Problem(f"kernel: expected a symmetric matrix over examples, got shape {kernel.shape}.")
    if labels.ndim != 2 or labels.shape[1] != n:
        raise Problem(f"labels: expected vectors of {n} labels, [k, {n}], got shape {labels.shape}.")
    if variance.ndim != 1 or cross.shape != (len(variance), n):
        raise Problem(f"cross, variance: expected [m, {n}] and [m], got shapes {cross.shape} and {variance.shape}.")
    if not (noise > 0 and np.isfinite(noise)):
        raise Problem(f"noise: expected a variance above 0, got {noise!r}. Without noise the posterior is infinitely far from the prior.")
    values, vectors = np.linalg.eigh(kernel)
    if values[0] < -1e-8 * max(values[-1], 1.0):
        raise Problem(f"kernel: expected no eigenvalue below 0, got {values[0]:g}.")
    values = values.clip(0)
    along, shrunk = labels @ vectors, 1 / (values + noise)
    own, new = vectors * np.sqrt(values * shrunk), cross @ vectors
    return Process(
        mean=(along * values * shrunk) @ vectors.T,
        std=np.sqrt(noise * np.sum(own**2, axis=1)),
        new_mean=(along * shrunk) @ new.T,
        new_std=np.sqrt((variance - new**2 @ shrunk).clip(0)),
        divergence=(noise * shrunk.sum() - n + along**2 @ (values * shrunk**2) + np.log1p(values / noise).sum()) / 2,
        log_evidence=-(along**2 @ shrunk - np.log(shrunk).sum() + n * np.log(2 * np.pi)) / 2,
    )


def gibbs_error(mean: Float[np.ndarray, "..."], std: Float[np.ndarray, "..."], labels: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Chance that f ~ N(mean, std²) has another sign than the label ±1: Φ(-label mean/std), in [0, 1]; std above 0.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> gibbs_error(np.array([0.0, 2.0]), np.array([1.0, 1.0]), np.array([1.0, -1.0])).round(4).tolist()
    [0.5, 0.9772]
    """
    mean, std, labels = (real_numbers(name, one) for name, one in {"mean": mean, "std": std, "labels": labels}.items())
    try:
        np.broadcast_shapes(mean.shape, std.shape, labels.shape)
    except ValueError as reason:
        raise Problem(f"mean, std, labels: expected shapes that fit, got {mean.shape}, {std.shape} and {labels.shape}.") from reason
    if not (std > 0).all():
        raise Problem("std: expected positive standard deviations, got some that are not.")
    return np.asarray(norm.cdf(-labels * mean / std))
