"""A bound for a shifted distribution from robustness: how little the loss changes within the cells of a partition, which for a linear model sharpness tells."""

import math

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, fitting, number, whole
from unseen.bounds.bound import Bound, check

ROBUST = "within a cell the loss on the target is at most `robustness` above that of every example"
DRAWN = "the target's cells are independent draws, of which the partition was made without a look at them"


def robust_shift_bound(
    losses: Float[np.ndarray, " n"],
    cells: Int[np.ndarray, " n"],
    target_cells: Int[np.ndarray, " m"],
    count: int,
    robustness: float,
    *,
    delta: float = 0.05,
    trivial: float = 1.0,
) -> Bound:
    """L_T ≤ mean loss + ε + M (TV(p̂, q̂) + √((K ln 2 + ln(1/δ))/(2m))): the target's expected loss, seen through K cells.

    p̂ are the shares of the n examples in the cells and q̂ those of m unlabelled draws from the target, TV half the sum of their absolute differences, ε the
    robustness: how far the loss of a point of the target can lie above that of an example in its cell. Because L_T is at most Σ_k q_k (mean loss in cell
    k + ε), or M where there is no example; replacing q by p̂ costs M TV(q, p̂); and TV(q, q̂) is as said with probability 1 - δ (Bretagnolle, Huber & Carol).
    The examples need not be random. A point that moves within its cell changes no TV; one cell for each point gives the usual distance of distributions.
    After Zou et al. (2024), theorem 3.1, there with 2ε and a term for the sample of the source; the constants are derived here.

    Args:
        losses: of the n labelled examples, in [0, trivial].
        cells: the cell of each, in 0..count - 1.
        target_cells: those of the m draws.
        count: K.
        robustness: ε, at least 0, in the unit of the loss.
        delta: the chance in (0, 1) that the bound fails.
        trivial: M, the largest possible loss.

    Raises:
        Problem: a loss, a cell or a robustness out of range, or no draws.

    >>> robust_shift_bound(np.array([0.1, 0.1]), np.array([0, 1]), np.tile([0, 1], 50_000), 2, 0.05).value < 0.16
    True
    """
    whole(count=count)
    number(robustness=robustness, trivial=trivial)
    losses, cells, target_cells = np.asarray(losses), np.asarray(cells), np.asarray(target_cells)
    if len(losses) != len(cells) or not len(losses):
        raise Problem(f"losses, cells: expected one each for at least one example, got {len(losses)} and {len(cells)}.")
    if not ((losses >= 0) & (losses <= trivial)).all():
        raise Problem(f"losses: expected numbers from 0 to {trivial:g}, got some outside. Clip the loss at the largest that counts.")
    for name, given in (("cells", cells), ("target_cells", target_cells)):
        if not ((given >= 0) & (given < count)).all():
            raise Problem(f"{name}: expected whole numbers from 0 to {count - 1}, got some outside. Points beyond the partition need a cell of their own.")
    if not robustness >= 0:
        raise Problem(f"robustness: expected a change of the loss of at least 0, got {robustness!r}.")
    empirical = float(losses.mean())
    check(len(target_cells), delta, empirical, trivial=trivial)
    shares = [np.bincount(given, minlength=count) / len(given) for given in (cells, target_cells)]
    distance = 0.5 * float(np.abs(shares[0] - shares[1]).sum())
    confidence = math.sqrt((count * math.log(2) + math.log(1 / delta)) / (2 * len(target_cells)))
    value = empirical + robustness + trivial * min(1.0, distance + confidence)
    terms = {"robustness": robustness, "distance": distance, "confidence": confidence, "cells": count}
    return Bound(value, empirical, delta, {ROBUST: None, DRAWN: None}, trivial, terms)


def relative_sharpness(weight: Float[np.ndarray, " d"], x: Float[np.ndarray, "n d"]) -> float:
    """‖w‖² tr ∇²_w (1/n) Σ (w·x_i − y_i)² = ‖w‖² (2/n) Σ ‖x_i‖²: unchanged when w shrinks as the inputs grow. Petzka et al. (2021), for one output.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> relative_sharpness(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    10.0
    """
    fitting(weight=(weight, "d"), x=(x, "n d"))
    return float(weight @ weight * 2 * np.mean(np.sum(np.square(x), axis=1)))


def robustness_of_sharpness(sharpness: float, x: Float[np.ndarray, "n d"], diameter: float, *, slope: float, worst: float) -> float:
    """ε = 2 √worst c + c², c = (√(sharpness/h) + slope) · diameter, h = (2/n) Σ ‖x_i‖²: how far the squared loss of a linear model rises within a cell.

    Moving x by at most `diameter` moves w·x by ‖w‖ · diameter at most, where ‖w‖² = sharpness/h, and the label by slope · diameter: the residual, √worst at
    most at the examples, by c. So for a linear model sharpness is robustness. The loss may be clipped.

    Args:
        sharpness: `relative_sharpness` of the model on x.
        x: the examples.
        diameter: the largest distance of two points of a cell.
        slope: how much faster than x the label can change (its Lipschitz constant).
        worst: the largest loss of an example.

    Raises:
        Problem: a number below 0.

    >>> round(robustness_of_sharpness(8.0, np.array([[1.0, 1.0]]), 0.1, slope=0.0, worst=0.25), 4)
    0.1614
    """
    number(sharpness=sharpness, diameter=diameter, slope=slope, worst=worst)
    fitting(x=(x, "n d"))
    for name, given in {"sharpness": sharpness, "diameter": diameter, "slope": slope, "worst": worst}.items():
        if not given >= 0:
            raise Problem(f"{name}: expected a number of at least 0, got {given!r}.")
    change = (math.sqrt(sharpness / (2 * np.mean(np.sum(np.square(x), axis=1)))) + slope) * diameter
    return 2 * math.sqrt(worst) * change + change**2
