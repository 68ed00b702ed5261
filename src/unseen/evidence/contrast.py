"""A treatment against a control over seeds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from unseen._problem import Problem
from unseen.evidence.finding import Finding, Outcome, as_array, choice, show, span, too_few, untested
from unseen.stats import Center, center_interval


@dataclass(frozen=True)
class Contrast:
    r"""Treatment against control over seeds: is the effect greater than `minimal`?

    The effect is the centre of the treatment minus that of the control; with `statistic="ratio"` both are taken on the logarithm, so that it is a
    ratio of geometric means (or of medians), and `minimal` is a ratio. Supported: the interval lies above `minimal`. Contradicted: nothing of it does.
    The claim is always "greater": to claim less, exchange the arms. `minimal` = -0.02 claims "worse by no more than 0.02".
    `paired=True` compares seed by seed (the centre of the differences).

    Infinite values are censored: +inf is "never reached", at least `censored_at` (default: the largest number seen in either arm); -inf, or a zero in
    a ratio, is at most the smallest number seen. They enter at that value, and the side of the interval on which the truth may lie further out is
    infinite. So a treatment that never got there can support "takes longer", a control that never got there cannot.

    The interval is `stats.center_interval`: it keeps its level for normal, skewed and discrete data at 3 seeds and more, except for means of data
    skewed differently in the two arms: choose the median or the ratio for those.

    >>> Contrast(treatment=[0.91, 0.93, 0.92], control=[0.52, 0.50, 0.51], minimal=0.1).judge().verdict
    'supported'
    """

    treatment: ArrayLike
    control: ArrayLike
    minimal: float
    statistic: Literal["difference", "ratio"] = "difference"
    center: Center = "mean"
    paired: bool = False
    confidence: float = 0.95
    censored_at: float | None = None

    def judge(self) -> Finding:
        """The finding; effect: a difference in the unit of the data, or a ratio."""
        choice("statistic", self.statistic, ("difference", "ratio"))
        choice("center", self.center, ("mean", "median"))
        treatment, control = as_array("treatment", self.treatment, 1), as_array("control", self.control, 1)
        if self.paired and treatment.shape != control.shape:
            raise Problem(f"treatment, control: expected equally many seeds because paired=True, got {len(treatment)} and {len(control)}.")
        known_t, known_c = ~np.isnan(treatment), ~np.isnan(control)
        if self.paired:
            known_t = known_c = known_t & known_c
        for name, known in (("treatment", known_t), ("control", known_c)):
            if reason := too_few(known, name):
                return untested(reason, int(known.sum()))
        raw, (treatment, control, minimal, ceiling) = (treatment[known_t], control[known_c]), self._scaled(treatment[known_t], control[known_c])
        finite = np.concatenate([a[np.isfinite(a)] for a in (treatment, control)])
        if not finite.size:
            return Finding("inconclusive", float("nan"), (-np.inf, np.inf), len(treatment), "No seed of either arm ever reached it: nothing to compare.")
        ceiling = finite.max() if ceiling is None else ceiling
        if ceiling < finite.max():
            raise Problem(f"censored_at: expected at least the largest number seen, got {self.censored_at!r}. It is the budget after which a run is given up.")
        t, c = (np.clip(a, finite.min(), ceiling) for a in (treatment, control))
        arms = (t - c,) if self.paired else (t, c)
        effect, low, high = center_interval(*arms, center=self.center, confidence=self.confidence, rng=np.random.default_rng(0))
        low = -np.inf if (treatment == -np.inf).any() or (control == np.inf).any() else low
        high = np.inf if (treatment == np.inf).any() or (control == -np.inf).any() else high
        outcome: Outcome = "supported" if low > minimal else "contradicted" if high <= minimal else "inconclusive"
        missing = int((~known_t).sum() + (~known_c).sum())
        return self._finding(outcome, *(float(v) for v in (effect, low, high)), raw=raw, missing=missing)

    def _scaled(self, treatment: np.ndarray, control: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float | None]:
        if self.statistic == "difference":
            return treatment, control, self.minimal, self.censored_at
        if min(treatment.min(), control.min()) < 0 or self.minimal <= 0 or (self.censored_at is not None and self.censored_at <= 0):
            raise Problem('treatment, control, minimal, censored_at: expected positive numbers for a ratio, got others. Use statistic="difference".')
        with np.errstate(divide="ignore"):
            return np.log(treatment), np.log(control), float(np.log(self.minimal)), None if self.censored_at is None else float(np.log(self.censored_at))

    def _finding(self, outcome: Outcome, effect: float, low: float, high: float, *, raw: tuple[np.ndarray, np.ndarray], missing: int) -> Finding:
        ratio = self.statistic == "ratio"
        if ratio:
            effect, low, high = float(np.exp(effect)), float(np.exp(low)), float(np.exp(high))
        censored = int(sum(np.isinf(a).sum() for a in raw))
        what = f"The treatment is {show(effect)} times the control" if ratio else f"The treatment differs from the control by {show(effect, sign=True)}"
        kind = ("paired " if self.paired else "") + ("geometric mean" if ratio and self.center == "mean" else self.center)
        means = {
            "supported": f"more than the {show(self.minimal)} that the claim needs",
            "contradicted": f"not the more than {show(self.minimal)} that the claim needs",
            "inconclusive": f"the claim needs more than {show(self.minimal)}, and these seeds cannot tell",
        }[outcome]
        sentence = f"{what} ({span(low, high, self.confidence)}; {kind} of {len(raw[0])} and {len(raw[1])} seeds): {means}."
        sentence += (f" {censored} censored (never reached it)." if censored else "") + (f" {missing} diverged and are left out." if missing else "")
        details = {"seeds": [len(raw[0]), len(raw[1])], "diverged": missing, "censored": censored, "minimal": float(self.minimal)}
        return Finding(outcome, effect, (low, high), min(len(raw[0]), len(raw[1])), sentence, details)
