"""Does a measure say anything about generalization that the hyperparameters do not say already? Mutual information of two orders, given hyperparameters."""

from itertools import combinations

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from unseen.measures.complexity.rank_agreement import Settings, compared, labels


def conditional_information(
    measure: ArrayLike, gap: ArrayLike, settings: Settings, repeats: ArrayLike | None = None, *, most: int = 2
) -> dict[tuple[str, ...], float]:
    """I(V_μ; V_g | U_S) / H(V_g | U_S) in [0, 1], for every set S of at most `most` hyperparameters; the paper's K is the smallest of them.

    Over ordered pairs of models, V_μ is the sign of the difference of the measure (0 for a tie), V_g that of the gap, U_S the values that the
    hyperparameters of S have in both. Pairs of equal gap are left out: they have no order to explain. The plug-in estimate: with few pairs for each U_S it
    lies above 0 where there is nothing, so compare with permuted gaps. NaN where the hyperparameters leave nothing open. Source: Jiang et al. (2020),
    "Fantastic Generalization Measures and Where to Find Them"; normalised as in the scoring program of the PGDL competition, which takes |S| = 2 alone.

    Args:
        measure: μ of each model.
        gap: its generalization gap.
        settings: for each hyperparameter its value in every model.
        repeats: a label of each model; only models of one label are compared; None: all.
        most: the largest number of hyperparameters in S.

    Raises:
        Problem: arrays that are not one number for each model.

    >>> conditional_information([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], {"width": [8, 8, 16, 16]})
    {(): 1.0, ('width',): 1.0}
    >>> conditional_information([8, 8, 16, 16], [0.1, 0.2, 0.3, 0.4], {"width": [8, 8, 16, 16]})[("width",)]
    0.0
    """
    mu, g = (np.asarray(values, float) for values in (measure, gap))
    first, second = np.nonzero(compared(mu, g, repeats)[1] & (g[:, None] != g))
    signs = 2 * (np.sign(mu[first] - mu[second]) + 1).astype(int) + (g[first] > g[second])
    found = {}
    for names in (names for size in range(most + 1) for names in combinations(settings, size)):
        place = labels({name: settings[name] for name in names}, len(mu))
        cases = place[first] * (place.max(initial=0) + 1) + place[second]
        counts = np.bincount(6 * cases + signs, minlength=6 * (cases.max(initial=0) + 1))
        found[names] = _share(counts.reshape(-1, 3, 2) / max(len(first), 1))
    return found


def _share(joint: Float[np.ndarray, "u 3 2"]) -> float:
    """I(V_μ; V_g | U) / H(V_g | U) from the joint probabilities: 1 − H(V_g | V_μ, U) / H(V_g | U)."""
    known, both = _entropy(joint.sum(axis=1)), _entropy(joint)
    return float(np.clip(1 - both / known, 0.0, 1.0)) if known > 0 else float("nan")


def _entropy(joint: Float[np.ndarray, "*given 2"]) -> float:
    """H of the last axis given all others."""
    given = np.broadcast_to(joint.sum(axis=-1, keepdims=True), joint.shape)
    there = joint > 0
    return float(-np.sum(joint[there] * np.log(joint[there] / given[there])))
