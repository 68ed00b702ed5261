"""Whether one quantity rises or falls with another."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from unseen._problem import Problem
from unseen.evidence.finding import Finding, Outcome, as_array, choice, left_out, show, span, too_few, untested
from unseen.stats import correlation_interval, rank_correlation


@dataclass(frozen=True)
class Trend:
    """Does y rise with x (`direction` +1) or fall (-1)? Spearman's rank correlation with a permutation test.

    Supported: one-sided p ≤ 0.05 in the claimed direction, and a correlation of at least `minimal` that way. Contradicted: the upper limit of the
    correlation (Bonett and Wright) the claimed way lies below `minimal`, and for `minimal` = 0 also p ≤ 0.05 the other way. `groups` (one label per
    point: data set, seed, depth) ranks and permutes within groups, so that differences between groups count neither for nor against. Points must be
    exchangeable within a group when there is no trend: one per run, not the steps of one run. Needs 4 points for p ≤ 0.05.

    >>> Trend(x=range(6), y=[1, 3, 2, 5, 8, 9]).judge().verdict
    'supported'
    """

    x: ArrayLike
    y: ArrayLike
    minimal: float = 0.0
    direction: Literal[1, -1] = 1
    groups: ArrayLike | None = None
    confidence: float = 0.95

    def judge(self) -> Finding:
        """The finding; effect: the rank correlation in [-1, 1]."""
        choice("direction", self.direction, (1, -1))
        if not 0 <= self.minimal < 1:
            raise Problem(f"minimal: expected a correlation in [0, 1), got {self.minimal!r}. The sign goes into direction.")
        x, y = as_array("x", self.x, 1), as_array("y", self.y, 1)
        groups = np.zeros(len(x), int) if self.groups is None else np.asarray(self.groups)
        if not x.shape == y.shape == groups.shape:
            raise Problem(f"x, y, groups: expected equal lengths, got shapes {x.shape}, {y.shape}, {groups.shape}.")
        finished = ~(np.isnan(x) | np.isnan(y))
        if reason := too_few(finished, "trend", unit="points"):
            return untested(reason, int(finished.sum()))
        x, y, groups = x[finished], y[finished], groups[finished]
        rho, p_greater, p_less = rank_correlation(x, y, groups, rng=np.random.default_rng(0))
        if np.isnan(rho):
            return Finding("inconclusive", rho, (-1.0, 1.0), len(x), "One of the two does not vary at all, so no trend can be seen.")
        low, high = correlation_interval(rho, len(x) - len(np.unique(groups)) + 1, confidence=self.confidence)
        for_it, against = (p_greater, p_less) if self.direction == 1 else (p_less, p_greater)
        bound, alpha = high if self.direction == 1 else -low, 1 - self.confidence
        outcome: Outcome = "inconclusive"
        if for_it <= alpha and self.direction * rho >= self.minimal:
            outcome = "supported"
        elif bound < self.minimal and (self.minimal > 0 or against <= alpha):
            outcome = "contradicted"
        way = "rise" if self.direction == 1 else "fall"
        needs = f"a {way}" + (f" of at least {show(self.minimal)}" if self.minimal else "")
        means = {"supported": f"{needs}, as claimed", "contradicted": f"not {needs}", "inconclusive": f"{needs} is neither shown nor excluded"}[outcome]
        sentence = f"The rank correlation is {show(rho, sign=True)} ({span(low, high, self.confidence)}; p = {for_it:.2g}, {len(x)} points): {means}."
        details = {"p": for_it, "p_opposite": against, "groups": len(np.unique(groups))}
        return Finding(outcome, rho, (low, high), len(x), sentence + left_out(finished), details)
