"""Does a measure rank models as their generalization does? Kendall's rank correlation overall, and along one hyperparameter at a time."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from unseen._types import Problem

Settings = Mapping[str, ArrayLike]
"""For each hyperparameter its value in every model."""


def labels(columns: Settings, n: int) -> Int[np.ndarray, " n"]:
    """One whole number for each of n rows, equal where all columns are equal; 0 everywhere where there are none."""
    found = np.zeros(n, int)
    for name, column in columns.items():
        values = np.asarray(column)
        if values.shape != (n,):
            raise Problem(f"{name}: expected one value for each of {n} models, got an array of shape {values.shape}.")
        found = np.unique(np.stack([found, np.unique(values, return_inverse=True)[1]]), axis=1, return_inverse=True)[1].reshape(n)
    return found


def compared(measure: ArrayLike, gap: ArrayLike, repeats: ArrayLike | None = None) -> tuple[Float[np.ndarray, "n n"], Bool[np.ndarray, "n n"]]:
    """(sign(μ_i − μ_j) sign(g_i − g_j), which pairs i ≠ j may be compared): those of one label in `repeats`, whose numbers are finite.

    Raises:
        Problem: arrays that are not one number for each model.
    """
    mu, g = np.asarray(measure, float), np.asarray(gap, float)
    if mu.shape != g.shape or mu.ndim != 1:
        raise Problem(f"measure, gap: expected one number for each model, got shapes {mu.shape} and {g.shape}.")
    fine, group = np.isfinite(mu) & np.isfinite(g), labels({} if repeats is None else {"repeats": repeats}, len(mu))
    pairs = fine[:, None] & fine & (group[:, None] == group) & ~np.eye(len(mu), dtype=bool)
    mu, g = np.where(fine, mu, 0.0), np.where(fine, g, 0.0)
    return np.sign(mu[:, None] - mu) * np.sign(g[:, None] - g), pairs


def kendall(measure: ArrayLike, gap: ArrayLike, repeats: ArrayLike | None = None) -> float:
    """Kendall's τ = mean of sign(μ_i − μ_j) sign(g_i − g_j) over pairs of models, in [-1, 1]: 1 where a larger measure always means a larger gap.

    Ties count 0 (τ_a). NaN where there is nothing to compare. Source: Jiang et al. (2020), "Fantastic Generalization Measures and Where to Find Them".

    Args:
        measure: μ of each model.
        gap: its generalization gap.
        repeats: a label of each model (its seed, its data set); only models of one label are compared; None: all.

    Raises:
        Problem: arrays that are not one number for each model.

    >>> kendall([1.0, 2.0, 3.0], [0.1, 0.3, 0.2])
    0.3333333333333333
    """
    signs, pairs = compared(measure, gap, repeats)
    return float(signs[pairs].mean()) if pairs.any() else float("nan")


def granulated(measure: ArrayLike, gap: ArrayLike, settings: Settings, repeats: ArrayLike | None = None) -> dict[str, float]:
    """The granulated coefficients ψ: for each hyperparameter Kendall's τ over models that differ in nothing else, averaged over the values of the others.

    A measure that follows one hyperparameter alone, to which the gap owes its order, has a high τ, and ψ = 0 along all others; the mean of ψ over
    hyperparameters is the paper's Ψ. A group that has one model left (others did not finish) does not count; NaN where no group has two.
    Source: as `kendall`.

    Args:
        measure: μ of each model.
        gap: its generalization gap.
        settings: for each hyperparameter its value in every model.
        repeats: as for `kendall`.

    Raises:
        Problem: arrays of other lengths, or two models of the same settings and label.

    >>> granulated([1, 2, 3, 4], [0.1, 0.2, 0.4, 0.3], {"width": [8, 8, 16, 16], "depth": [1, 2, 1, 2]})
    {'width': 1.0, 'depth': 0.0}
    """
    signs, pairs = compared(measure, gap, repeats)
    n = len(signs)
    same = {name: labels({name: values}, n) for name, values in settings.items()}
    everything = labels(same, n)
    if (pairs & (everything[:, None] == everything)).any():
        raise Problem("settings: expected models that differ in some hyperparameter, got two that do not. Name their seeds in `repeats`.")
    found = {}
    for name in settings:
        others = labels({other: values for other, values in same.items() if other != name}, n)
        members = pairs & (others[:, None] == others)
        partners = members.sum(axis=1)
        rows = partners > 0  # a group of k models has k rows, each with k - 1 partners
        each = (signs * members).sum(axis=1)[rows] / partners[rows]
        weight = 1 / (partners[rows] + 1)
        found[name] = float((each * weight).sum() / weight.sum()) if rows.any() else float("nan")
    return found
