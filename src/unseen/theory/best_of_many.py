"""The best of many candidates on one finite test set: what is reported of it, how good it is, and how often it looks better than it can be."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from unseen._problem import Problem, number, whole

Grid = tuple[int, ...]


class Search(NamedTuple):
    """A simulated search, by how many candidates were tried.

    Attributes:
        correct: test examples that the best candidate so far got right.
        true: its true accuracy.
        fresh: its accuracy on another test set of the same size.
    """

    correct: Int[np.ndarray, "r candidates"]
    true: Float[np.ndarray, "r candidates"]
    fresh: Float[np.ndarray, "r candidates"]


def _correct(n: int, accuracy: float, spread: float) -> Any:
    """Distribution of how many of n examples a candidate gets right: binomial, or beta-binomial where true accuracies have a spread."""
    whole(n=n)
    number(accuracy=accuracy, spread=spread)
    if not 1 <= n < np.inf or not 0 < accuracy < 1 or not 0 <= spread**2 < accuracy * (1 - accuracy):
        raise Problem(f"n, accuracy, spread: expected n ≥ 1, accuracy in (0, 1), 0 ≤ spread² < accuracy (1 - accuracy), got {n!r}, {accuracy!r}, {spread!r}.")
    return stats.betabinom(n, *_beta(accuracy, spread)) if spread else stats.binom(n, accuracy)


def _beta(accuracy: float, spread: float) -> tuple[float, float]:
    strength = accuracy * (1 - accuracy) / spread**2 - 1
    return accuracy * strength, (1 - accuracy) * strength


def _counted(candidates: int) -> int:
    whole(candidates=candidates)
    if not candidates >= 1:
        raise Problem(f"candidates: expected at least 1, got {candidates!r}.")
    return candidates


def expected_best(n: int, accuracy: float, candidates: int, spread: float = 0.0) -> tuple[float, float]:
    """(reported, true) accuracy of the best of N candidates on n test examples, in expectation, exactly.

    The number right of the best has the distribution function F^N, F that of one candidate, so that reported = 1 - Σ_{k<n} F(k)^N/n. True accuracies come
    from a beta distribution with this mean and standard deviation (`spread`; 0: all alike); of one that got k right it is (a + k)/(a + b + n) on average.
    Candidates err independently of each other. Where they err together, as trained networks do, less is gained by search.

    Raises:
        Problem: n or candidates below 1, an accuracy outside (0, 1), a spread that no distribution on [0, 1] has.

    >>> [round(one, 4) for one in expected_best(1, 0.5, 2)]  # one example, two coins
    [0.75, 0.5]
    >>> [round(one, 4) for one in expected_best(500, 0.8, 100, spread=0.02)]
    [0.8632, 0.8352]
    """
    below = np.minimum(np.cumsum(_correct(n, accuracy, spread).pmf(np.arange(n + 1))), 1) ** _counted(candidates)  # SciPy's own cdf sums anew for each k
    reported = float(1 - below[:-1].sum() / n)
    if not spread:
        return reported, accuracy
    a, b = _beta(accuracy, spread)
    return reported, (a + n * reported) / (a + b + n)


def chance_of_significance(n: int, accuracy: float, candidates: int, level: float = 0.05) -> float:
    """1 - (1 - α)^N: some of N candidates of that true accuracy seems to be better than it at `level`, by the exact one-sided binomial test, of size α.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> round(chance_of_significance(500, 0.8, 1), 3), round(chance_of_significance(500, 0.8, 100), 3)
    (0.039, 0.982)
    """
    return float(1 - _correct(n, accuracy, 0.0).cdf(significant(n, accuracy, level) - 1) ** _counted(candidates))


def significant(n: int, accuracy: float, level: float = 0.05) -> int:
    """The least number right of n at which the exact one-sided binomial test rejects that accuracy at `level`; n + 1 where none does.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> significant(5, 0.5)
    5
    """
    number(level=level)
    if not 0 < level < 1:
        raise Problem(f"level: expected a number in (0, 1), got {level!r}.")
    return int(np.argmax(np.append(_correct(n, accuracy, 0.0).sf(np.arange(n + 1) - 1), 0.0) <= level))


def simulate_search(rng: np.random.Generator, n: int, accuracy: float, candidates: Grid, *, spread: float = 0.0, repetitions: int = 1) -> Search:
    """Candidates tried one after the other on one test set; at each number in `candidates` the best so far, ties to the first, and a fresh test set for it.

    Raises:
        Problem: as `expected_best`.

    >>> found = simulate_search(np.random.default_rng(0), 500, 0.8, (1, 100), repetitions=200)
    >>> (found.correct.mean(axis=0) / 500).round(3).tolist(), found.fresh.mean(axis=0).round(3).tolist()
    ([0.798, 0.843], [0.8, 0.801])
    """
    whole(repetitions=repetitions)
    _correct(n, accuracy, spread)
    if not len(candidates) or repetitions < 1:
        raise Problem(f"candidates, repetitions: expected at least one of each, got {candidates!r} and {repetitions!r}.")
    size = (repetitions, max(_counted(one) for one in candidates))
    true = rng.beta(*_beta(accuracy, spread), size) if spread else np.full(size, accuracy)
    right = rng.binomial(n, true)
    best = np.stack([right[:, :count].argmax(axis=1) for count in candidates], axis=1)
    chosen = np.take_along_axis(true, best, axis=1)
    return Search(np.take_along_axis(right, best, axis=1), chosen, rng.binomial(n, chosen) / n)
