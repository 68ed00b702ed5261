"""PAC-Bayes bounds: on the mean loss of predictors drawn from a posterior, by its distance from a prior that has not seen the sample."""

import math

import numpy as np

from unseen._problem import Problem, fitting, number
from unseen.bounds.binary_kl import Numbers, kl_upper
from unseen.bounds.bound import INDEPENDENT, Bound, check

PRIOR = "the prior was fixed before these examples were looked at"


def _asked(empirical: float, divergence: float, n: int, delta: float) -> dict[str, bool | None]:
    number(divergence=divergence)
    check(n, delta, empirical)
    if not divergence >= 0:
        raise Problem(f"divergence: expected KL(posterior‖prior) ≥ 0 in nats, got {divergence!r}.")
    return {INDEPENDENT: None, PRIOR: None}


def _budget(empirical: float, divergence: float, n: int, delta: float) -> tuple[dict[str, bool | None], float]:
    """The assumptions, and (KL + ln(2√n/δ))/n."""
    assumptions = _asked(empirical, divergence, n, delta)
    if n < 8:
        raise Problem(f"n: expected at least 8 examples (Maurer's constant 2√n is proved from there), got {n}.")
    return assumptions, (divergence + math.log(2 * math.sqrt(n) / delta)) / n


def seeger(empirical: float, divergence: float, n: int, delta: float = 0.05) -> Bound:
    """The supremum of {p : kl(mean loss‖p) ≤ (KL + ln(2√n/δ))/n}, for losses in [0, 1] (Langford & Seeger 2001 with the constant of Maurer 2004).

    Holds for all posteriors at once: KL is that of posterior from prior, the mean loss that of predictors drawn from the posterior. n ≥ 8.

    >>> round(seeger(0.02, divergence=5.0, n=1000).value, 4)
    0.05
    """
    assumptions, budget = _budget(empirical, divergence, n, delta)
    return Bound(float(kl_upper(empirical, budget)) if math.isfinite(budget) else math.inf, empirical, delta, assumptions, terms={"divergence": divergence})


def mcallester(empirical: float, divergence: float, n: int, delta: float = 0.05) -> Bound:
    """Mean loss + √((KL + ln(2√n/δ)) / 2n): `seeger` after Pinsker's inequality, never below it (McAllester 1999, Maurer 2004). n ≥ 8.

    >>> round(mcallester(0.02, divergence=5.0, n=1000).value, 4)
    0.0979
    """
    number(empirical=empirical)
    assumptions, budget = _budget(empirical, divergence, n, delta)
    return Bound(empirical + math.sqrt(budget / 2), empirical, delta, assumptions, terms={"divergence": divergence})


def catoni(empirical: float, divergence: float, n: int, delta: float = 0.05, *, temperatures: Numbers = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)) -> Bound:
    """min_C (1 - exp(-C mean loss - (KL + ln(m/δ))/n)) / (1 - e^{-C}) over m temperatures C fixed beforehand, losses in [0, 1] (Catoni 2007, theorem 1.2.6).

    >>> round(catoni(0.02, divergence=5.0, n=1000).value, 4)
    0.0464
    """
    assumptions = _asked(empirical, divergence, n, delta)
    c = np.atleast_1d(np.asarray(temperatures, float))
    if not len(c) or not (c > 0).all():
        raise Problem(f"temperatures: expected positive numbers, got {temperatures!r}.")
    values = -np.expm1(-c * empirical - (divergence + math.log(len(c) / delta)) / n) / -np.expm1(-c)
    return Bound(float(values.min()), empirical, delta, assumptions, terms={"divergence": divergence, "temperature": float(c[values.argmin()])})


def gaussian_divergence(mean: Numbers, std: Numbers, prior_mean: Numbers, prior_std: Numbers) -> float:
    """KL(N(mean, diag std²) ‖ N(prior_mean, diag prior_std²)) = Σ ln(s₀/s) + (s² + (m - m₀)²)/(2 s₀²) - 1/2, in nats.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> gaussian_divergence(1.0, 1.0, 0.0, 1.0)
    0.5
    """
    fitting(mean=(mean, "..."), std=(std, "..."), prior_mean=(prior_mean, "..."), prior_std=(prior_std, "..."))
    m, s, m0, s0 = np.broadcast_arrays(*(np.asarray(v, float) for v in (mean, std, prior_mean, prior_std)))
    if not ((s > 0).all() and (s0 > 0).all()):
        raise Problem("std, prior_std: expected positive standard deviations. A posterior without spread is infinitely far from a Gaussian prior.")
    return float(np.sum(np.log(s0 / s) + (s**2 + (m - m0) ** 2) / (2 * s0**2) - 0.5))


def sampled(losses: Numbers, delta: float = 0.01) -> float:
    """What the mean loss over the posterior can be at most, from the mean losses on the sample of m predictors drawn from it.

    sup {p : kl(mean‖p) ≤ ln(1/δ)/m} (Langford & Caruana 2001). The δ is spent besides that of the bound it goes into.

    >>> round(sampled(np.full(500, 0.02)), 4)
    0.0452
    """
    losses = np.asarray(losses, float)
    check(losses.size, delta, float(losses.mean()) if losses.size else None)
    return float(kl_upper(float(losses.mean()), math.log(1 / delta) / losses.size))
