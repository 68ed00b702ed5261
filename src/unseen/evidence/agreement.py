"""A prediction against simulation, with a rival that must fail."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from unseen._problem import Problem
from unseen.evidence.finding import Finding, Outcome, as_array, left_out, too_few, untested
from unseen.stats import finite_rows, student_interval


@dataclass(frozen=True)
class Agreement:
    """A prediction against simulation, at several points, with a rival prediction that must fail.

    At each point the mean over repetitions has a Student interval, made simultaneous over the P points (Bonferroni: level 1 - 0.05 / P). The largest
    distance between simulation and prediction then has the interval [max of the lower, max of the upper bounds].

    - `tolerance` > 0 (absolute; one number or one per point): supported when every interval lies within ±tolerance of the prediction (an equivalence
      test: a prediction that is wrong by the tolerance or more is supported at most 2.5 % of the time) and the rival is refuted. Contradicted when
      some interval lies wholly outside.
    - `tolerance` = 0: supported when every interval contains the prediction and the rival is refuted. That proves no equality: it says that a
      simulation sharp enough to refute the rival shows no deviation. Contradicted when some interval excludes the prediction (at most 5 % of the
      time for a true one).

    The rival is refuted when at some point the interval lies wholly farther than `tolerance` from it. If both survive: inconclusive.
    Assumes means that are about normal; repetitions with a number that is not finite count as diverged.

    >>> simulated = np.array([[1.0, 2.0], [1.1, 2.1], [0.9, 1.9], [1.0, 2.0]])
    >>> Agreement(simulated, predicted=[1.0, 2.0], rival=[5.0, 9.0]).judge().verdict
    'supported'
    """

    simulated: ArrayLike
    predicted: ArrayLike
    rival: ArrayLike
    tolerance: ArrayLike = 0.0
    confidence: float = 0.95

    def judge(self) -> Finding:
        """The finding; effect: the largest distance from the prediction (beyond the tolerance), in the unit of the data."""
        simulated, predicted, rival = as_array("simulated", self.simulated, 2), as_array("predicted", self.predicted, 1), as_array("rival", self.rival, 1)
        points = simulated.shape[1]
        if predicted.shape != (points,) or rival.shape != (points,) or not (np.isfinite(predicted).all() and np.isfinite(rival).all()):
            raise Problem(f"predicted, rival: expected {points} finite numbers each, one per column of simulated, got {self.predicted!r} and {self.rival!r}.")
        try:
            tolerance = np.broadcast_to(np.asarray(self.tolerance, float), (points,))
        except ValueError:
            raise Problem(f"tolerance: expected one number or {points}, got shape {np.shape(self.tolerance)}.") from None
        if not (tolerance >= 0).all():
            raise Problem(f"tolerance: expected numbers ≥ 0, got {self.tolerance!r}.")
        finished = finite_rows(simulated)
        if reason := too_few(finished, "simulation"):
            return untested(reason, int(finished.sum()))
        simulated = simulated[finished]
        mean, low, high = student_interval(simulated.T, confidence=1 - (1 - self.confidence) / points)
        rounding = 8 * _resolution(self.simulated) * np.maximum(np.abs(mean), np.abs(predicted))
        low, high = low - rounding, high + rounding
        nearest, farthest = _distance(low, high, predicted)
        rival_nearest, _ = _distance(low, high, rival)
        refuted, outside = bool((rival_nearest > tolerance).any()), nearest > tolerance
        within = np.where(tolerance > 0, farthest <= tolerance, nearest <= 0)
        outcome: Outcome = "contradicted" if outside.any() else "supported" if within.all() and refuted else "inconclusive"
        worst = int(np.argmax(np.abs(mean - predicted) - tolerance))
        sentence = self._sentence(outcome, refuted, int(within.sum()), points, len(simulated)) + left_out(finished)
        interval = (float(nearest.max()), float(farthest.max()))
        details = {"points": points, "points_within": int(within.sum()), "points_outside": int(outside.sum()), "worst_point": worst, "rival_refuted": refuted}
        return Finding(outcome, float(np.abs(mean - predicted)[worst]), interval, len(simulated), sentence, details)

    def _sentence(self, outcome: Outcome, refuted: bool, within: int, points: int, n: int) -> str:
        if outcome == "contradicted":
            told = "and lies outside the Monte-Carlo error at some of the others"
        elif not refuted:
            told = "but the rival prediction is not refuted either: the simulation cannot tell them apart"
        else:
            told = "and the rival prediction is refuted" + ("" if outcome == "supported" else "; the other points need more repetitions")
        return f"The prediction holds at {within} of {points} points over {n} repetitions, {told}."


def _distance(low: np.ndarray, high: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest and farthest distance from the target to the interval."""
    nearest = np.maximum(0.0, np.maximum(low - target, target - high))
    return nearest, np.maximum(np.abs(low - target), np.abs(high - target))


def _resolution(array: Any) -> float:
    dtype = getattr(array, "dtype", None)
    return float(np.finfo(np.float32 if dtype == np.float32 else np.float64).eps)
