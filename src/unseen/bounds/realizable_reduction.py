"""From learners for noiseless labels to learners for any labels: try all labellings of an unlabelled sample that the class allows, keep the best."""

import math
from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Bool, Float

from unseen._problem import Problem, fitting, number, whole

Predictor = Callable[[np.ndarray], np.ndarray]
Learner = Callable[[np.ndarray, np.ndarray], Predictor]


def interval_labellings(x: Float[np.ndarray, " m"]) -> list[Bool[np.ndarray, " m"]]:
    """All labellings of m different numbers by intervals, of which there are m (m + 1)/2 + 1.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> len(interval_labellings(np.arange(4.0)))
    11
    """
    fitting(x=(x, "m"))
    rank = np.argsort(np.argsort(x))
    return [np.zeros(len(x), bool), *((rank >= low) & (rank <= high) for low in range(len(x)) for high in range(low, len(x)))]


def threshold_labellings(x: Float[np.ndarray, " m"]) -> list[Bool[np.ndarray, " m"]]:
    """All labellings of m different numbers by thresholds, true from there on: m + 1.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> [one.tolist() for one in threshold_labellings(np.array([3.0, 1.0]))]
    [[True, True], [True, False], [False, False]]
    """
    fitting(x=(x, "m"))
    rank = np.argsort(np.argsort(x))
    return [rank >= low for low in range(len(x) + 1)]


def closure(x: Float[np.ndarray, " m"], y: Bool[np.ndarray, " m"]) -> Predictor:
    """The smallest interval that holds all true examples: consistent if any interval is, and spoiled by a single wrong label.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> closure(np.array([0.1, 0.4, 0.9]), np.array([False, True, False]))(np.array([0.4, 0.5])).tolist()
    [True, False]
    """
    fitting(x=(x, "m"), y=(y, "m"))
    low, high = (x[y].min(), x[y].max()) if y.any() else (math.inf, -math.inf)
    return lambda z: (z >= low) & (z <= high)


def first_true(x: Float[np.ndarray, " m"], y: Bool[np.ndarray, " m"]) -> Predictor:
    """The threshold at the smallest true example."""
    fitting(x=(x, "m"), y=(y, "m"))
    low = x[y].min() if y.any() else math.inf
    return lambda z: z >= low


def agnostic(learn: Learner, labellings: Iterable[np.ndarray], unlabelled: np.ndarray, x: np.ndarray, y: np.ndarray) -> Predictor:
    """The predictor of fewest errors on labelled examples among those that a realizable learner makes of all labellings of an unlabelled sample.

    Hopkins, Kane, Lovett & Mahajan, "Realizable Learning is All You Need" (2022): whatever the labels' distribution, its error rate is within ε of the best of
    the class, if the learner is within ε/2 of any member from that many unlabelled examples, and labelled ones tell all candidates apart (`excess_limit`).

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> x = np.linspace(0, 1, 11)
    >>> agnostic(first_true, threshold_labellings(x), x, x, x > 0.55)(np.array([0.5, 0.7])).tolist()
    [False, True]
    """
    if len(x) == 0 or len(x) != len(y):
        raise Problem(f"x, y: expected as many labels as examples, at least one, got {len(y)} and {len(x)}.")
    fitting(unlabelled=(unlabelled, "m"), x=(x, "n"), y=(y, "n"))
    candidates = [learn(unlabelled, np.asarray(labelling, bool)) for labelling in labellings]
    return candidates[int(np.argmin([np.mean(candidate(x) != y) for candidate in candidates]))]


def excess_limit(sides: int, unlabelled: int, candidates: int, labelled: int, delta: float = 0.05) -> float:
    """The sum s ln(2s/δ)/m + √(2 ln(4N/δ)/n): by how much `agnostic` can miss the best error rate of the class, with probability 1 - δ.

    The first term is that of `first_true` (s = 1) and `closure` (s = 2) from m examples without noise, with δ/2: each side is missed by more than ε/s with
    chance (1 - ε/s)^m. The second is Hoeffding's, twice, for N candidates on n labelled examples, with δ/2.

    >>> round(excess_limit(1, 1000, 1001, 10_000), 4)
    0.0512
    """
    whole(sides=sides, unlabelled=unlabelled, candidates=candidates, labelled=labelled)
    number(delta=delta)
    if not (sides >= 1 and unlabelled >= 1 and candidates >= 1 and labelled >= 1 and 0 < delta < 1):
        raise Problem(f"excess_limit: expected positive numbers and delta in (0, 1), got {(sides, unlabelled, candidates, labelled, delta)!r}.")
    return sides * math.log(2 * sides / delta) / unlabelled + math.sqrt(2 * math.log(4 * candidates / delta) / labelled)
