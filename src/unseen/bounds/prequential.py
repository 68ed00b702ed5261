"""What a prequential code promises: the bits of each outcome, predicted from those before it, as a bound on the expected bits of a new one."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from unseen._problem import Problem, whole
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.bound import Bound
from unseen.bounds.progressive import progressive
from unseen.bounds.smoothed_likelihood import smoothed_bits, smoothed_range


def prequential_bound(log_probability: ArrayLike, outcomes: int, delta: float = 0.05, *, share: float = 0.01, temperatures: Numbers = ()) -> Bound:
    """Expected bits of a new outcome under the predictors on the way, each as often as it predicted: `progressive`, for the bits of smoothed predictions.

    The code of an outcome is -log₂ p, p its probability in the eyes of a model that learned from those before it (in blocks: before its block). Its sum is
    the length of a code for all labels given all inputs; so little of it means that much can be predicted (Dawid 1984; Blier & Ollivier 2018). As p may be
    arbitrarily small, `share` of each prediction is spread over all outcomes: `smoothed_bits` lie in an interval, of length `smoothed_range`.

    It bounds the predictors on the way, not the one that is left in the end. Nor will `occam` with the length of this code do for that one: what was written
    down are the labels *of these inputs*, and a predictor that follows from them is in no list that was fixed before the inputs were seen. A model that says 0
    for the inputs that it has seen and 1 for all others has the short code of a sample whose labels are all 0, and is always wrong.

    Args:
        log_probability: ln p of each outcome, in the order in which they came, at most 0 [n]; -inf is allowed.
        outcomes: how many there are.
        delta: chance of failure.
        share: in (0, 1), fixed beforehand.
        temperatures: as for `progressive`, if not its own.

    Returns:
        The bound in bits; `trivial` is log₂ outcomes, what guessing takes; `terms` say the length of the whole smoothed code.

    Raises:
        Problem: no outcomes, logarithms above 0, or numbers out of range.

    >>> bound = prequential_bound(np.log(np.full(2000, 0.9)), outcomes=10)
    >>> round(bound.empirical, 3), round(bound.value, 3), bound.trivial > bound.value
    (0.165, 0.265, True)
    """
    whole(outcomes=outcomes)
    told = np.asarray(log_probability, float)
    if told.ndim != 1 or not told.size:
        raise Problem(f"log_probability: expected one number for each of at least one outcome, got shape {told.shape}.")
    bits, reach = smoothed_bits(told[:, None], share, outcomes), smoothed_range(share, outcomes)
    least = -np.log2(1 - share + share / outcomes)
    losses = np.clip((bits - least) / reach, 0, 1)
    found = progressive(losses, delta, temperatures=temperatures) if np.size(temperatures) else progressive(losses, delta)
    terms = {"code": float(bits.sum()), "share": share, **found.terms}
    return replace(found, value=float(least + reach * found.value), empirical=float(bits.mean()), trivial=float(np.log2(outcomes)), terms=terms)
