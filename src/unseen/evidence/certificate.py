"""Whether a bound holds as often as it promises, and says anything."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from unseen._problem import Problem
from unseen.evidence.finding import Finding, Outcome, as_array, left_out, show, span, too_few, untested
from unseen.stats import binomial_interval


@dataclass(frozen=True)
class Certificate:
    """Does a bound hold with probability at least 1 - δ, and does it say anything?

    Over independent repetitions the rate of violations (truth > bound) has a Clopper–Pearson interval. Contradicted: it lies above δ. Supported: it lies
    within `noticed` × δ, so that a bound violated that often would have been caught (it passes at most 2.5 % of the time), and, with
    `require_nonvacuous`, at least one bound lies below `vacuous`. With no violation that takes n ≥ ln 0.025 / ln(1 - noticed δ) repetitions: 36 for
    δ = 0.05, 183 for δ = 0.01. An infinite bound is vacuous.

    >>> Certificate(bound=np.full(60, 0.3), truth=np.linspace(0.1, 0.2, 60), delta=0.05).judge().verdict
    'supported'
    """

    bound: ArrayLike
    truth: ArrayLike
    delta: float
    vacuous: float = 1.0
    require_nonvacuous: bool = True
    noticed: float = 2.0
    confidence: float = 0.95

    def judge(self) -> Finding:
        """The finding; effect: the rate of violations in [0, 1]."""
        bound, truth = as_array("bound", self.bound, 1), as_array("truth", self.truth, 1)
        if bound.shape != truth.shape:
            raise Problem(f"bound, truth: expected one each per repetition, got shapes {bound.shape} and {truth.shape}.")
        if not (self.delta > 0 and self.noticed > 1 and self.delta * self.noticed < 1):
            raise Problem(f"delta, noticed: expected 0 < δ, noticed > 1 and δ × noticed < 1, got {self.delta!r} and {self.noticed!r}.")
        finished = ~(np.isnan(bound) | np.isnan(truth))
        if reason := too_few(finished, "bound"):
            return untested(reason, int(finished.sum()))
        bound, truth = bound[finished], truth[finished]
        n, violations = len(bound), int((truth > bound).sum())
        low, high = binomial_interval(violations, n, confidence=self.confidence)
        telling = bound < self.vacuous
        needed = int(np.ceil(np.log((1 - self.confidence) / 2) / np.log1p(-self.noticed * self.delta)))
        outcome: Outcome = "inconclusive"
        if low > self.delta:
            outcome, means = "contradicted", f"more often than δ = {show(self.delta)} allows"
        elif high > self.noticed * self.delta:
            means = f"too few repetitions to notice a violation rate of {show(self.noticed * self.delta)} (at least {needed})"
        elif self.require_nonvacuous and not telling.any():
            means = "as promised, but it is always vacuous and so says nothing"
        else:
            outcome, means = "supported", f"as δ = {show(self.delta)} promises"
        finite = np.isfinite(bound)
        tightness = float((bound - truth)[finite].mean()) if finite.any() else float("inf")
        share = float(telling.mean())
        sentence = f"The bound is violated in {violations} of {n} repetitions ({span(low, high, self.confidence)}): {means}."
        sentence += f" It is non-vacuous in {share:.0%}, and {show(tightness)} above the truth on average."
        details = {"violations": violations, "nonvacuous": share, "tightness": tightness, "delta": float(self.delta), "needed": needed}
        return Finding(outcome, violations / n, (low, high), n, sentence + left_out(finished), details)
