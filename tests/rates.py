"""How often simulated claims of a kind may be supported, and bounds be violated."""

import numpy as np
from scipy import stats as scipy_stats

from unseen.stats import binomial_interval

CLAIMS = {3: 1000, 5: 250, 10: 250}  # the runtime checks of shapes cost more than the statistics
FEWER = 250  # where the interval that decides is tested for 1,000 in test_stats.py
SEEDS = (3, 5, 10)


def most(rate, claims):
    """The share of claims that a true rate exceeds once in 1,000."""
    return scipy_stats.binom.ppf(0.999, claims, rate) / claims


def supported(evidences):
    return np.mean([evidence.judge().verdict == "supported" for evidence in evidences])


def covers(violated, draws, delta):
    """Whether so few violations exclude a rate above delta, by the upper end of a one-sided 95 % interval."""
    return binomial_interval(violated, draws, confidence=0.9)[1] <= delta


def caught(violated, draws, delta):
    """Whether so many violations exclude a rate of delta or less."""
    return binomial_interval(violated, draws, confidence=0.9)[0] > delta
