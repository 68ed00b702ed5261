"""Bounds on average over samples, as nouns: by mutual information, supersamples, layers and label noise."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from unseen._problem import Problem, number, real_numbers, whole
from unseen.bounds import supersample
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.bound import INDEPENDENT, check
from unseen.bounds.layerwise import LOSS_IN_UNIT_INTERVAL, kl_gap
from unseen.bounds.mean_bound import MeanBound
from unseen.bounds.rationality import Gaps

KNOWN = "informations are known, not estimated from a sample of runs"
FAIR = "masks are fair coins"
STANDS = "the supersample at hand stands for all"
FIXED = "the learner is deterministic, or its randomness was drawn once for all masks"
SUBGAUSSIAN = "the loss of every predictor on a new example is sub-Gaussian with the σ given"
DRAWS = "the draws of label noise at hand stand for all"
CHANCE = 1e-9
"""Masks whose shares have less chance than this under fair coins are none."""


def finite_information(samples: ArrayLike, chances: ArrayLike) -> float:
    """I(S; W) in nats of a learner of finitely many outputs: Σ p(s) p(w|s) ln(p(w|s) / p(w)).

    Args:
        samples: p(s) of every sample (or what the learner sees of it), [s].
        chances: p(w|s), [s, w].

    Raises:
        Problem: numbers that are no chances.

    >>> round(finite_information([0.5, 0.5], [[1.0, 0.0], [0.0, 1.0]]), 4)
    0.6931
    """
    p, channel = real_numbers("samples", samples), real_numbers("chances", chances)
    if p.ndim != 1 or channel.ndim != 2 or len(p) != len(channel):
        raise Problem(f"samples, chances: expected [s] and [s, w], got shapes {p.shape} and {channel.shape}.")
    if not ((p >= 0).all() and (channel >= 0).all() and np.isclose(p.sum(), 1) and np.allclose(channel.sum(axis=1), 1)):
        raise Problem("samples, chances: expected chances that add up to 1, those of outputs for each sample.")
    joint, output = p[:, None] * channel, p @ channel
    some = joint > 0
    return max(0.0, float(np.sum(joint[some] * np.log((channel / np.where(output > 0, output, 1.0))[some]))))


def noise_information(spread: float, noise: float, dimension: int) -> float:
    """At most I(S; W) = I of W = f(S) + N(0, noise² I) in nats: d/2 ln(1 + spread / (d noise²)), spread = E‖f(S) - E f(S)‖².

    Of all W of that second moment a normal one has the largest entropy. Equal to it where f(S) is normal with covariance (spread/d) I.

    Raises:
        Problem: a spread below 0, no noise, or no dimension.

    >>> round(noise_information(1.0, 1.0, 1), 4)  # ½ ln 2
    0.3466
    """
    whole(dimension=dimension)
    number(spread=spread, noise=noise)
    if not (0 <= spread < math.inf and 0 < noise < math.inf and dimension >= 1):
        raise Problem(f"spread, noise, dimension: expected at least 0, above 0, and at least 1, got {spread!r}, {noise!r} and {dimension!r}.")
    return dimension / 2 * math.log1p(spread / (dimension * noise**2))


def mutual_information_bound(
    empirical: float, information: float, n: int, *, known: bool, sigma: float = LOSS_IN_UNIT_INTERVAL, trivial: float = 1.0
) -> MeanBound:
    """E test loss ≤ E training loss + √(2 σ² I(S; W) / n) (Xu & Raginsky 2017, theorem 1).

    Args:
        empirical: mean training loss over samples.
        information: I between the whole sample and what is learned, in nats (`finite_information`, `noise_information`).
        n: examples in a sample.
        known: whether the information (or a limit of it) was computed from the law of samples. An estimate is allowed; the bound then says so.
        sigma: of the loss; M/2 for a loss within an interval of length M.
        trivial: the largest possible loss.

    Raises:
        Problem: numbers out of range.

    >>> bound = mutual_information_bound(0.1, 0.5, 100, known=True)
    >>> round(bound.value, 4), bound.assumptions[KNOWN]
    (0.15, True)
    """
    number(information=information, sigma=sigma)
    check(n, 0.5, empirical, trivial=trivial)
    if not (information >= 0 and sigma > 0):
        raise Problem(f"information, sigma: expected at least 0 nats and a positive σ, got {information!r} and {sigma!r}.")
    assumptions = {INDEPENDENT: None, KNOWN: True if known else None, SUBGAUSSIAN: True if sigma >= trivial / 2 else None}
    return MeanBound(empirical + sigma * math.sqrt(2 * information / n), empirical, "samples", assumptions, trivial, {"information": information})


def supersample_bound(losses: Numbers, masks: Numbers) -> MeanBound:
    """The least of three bounds by what losses tell of the masks: training loss + `loss_difference`, + `fast_rate`, + `binary_kl_gap`.

    On the mean loss of the columns that were left out, over masks: for the supersample at hand, and for new examples where it stands for all supersamples.

    Args:
        losses: in [0, 1], after training with each mask, [masks, n, 2].
        masks: [masks, n]; with `all_masks` nothing is estimated.

    Raises:
        Problem: losses outside of [0, 1]; masks that cannot be fair coins.

    >>> masks = supersample.all_masks(3)
    >>> losses = 0.1 * np.stack([masks, 1 - masks], axis=2)  # 0.1 on what was left out
    >>> bound = supersample_bound(losses, masks)
    >>> bound.value >= 0.1, bound.assumptions[KNOWN]
    (True, True)
    """
    train, _ = supersample.train_and_gap(losses, masks)
    chosen = np.asarray(masks, int)
    m, n = chosen.shape
    whole = n <= supersample.MOST and m == 2**n and len(np.unique(chosen, axis=0)) == m
    ones = chosen.sum(axis=0)
    fair = whole or bool((2 * np.minimum(binom.cdf(ones, m, 0.5), binom.sf(ones - 1, m, 0.5)) * n > CHANCE).all())
    single, pair = supersample.single_loss_information(losses, masks), float(supersample.information(losses, masks).mean())
    gaps = {
        "square root": supersample.loss_difference(losses, masks),
        "fast rate": supersample.fast_rate(train, single),
        "kl": supersample.binary_kl_gap(train, pair),
    }
    assumptions = {INDEPENDENT: None, KNOWN: True if whole else None, FAIR: (True if whole else None) if fair else False, STANDS: None, FIXED: None}
    return MeanBound(train + min(gaps.values()), train, "masks and supersamples", assumptions, terms=gaps)


def layerwise_bound(empirical: float, divergence: Numbers, sigma: float = LOSS_IN_UNIT_INTERVAL, *, known: bool) -> MeanBound:
    """E test loss ≤ E training loss + `kl_gap`: by how far a layer's law of a training example is from that of a fresh one. For losses in [0, 1].

    Args:
        empirical: mean training loss over samples.
        divergence: E_W KL(P_i ‖ Q) in nats of one example, or of each.
        sigma: of the loss given the layer.
        known: whether divergences were computed from the laws, not estimated.

    Raises:
        Problem: numbers out of range.

    >>> round(layerwise_bound(0.1, 0.02, known=False).value, 4)
    0.2
    """
    check(1, 0.5, empirical)
    gap = kl_gap(divergence, sigma)
    assumptions = {INDEPENDENT: None, KNOWN: True if known else None, SUBGAUSSIAN: True if sigma >= LOSS_IN_UNIT_INTERVAL else None}
    return MeanBound(empirical + gap, empirical, "samples", assumptions, terms={"gap": gap})


def rationality_bound(train: float, gaps: Gaps, *, allowed: float = 0.0) -> MeanBound:
    """Error ≤ 1 - Train + robustness gap + the limit of the memorization gap + the rationality gap that is allowed (Bansal, Kaplun & Barak 2021).

    Args:
        train: accuracy on the training set of the procedure run on the true labels.
        gaps: from `rationality_gaps`.
        allowed: the largest rationality gap that is taken for possible, at least 0; one that was measured to be larger is an error.

    Raises:
        Problem: a rationality gap above what is allowed, or numbers out of range.

    >>> bound = rationality_bound(0.99, Gaps(0.01, 0.02, 0.0, 0.1))
    >>> round(bound.value, 4), round(bound.empirical, 4)
    (0.12, 0.01)
    """
    number(train=train, allowed=allowed)
    check(1, 0.5, train)
    if not allowed >= 0:
        raise Problem(f"allowed: expected a gap of at least 0, got {allowed!r}.")
    rational = f"new examples do at most {allowed:g} worse than training examples with a wrong label"
    terms = {"robustness": gaps.robustness, "limit": gaps.limit}
    return MeanBound(
        1 - train + gaps.robustness + gaps.limit + allowed, 1 - train, "label noise", {rational: gaps.rationality <= allowed, DRAWS: None}, terms=terms
    )
