"""Directed information (Massey 1990): what one sequence tells of the next symbol of another, beyond that one's own past."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem

Law = Float[np.ndarray, "..."]


def log_conditionals(law: Law, target: Sequence[int], seen: Sequence[int]) -> Float[np.ndarray, "targets ..."]:
    """Log p(symbol i | symbols of `seen` and `target` before i) in nats, for each i of `target` and at every sequence of the law.

    Args:
        law: probabilities of all sequences, one axis a symbol, in the order of time.
        target: axes of the sequence that is foretold.
        seen: axes of what else is seen.

    Returns:
        One array of the shape of `law` for each target; -inf, or NaN where its condition has probability 0, only at sequences of probability 0.

    Raises:
        Problem: probabilities that are negative or do not sum to 1, or an axis that is not there.

    >>> copied = np.array([[0.5, 0.0], [0.0, 0.5]])  # axis 0 is tossed, axis 1 repeats it
    >>> np.exp(log_conditionals(copied, target=[1], seen=[])[0, 0]), np.exp(log_conditionals(copied, target=[1], seen=[0])[0, 0])
    (array([0.5, 0.5]), array([1., 0.]))
    """
    axes, law = range(np.ndim(law)), np.asarray(law, float)
    if not (law >= 0).all() or abs(law.sum() - 1) > 1e-4:
        raise Problem(f"law: expected probabilities that sum to 1, got a sum of {law.sum():g} and a smallest of {law.min():g}. Normalise it.")
    if not {*target, *seen} <= set(axes):
        raise Problem(f"target, seen: expected axes of the law, 0 to {law.ndim - 1}, got {[*target]} and {[*seen]}.")
    found = []
    for i in sorted(target):
        known = {axis for axis in (*target, *seen) if axis < i}
        before = law.sum(axis=tuple(axis for axis in axes if axis not in known), keepdims=True)
        both = law.sum(axis=tuple(axis for axis in axes if axis not in known and axis != i), keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(np.broadcast_to(np.log(both) - np.log(before), law.shape))
    return np.array(found)


def mean_over(law: Law, values: Float[np.ndarray, "k ..."]) -> Float[np.ndarray, " k"]:
    """The mean under the law of each of several quantities; what has probability 0 does not count, be it infinite."""
    law = np.asarray(law, float)
    return np.where(law > 0, law * np.where(law > 0, values, 0.0), 0.0).reshape(len(values), -1).sum(axis=1)


def directed_information(law: Law, source: Sequence[int], target: Sequence[int]) -> Float[np.ndarray, " targets"]:
    """I(source → target) = Σ_i I(source before i; target_i | target before i): its terms in nats, each at least 0, exact.

    Zero where the target has all it has of the source from its own past: the source then does not cause it in Granger's sense. Both directions together are
    the mutual information of the two sequences, if every axis is in one of them (Massey & Massey 2005). Arguments, and what they raise, as in
    `log_conditionals`.

    >>> copied = np.array([[0.5, 0.0], [0.0, 0.5]])
    >>> directed_information(copied, [0], [1]).round(4), directed_information(copied, [1], [0]).round(4)
    (array([0.6931]), array([0.]))
    """
    with np.errstate(invalid="ignore"):
        return mean_over(law, log_conditionals(law, target, source) - log_conditionals(law, target, ()))


def information_flow(given: Float[np.ndarray, "targets ..."], alone: Float[np.ndarray, "targets ..."]) -> Float[np.ndarray, "targets ..."]:
    """The running information density Σ_{s ≤ i} log p(target_s | both pasts) - log p(target_s | its own past), in nats, from a model's log-probabilities.

    Its mean over sequences is an estimate of the directed information up to i, too high by how far `alone` is from the truth and too low by how far `given` is
    (both as relative entropies). With the true log-probabilities it is a submartingale: after any past, the next term has a mean of at least 0.

    >>> information_flow(np.log([0.9, 0.5]), np.log([0.5, 0.5])).round(4)
    array([0.5878, 0.5878])
    """
    return np.cumsum(np.asarray(given, float) - np.asarray(alone, float), axis=0)


def expected_terms(law: Law, terms: Float[np.ndarray, "targets ..."], target: Sequence[int], seen: Sequence[int]) -> Float[np.ndarray, "targets ..."]:
    """The mean of each term under the law, given all symbols before its target, at every sequence: what a submartingale needs to be at least 0.

    `terms` are those of `information_flow`: term i may depend on the symbols up to target i alone. Other arguments as in `log_conditionals`; `target` and
    `seen` are all axes up to the last target.

    >>> copied = np.array([[0.5, 0.0], [0.0, 0.5]])
    >>> expected_terms(copied, np.array([[[1.0, 3.0], [3.0, 1.0]]]), target=[1], seen=[0])[0].tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    chances = np.exp(log_conditionals(law, target, seen))
    means = [np.sum(p * term, axis=i, keepdims=True) for i, p, term in zip(sorted(target), chances, terms, strict=True)]
    return np.array([np.broadcast_to(mean, np.shape(law)) for mean in means])
