"""One of k answers, sampled from a Bayesian linear regression and chosen by a judge: its error, predicted and simulated."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from unseen._problem import Problem, number, whole
from unseen.theory.ridge import ridge_risk


@dataclass(frozen=True)
class Sampler:
    """What an input's answers are distributed like: N(m, s²), where m misses the teacher's answer y by -shrinkage y + fluctuation ζ, ζ ~ N(0, 1).

    Attributes:
        shrinkage: share of the teacher's answer that the posterior mean lacks on average over training sets, in [0, 1].
        fluctuation: standard deviation of the posterior mean over training sets.
        deviation: s, the standard deviation of the predictive distribution.
        teacher: standard deviation of y over inputs.
    """

    shrinkage: float
    fluctuation: float
    deviation: float
    teacher: float = 1.0


def posterior_sampler(aspect: float, noise: float, prior: float = 1.0, teacher: float = 1.0) -> Sampler:
    """The predictive distribution of Bayesian linear regression, for d, n → ∞ at aspect = d/n.

    With κ of 1/(1 + κ) + noise²/(prior² κ) = 1/aspect: shrinkage κ/(1 + κ), s² = noise² + prior² κ/(1 + κ), and the fluctuation is the variance of
    ridge regression (`ridge_risk`).

    Inputs x ~ N(0, I/d), labels x·w + N(0, noise²) with a teacher of ‖w‖² = d teacher², prior N(0, prior² I) on the weights. Halder & Pehlevan (2025),
    arXiv 2512.19905, give κ (their R), shrinkage and s; they leave out the fluctuation, which is small for aspect → 0 only: it is of the
    order of √(noise² aspect).

    Raises:
        Problem: a number that is not positive.

    >>> sampler = posterior_sampler(aspect=0.25, noise=0.5)  # prior and teacher agree: the mean's error is the posterior variance
    >>> round(sampler.shrinkage**2 + sampler.fluctuation**2, 6), round(sampler.deviation**2 - 0.25, 6)
    (0.075184, 0.075184)
    """
    number(aspect=aspect, noise=noise, prior=prior, teacher=teacher)
    for name, value in (("aspect", aspect), ("noise", noise), ("prior", prior), ("teacher", teacher)):
        if not (np.isfinite(value) and value > 0):
            raise Problem(f"{name}: expected a number above 0, got {value!r}.")
    risk = ridge_risk(np.ones(1), np.array([teacher]), n=1 / aspect, ridge=(noise / prior) ** 2, noise=noise)
    shrinkage = risk.kappa / (1 + risk.kappa)
    return Sampler(shrinkage, float(np.sqrt(risk.variance)), float(np.sqrt(noise**2 + prior**2 * shrinkage)), teacher)


def selected_error(sampler: Sampler, k: Sequence[int], *, angle: float = 0.0, temperature: float = 0.0, nodes: int = 24) -> Float[np.ndarray, " k"]:
    """Mean squared distance from the teacher of one of k samples, chosen with probability ∝ exp(-(y_i - judge)²/temperature); 0 is the best of k.

    The judge is linear, of the teacher's norm, its weights at `angle` to the teacher's. Of one input, with G the chance that a sample is farther from the
    judge, the best of k has the error k E (y - teacher)² G^(k-1); and as 1/W = ∫ e^{-uW} du, that of the softmax is
    k ∫ E[(y - teacher)² w e^{-uw}] E[e^{-uw}]^(k-1) du. Both are sums on logarithmic grids; inputs are averaged over by Gauss-Hermite quadrature.

    Args:
        sampler: of `posterior_sampler`.
        k: numbers of samples, at least 1.
        angle: between judge and teacher, radians.
        temperature: in the unit of squared answers; 0, or at least 0.5 s².
        nodes: of the quadrature over inputs, in each of its two dimensions.

    Raises:
        Problem: k below 1, a temperature out of range, or sums that miss the known integral, 1, by more than 0.1 %.

    >>> sampler = posterior_sampler(aspect=0.25, noise=0.5)
    >>> selected_error(sampler, [1, 4, 16]).round(4).tolist()
    [0.4004, 0.0512, 0.0046]
    >>> selected_error(sampler, [1, 4, 16], angle=0.6).round(4).tolist()  # four samples are better than sixteen
    [0.4004, 0.2244, 0.279]
    """
    number(angle=angle, temperature=temperature)
    whole(nodes=nodes)
    many = np.asarray(k, float)
    if many.ndim != 1 or not many.size or not (many >= 1).all():
        raise Problem(f"k: expected numbers of samples of at least 1, got {k!r}.")
    if not np.isfinite(angle) or nodes < 1:
        raise Problem(f"angle, nodes: expected a finite number and at least 1, got {angle!r} and {nodes!r}.")
    if not (temperature == 0 or temperature >= 0.5 * sampler.deviation**2):
        raise Problem(f"temperature: expected 0 or at least s²/2 = {0.5 * sampler.deviation**2:.3g}, got {temperature!r}.")
    bias, offset, weights = _inputs(sampler, angle, nodes)
    scale = sampler.deviation
    if temperature:
        squared, total = _softmax((offset - bias) / scale, bias / scale, temperature / scale**2, many)
    else:
        squared, total = _best((offset - bias) / scale, offset / scale, many)
    if (wrong := np.abs(weights @ total - 1).max()) > 1e-3:
        raise Problem(f"temperature, k: the sums miss the known integral by {wrong:.2g}. Take a higher temperature, or 0, or fewer samples.")
    return scale**2 * (weights @ squared)


def best_of_k_coefficient(sampler: Sampler) -> float:
    """C of the error C/k² of the best of k → ∞, judged by the teacher: π s² E e^{b²/s²} = π s²/√(1 - 2 Var b/s²), b = m - y.

    Infinite where Var b ≥ s²/2: then inputs that the posterior misses by far decide, and the error falls like k^(-s²/Var b) up to logarithms.
    Halder & Pehlevan (2025), result 3, where Var b is shrinkage² teacher² alone.

    >>> round(best_of_k_coefficient(posterior_sampler(aspect=0.25, noise=0.5)), 4)
    1.3933
    """
    variance, spread = (sampler.shrinkage * sampler.teacher) ** 2 + sampler.fluctuation**2, sampler.deviation**2
    return float(np.pi * spread / np.sqrt(1 - 2 * variance / spread)) if 2 * variance < spread else float("inf")


def simulate_selection(
    rng: np.random.Generator,
    d: int,
    n: int,
    k: Sequence[int],
    *,
    noise: float,
    prior: float = 1.0,
    teacher: float = 1.0,
    angle: float = 0.0,
    temperatures: Sequence[float] = (0.0,),
    inputs: int = 1000,
) -> Float[np.ndarray, "t k"]:
    """The errors of `selected_error`, measured: a training set of n, the exact posterior, new inputs, and as many samples for each as the largest k.

    Smaller k take the first of these samples, and all temperatures choose among the same ones. Infinite temperature chooses blindly.

    Raises:
        Problem: sizes or temperatures out of range.

    >>> simulate_selection(np.random.default_rng(0), 200, 800, [1, 4, 16], noise=0.5, angle=0.6, inputs=20_000).round(2).tolist()
    [[0.42, 0.23, 0.28]]
    """
    number(noise=noise, prior=prior, teacher=teacher, angle=angle)
    whole(d=d, n=n, inputs=inputs)
    if not (np.isfinite([teacher, angle, noise, prior]).all() and len(k) and len(temperatures)):
        told = (teacher, angle, noise, prior, k, temperatures)
        raise Problem(f"teacher, angle, noise, prior, k, temperatures: expected finite numbers, and some of the last two, got {told}.")
    if min(d, n, inputs, *k) < 1 or d < 2 or not (min(temperatures) >= 0 and noise > 0 and prior > 0):
        raise Problem(f"d, n, k, inputs, temperatures, noise, prior: expected positive numbers and d ≥ 2, got {(d, n, k, inputs, temperatures, noise, prior)}.")
    directions = np.linalg.qr(rng.standard_normal((d, 2)))[0].T * np.sqrt(d) * teacher
    judge = np.cos(angle) * directions[0] + np.sin(angle) * directions[1]
    x = rng.standard_normal((n, d)) / np.sqrt(d)
    covariance = np.linalg.inv(x.T @ x / noise**2 + np.eye(d) / prior**2)
    mean = covariance @ x.T @ (x @ directions[0] + noise * rng.standard_normal(n)) / noise**2
    new = rng.standard_normal((inputs, d)) / np.sqrt(d)
    deviation = np.sqrt(noise**2 + np.sum((new @ covariance) * new, axis=1))
    samples = (new @ mean)[:, None] + deviation[:, None] * rng.standard_normal((inputs, max(k)))
    distance, error = (samples - (new @ judge)[:, None]) ** 2, (samples - (new @ directions[0])[:, None]) ** 2
    return np.array([[_chosen(distance[:, :one], error[:, :one], temperature) for one in k] for temperature in temperatures])


def _chosen(distance: np.ndarray, error: np.ndarray, temperature: float) -> float:
    if temperature == 0:
        return float(np.take_along_axis(error, distance.argmin(axis=1)[:, None], axis=1).mean())
    weight = np.exp(-(distance - distance.min(axis=1, keepdims=True)) / temperature)
    return float(np.mean(np.sum(weight * error, axis=1) / np.sum(weight, axis=1)))


def _inputs(sampler: Sampler, angle: float, nodes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(m - y, judge's answer - y, weight) of the nodes that stand for all inputs: the first two are jointly normal."""
    missed, turned = sampler.shrinkage * sampler.teacher, (1 - np.cos(angle)) * sampler.teacher
    spread = np.hypot(missed, sampler.fluctuation)
    along = missed * turned / spread if spread else 0.0
    across = np.sqrt(max(turned**2 + (np.sin(angle) * sampler.teacher) ** 2 - along**2, 0.0))
    z, weight = np.polynomial.hermite_e.hermegauss(nodes)
    first, second = (grid.reshape(-1) for grid in np.meshgrid(z, z, indexing="ij"))
    return spread * first, along * first + across * second, np.outer(weight, weight).reshape(-1) / (2 * np.pi)


def _best(judge: np.ndarray, offset: np.ndarray, k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squared error of the best of k and the integral of its density, [inputs, k], in units of s; `judge` from the mean, `offset` from the teacher."""
    step = 0.06
    r = np.exp(np.arange(-9 - np.log(k.max()), 3.5, step))
    judge, offset = judge[:, None], offset[:, None]
    density = [np.exp(-((judge + side * r) ** 2) / 2) / np.sqrt(2 * np.pi) for side in (1, -1)]
    farther = np.log1p(-np.minimum(ndtr(judge + r) - ndtr(judge - r), 1 - 1e-16))
    squared = density[0] * (offset + r) ** 2 + density[1] * (offset - r) ** 2
    left = [one * np.exp((one - 1) * farther) * r * step for one in k]
    return np.stack([(squared * part).sum(axis=1) for part in left], 1), np.stack([((density[0] + density[1]) * part).sum(axis=1) for part in left], 1)


def _softmax(judge: np.ndarray, bias: np.ndarray, temperature: float, k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `_best`, of the softmax; `judge` from the mean, `bias` of the mean from the teacher."""
    z = np.linspace(-7, 7, 141)
    normal = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    step = 0.2
    u = np.exp(np.arange(-9 - np.log(k.max()), 8 + 90 / temperature, step))
    squared, total = np.empty((2, len(judge), len(k)))
    for i, (center, shift) in enumerate(zip(judge, bias, strict=True)):
        weight = np.exp(-((z - center) ** 2) / temperature)
        left = np.exp(-u[:, None] * weight)
        powers = np.stack([one * (left @ normal) ** (one - 1) for one in k]) * u * step
        squared[i], total[i] = powers @ (left @ (normal * weight * (shift + z) ** 2)), powers @ (left @ (normal * weight))
    return squared, total
