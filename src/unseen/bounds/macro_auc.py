"""Bounds on one less Macro-AUC, by what a label's rarity does to each of three losses: 1/√τ for pairs and for reweighted examples, 1/τ for plain ones."""

import math

import numpy as np
from jaxtyping import Bool, Float

from unseen._problem import Problem, fitting, number
from unseen.bounds.bound import INDEPENDENT, Bound, check
from unseen.bounds.macro_auc_learners import surrogate

REACH = "no score lies outside the reach, for weights and inputs of norms that were fixed beforehand"


def imbalance(y: Bool[np.ndarray, "n labels"]) -> Float[np.ndarray, " labels"]:
    """τ of each label, in [0, 1/2]: the share of examples with it or of those without, whichever is smaller.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> imbalance(np.array([[True, False], [False, False], [False, True], [False, True]]))
    array([0.25, 0.5 ])
    """
    fitting(y=(y, "n labels"))
    share = np.asarray(y, bool).mean(axis=0)
    return np.minimum(share, 1 - share)


def macro_auc_bound(scores: Float[np.ndarray, "..."], y: Bool[np.ndarray, "..."], loss: str, reach: float, delta: float = 0.05) -> Bound:
    """1 - Macro-AUC on new examples, ties being errors, is at most the mean over labels of a limit for all linear scores within `reach` at once.

    With R = reach, loss ℓ(z) = log₂(1 + e^{-z}), m = τn the rarer examples of a label, of K, and c = √((1/n⁺ + 1/n⁻) ln(K/δ)/2):
    "pairwise": loss + 4R/(ln 2 √m) + ℓ(-2R) c; "reweighted": loss + 2R/ln 2 · (1/√n⁺ + 1/√n⁻) + ℓ(-R) c; "univariate": (loss + 2R/(ln 2 √n) ·
    (√p + √(1 - p)) + ℓ(-R) √(ln(K/δ)/2n))/τ, p = n⁺/n. Because an error of a pair costs a loss of 1 at least, alone or as two examples; and the mean over
    all examples is τ times the reweighted sum at least. Complexity by symmetrisation (of m independent pairs for pairs), confidence by McDiarmid's inequality,
    for each label. After Wu, Li & Yin (2023), whose constants differ; these are derived here.

    Args:
        scores: of the sample [n, labels].
        y: which labels each example has [n, labels].
        loss: one of `macro_auc_learners.LOSSES`, of which the sample's value is taken.
        reach: R, the product of the largest norms of weights and inputs.
        delta: chance of failure.

    Raises:
        Problem: scores beyond the reach, or a label that all examples have, or none.

    >>> y = np.arange(1000)[:, None] % 2 == 0
    >>> macro_auc_bound(np.where(y, 1.0, -1.0), y, "pairwise", reach=1.0).vacuous
    False
    """
    number(reach=reach)
    scores, y = np.asarray(scores, float), np.asarray(y, bool)
    if scores.shape != y.shape or scores.ndim != 2:
        raise Problem(f"scores, y: expected [n, labels] each, got shapes {scores.shape} and {y.shape}.")
    n, labels = y.shape
    check(n, delta)
    if not (reach > 0 and (np.abs(scores) <= reach * (1 + 1e-9)).all()):
        raise Problem(f"reach: expected a positive limit on all scores, got {reach!r} for scores up to {np.abs(scores).max():g}.")
    taus, empirical, limits = imbalance(y), [], []
    for score, label, tau in zip(scores.T, y.T, taus, strict=True):
        sample = surrogate(score, label, loss)[0] / math.log(2)
        empirical.append(sample / tau if loss == "univariate" else sample)
        limits.append(sample / tau + _univariate(n, tau, reach, delta / labels) if loss == "univariate" else sample + _two(n, tau, loss, reach, delta / labels))
    value, mean = float(np.mean(limits)), float(np.mean(empirical))
    return Bound(value, mean, delta, {INDEPENDENT: None, REACH: None}, terms={"slack": value - mean, "imbalance": float(taus.min())})


def _univariate(n: int, tau: float, reach: float, delta: float) -> float:
    complexity = 2 * reach / math.log(2) * (math.sqrt(tau) + math.sqrt(1 - tau)) / math.sqrt(n)
    return (complexity + math.log1p(math.exp(reach)) / math.log(2) * math.sqrt(math.log(1 / delta) / (2 * n))) / tau


def _two(n: int, tau: float, loss: str, reach: float, delta: float) -> float:
    few, many = tau * n, (1 - tau) * n
    confidence = math.sqrt((1 / few + 1 / many) * math.log(1 / delta) / 2) / math.log(2)
    if loss == "pairwise":
        return 4 * reach / math.log(2) / math.sqrt(few) + math.log1p(math.exp(2 * reach)) * confidence
    return 2 * reach / math.log(2) * (1 / math.sqrt(few) + 1 / math.sqrt(many)) + math.log1p(math.exp(reach)) * confidence
