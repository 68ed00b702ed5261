"""How often simulated claims of a kind may be supported."""

import numpy as np
from scipy import stats as scipy_stats

CLAIMS = {3: 1000, 5: 250, 10: 250}  # the runtime checks of shapes cost more than the statistics
FEWER = 250  # where the interval that decides is tested for 1,000 in test_stats.py
SEEDS = (3, 5, 10)


def most(rate, claims):
    """The share of claims that a true rate exceeds once in 1,000."""
    return scipy_stats.binom.ppf(0.999, claims, rate) / claims


def supported(evidences):
    return np.mean([evidence.judge().verdict == "supported" for evidence in evidences])
