"""Where curves cross a level, against a predicted range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from unseen._problem import Problem
from unseen.evidence.finding import Finding, Outcome, as_array, choice, left_out, show, span, too_few, untested
from unseen.stats import Center, center_interval, crossing, rises


@dataclass(frozen=True)
class Threshold:
    """Where curves cross a level, against a predicted range `(lowest, highest)`; either end may be infinite.

    Each repetition's curve is made monotone (isotonic regression; `monotone=False` takes the first crossing of the raw curve) and interpolated; the mean
    (or median) of the crossings has the interval of `stats.center_interval`. Supported: the interval lies inside the prediction. Contradicted: they do
    not meet. Curves that never cross are censored at the end of x: that side of the interval is infinite. `rising` is whether curves cross upwards; None
    reads it off the mean curve. NaN points (after a run ended) are skipped; a curve with fewer than 2 points counts as diverged. Locations are in the
    unit of x: give log x for scales.

    >>> x = np.linspace(0, 2, 9)
    >>> Threshold(x, [np.tanh(x - 1 + e) for e in (0.0, 0.01, -0.01)], level=0.0, predicted=(0.9, 1.1)).judge().verdict
    'supported'
    """

    x: ArrayLike
    curves: ArrayLike
    level: float
    predicted: tuple[float, float]
    center: Center = "mean"
    rising: bool | None = None
    monotone: bool = True
    confidence: float = 0.95

    def judge(self) -> Finding:
        """The finding; effect: the location of the crossing, in the unit of x."""
        choice("center", self.center, ("mean", "median"))
        x, curves = as_array("x", self.x, 1), as_array("curves", self.curves, 2)
        if curves.shape[1:] != x.shape or len(x) < 2 or not (np.isfinite(x).all() and (np.diff(x) > 0).all()):
            raise Problem(f"x, curves: expected increasing x of length ≥ 2 and curves [repetitions, {len(x)}], got shapes {x.shape} and {curves.shape}.")
        lowest, highest = (float(end) for end in self.predicted)
        if not lowest < highest:
            raise Problem(f"predicted: expected (lowest, highest) with lowest < highest, got {self.predicted!r}.")
        there = np.isfinite(curves)
        finished = there.sum(axis=1) >= 2
        if reason := too_few(finished, "curve"):
            return untested(reason, int(finished.sum()))
        curves, there = curves[finished], there[finished]
        rising = self.rising
        if rising is None:
            seen = there.any(axis=0)
            rising = rises(np.nanmean(np.where(there, curves, np.nan)[:, seen], axis=0))
        if rising is None:
            return Finding("inconclusive", float("nan"), (-np.inf, np.inf), len(curves), "The curves neither rise nor fall, so they cross nothing.")
        places = np.array([crossing(x[at], curve[at], self.level, rising=rising, monotone=self.monotone) for curve, at in zip(curves, there, strict=True)])
        inside = np.where(np.isfinite(places[:, 0]), places[:, 0], places[:, 1])
        effect, low, high = center_interval(inside, center=self.center, confidence=self.confidence, rng=np.random.default_rng(0))
        low = -np.inf if np.isinf(places[:, 0]).any() else float(low)
        high = np.inf if np.isinf(places[:, 1]).any() else float(high)
        outcome: Outcome = "supported" if lowest <= low and high <= highest else "contradicted" if high < lowest or low > highest else "inconclusive"
        censored = int(np.isinf(places).any(axis=1).sum())
        means = {"supported": "inside", "contradicted": "outside", "inconclusive": "neither inside nor outside"}[outcome]
        sentence = f"The curves cross {show(self.level)} at {show(float(effect))} ({span(low, high, self.confidence)}; {len(curves)} repetitions): {means}"
        sentence += f" the predicted {show(lowest)} to {show(highest)}." + (f" {censored} do not cross within the range seen." if censored else "")
        return Finding(outcome, float(effect), (low, high), len(curves), sentence + left_out(finished), {"censored": censored, "rising": rising})
