"""Bounds for language models: the expected bits per token of a document, from how shortly the model can be described."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, number, whole
from unseen.bounds.bound import INDEPENDENT, Bound, check
from unseen.bounds.compression import CODE

SHARES = (0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5)
DRAWN = "the documents looked at were drawn at random from those of the training set, whatever the model says of them"


def smoothed_bits(log_probability: Float[np.ndarray, "*documents tokens"], share: float, vocabulary: int) -> Float[np.ndarray, " *documents"]:
    """Mean over tokens of -log₂((1 - share) p + share / vocabulary): bits per token where a share of each prediction is spread over all tokens.

    It lies between log₂ of 1 / (1 - share + share / vocabulary) and of vocabulary / share, `smoothed_range` apart, however small p is.

    Args:
        log_probability: ln p of each true token, given those before it, at most 0; -inf is allowed.
        share: in (0, 1).
        vocabulary: how many tokens there are.

    Raises:
        Problem: a number out of range.

    >>> smoothed_bits(np.array([[-np.inf, 0.0]]), 0.5, 4).round(3).tolist()  # 3 bits, and log₂ 1.6
    [1.839]
    """
    _check_share(share, vocabulary)
    if np.isnan(log_probability).any() or np.max(log_probability, initial=-np.inf) > 1e-6:
        raise Problem("log_probability: expected natural logarithms of probabilities, at most 0, got others.")
    return -np.log2((1 - share) * np.exp(np.asarray(log_probability, float)) + share / vocabulary).mean(axis=-1)


def smoothed_range(share: float, vocabulary: int) -> float:
    """log₂(1 + (1 - share) vocabulary / share): how far `smoothed_bits` of two documents can lie apart.

    >>> smoothed_range(0.5, 3)
    2.0
    """
    _check_share(share, vocabulary)
    return math.log2(1 + (1 - share) * vocabulary / share)


def language_model_bound(
    log_probability: Float[np.ndarray, "sample tokens"], bits: float, documents: int, vocabulary: int, delta: float = 0.05, shares: Sequence[float] = SHARES
) -> Bound:
    """Expected `smoothed_bits` of a new document ≤ mean + range·(√((bits ln 2 + ln(k/δ₁))/(2m)) + √(ln(k/δ₂)/(2n))), at the best of k shares.

    The first root is the price of having chosen the model by its m training documents (a union over a prefix code, and Hoeffding's inequality); the second
    that of looking at n of these alone, drawn at random; δ₁ = δ n/(n + m), δ₂ = δ m/(n + m) (Lotfi et al. 2024, "Non-Vacuous Generalization Bounds for Large
    Language Models"). Where all m are looked at, n = m, it falls away and δ₁ = δ. The choice of the share is paid for in both.

    Args:
        log_probability: ln p of each true token of the documents looked at, given those before it.
        bits: length of the model's description in a prefix code, as `self_delimiting` or `quantize` of `bounds.compression` give it.
        documents: m, in the training set.
        vocabulary: how many tokens there are.
        delta: in (0, 1).
        shares: which were tried.

    Returns:
        The bound, in bits per token; `trivial` is log₂ vocabulary, what guessing takes; `terms` say the share, the range and both roots.

    Raises:
        Problem: a number out of range.

    >>> bound = language_model_bound(np.log(np.full((1000, 8), 0.5)), bits=500, documents=20_000, vocabulary=27)
    >>> round(bound.value, 2), bound.vacuous
    (2.29, False)
    """
    whole(documents=documents, vocabulary=vocabulary)
    number(bits=bits)
    if np.ndim(log_probability) != 2 or not np.size(log_probability):
        raise Problem(f"log_probability: expected [documents, tokens], at least one of each, got shape {np.shape(log_probability)}. One text is [1, tokens].")
    sample = len(log_probability)
    check(documents, delta)
    if not 1 <= sample <= documents or not bits >= 0 or not shares:
        raise Problem(f"log_probability, bits, shares: expected 1 to {documents} documents, at least 0 bits, a share; got {sample}, {bits!r}, {shares!r}.")
    every, k = sample == documents, len(shares)
    first = delta if every else delta * sample / (sample + documents)
    chosen = math.sqrt((bits * math.log(2) + math.log(k / first)) / (2 * documents))
    drawn = 0.0 if every else math.sqrt(math.log(k / (delta - first)) / (2 * sample))
    means = {share: float(smoothed_bits(log_probability, share, vocabulary).mean()) for share in shares}
    value, share = min((mean + smoothed_range(share, vocabulary) * (chosen + drawn), share) for share, mean in means.items())
    assumptions = {INDEPENDENT: None, CODE: None} | ({} if every else {DRAWN: None})
    terms = {"share": share, "range": smoothed_range(share, vocabulary), "code": chosen, "sample": drawn, "bits": float(bits)}
    return Bound(value, means[share], delta, assumptions, trivial=math.log2(vocabulary), terms=terms)


def _check_share(share: float, vocabulary: int) -> None:
    whole(vocabulary=vocabulary)
    number(share=share)
    if not 0 < share < 1 or not vocabulary >= 2:
        raise Problem(f"share, vocabulary: expected a share in (0, 1) and at least 2 tokens, got {share!r} and {vocabulary!r}.")
