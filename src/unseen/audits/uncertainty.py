"""How sure numbers are that were read from examples, whatever they are."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

GROUPS = 20


def jackknife(statistic: Callable[[Int[np.ndarray, " m"]], float], n: int, groups: int = GROUPS) -> tuple[float, tuple[float, float]]:
    """(The statistic of all n examples, its 95 % interval), from its values without each of `groups` random groups of them: the delete-a-group jackknife.

    θ ± t_{G−1} √((G−1)/G Σ_g (θ_g − θ̄)²), with θ_g that without group g. For statistics that are smooth in the examples, which are independent.

    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> value, (low, high) = jackknife(lambda at: float(x[at].mean()), 2000)
    >>> bool(value == x.mean()), 0.06 < high - low < 0.13  # 2 · 1.96/√2000 = 0.088
    (True, True)

    Source: Shao & Tu, "The Jackknife and Bootstrap", Springer 1995.
    """
    from scipy.special import stdtrit

    value, parts = statistic(np.arange(n)), np.array_split(np.random.default_rng(0).permutation(n), min(groups, n))
    count = len(parts)
    if count < 2:
        return value, (float("-inf"), float("inf"))
    without = np.array([statistic(np.sort(np.concatenate([*parts[:g], *parts[g + 1 :]]))) for g in range(count)])
    half = float(stdtrit(count - 1, 0.975) * np.sqrt((count - 1) * without.var()))
    return value, (value - half, value + half)


def median_interval(values: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """95 % interval of a median, whatever the distribution: the order statistics that Binomial(n, ½) leaves 2.5 % outside of on each side.

    >>> median_interval(np.arange(1.0, 26.0))  # the 8th and the 18th of 25
    (8.0, 18.0)
    """
    from scipy.stats import binom

    n, ordered = len(values), np.sort(values)
    low = int(binom.ppf(0.025, n, 0.5))
    return (float(ordered[low - 1]), float(ordered[n - low])) if low > 0 else (float("-inf"), float("inf"))
