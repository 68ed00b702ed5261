"""Learning online when losses may be as large as they like: streams of instances, targets that grow, and rules that remember."""

from bisect import bisect_left, insort
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, fitting, number, whole

Numbers = Float[np.ndarray, " t"]
Rule = Callable[[Numbers, Numbers], Numbers]
"""From instances and labels to predictions; that of a time depends on what came before it, and on its instance."""


def visits(rng: np.random.Generator, steps: int, novelty: str, values: int = 10) -> tuple[Numbers, Int[np.ndarray, " t"]]:
    """A stream of instances in [0, 1], and for each the time (from 1) at which it was met first.

    Novelty "finite": the first `values` times bring new instances, later ones repeat one of them at random. "doubling": new ones come at the times 1, 2, 4, 8 …
    only, so that 1 + ⌊log₂ t⌋ were met by time t, and still infinitely many in all. "fresh": every time.

    Raises:
        Problem: another word, or numbers below 1.

    >>> visits(np.random.default_rng(0), 5, "doubling")[1].tolist()[:2]
    [1, 2]
    """
    whole(steps=steps, values=values)
    if min(steps, values) < 1:
        raise Problem(f"steps, values: expected at least 1, got {steps!r} and {values!r}.")
    times = np.arange(1, steps + 1)
    news = {"finite": times <= values, "doubling": times & (times - 1) == 0, "fresh": times > 0}
    if novelty not in news:
        raise Problem(f"novelty: expected one of {', '.join(news)}, got {novelty!r}.")
    new = news[novelty]
    known = np.cumsum(new)  # instances met so far, this one too
    which = np.where(new, known - 1, (rng.random(steps) * known).astype(int))
    return rng.random(known[-1])[which], times[new][which]


def growing_targets(rng: np.random.Generator, x: Numbers, first: Int[np.ndarray, " t"]) -> Numbers:
    """A function of the instance, drawn at random: ± the time at which it comes first. Nobody who has not seen it has an expected loss below that time.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> np.abs(growing_targets(np.random.default_rng(0), np.array([0.5, 0.1, 0.5]), np.array([1, 2, 1]))).tolist()
    [1.0, 2.0, 1.0]
    """
    fitting(x=(x, "t"), first=(first, "t"))
    _, which = np.unique(x, return_inverse=True)
    return rng.choice([-1.0, 1.0], size=which.max() + 1)[which] * first


def unavoidable_loss(first: Int[np.ndarray, " t"], bound: float = np.inf) -> Numbers:
    """Running mean absolute loss of memorisation on every draw of `growing_targets`, Σ of the times of new instances so far/t: no rule has less in expectation.

    With losses cut off at `bound`, as bounded ones are, the times are too; then a rule may do better, by half at most.

    >>> unavoidable_loss(np.array([1, 2, 1, 4])).tolist()
    [1.0, 1.5, 1.0, 1.75]
    """
    number(bound=bound)
    times = np.arange(1, len(first) + 1)
    return np.cumsum(np.where(first == times, np.minimum(first, bound), 0.0)) / times


def running_loss(predictions: Numbers, y: Numbers, bound: float = np.inf) -> Numbers:
    """Mean absolute loss of each time and those before it, each cut off at `bound`.

    >>> running_loss(np.array([0.0, 0.0]), np.array([1.0, 5.0]), 2.0).tolist()
    [1.0, 1.5]
    """
    fitting(predictions=(predictions, "t"), y=(y, "t"))
    number(bound=bound)
    return np.cumsum(np.minimum(np.abs(predictions - y), bound)) / np.arange(1, len(y) + 1)


def memorize(x: Numbers, y: Numbers) -> Numbers:
    """The label that the instance had when it was last seen; 0 for a new one. Blanchard, Cosson & Hanneke (2022).

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> memorize(np.array([0.1, 0.2, 0.1, 0.1]), np.array([5.0, 7.0, 6.0, 6.0])).tolist()
    [0.0, 0.0, 5.0, 6.0]
    """
    fitting(x=(x, "t"), y=(y, "t"))
    return _remember(x, y, lambda past: past[-1])


def remember_median(x: Numbers, y: Numbers) -> Numbers:
    """The median of the instance's labels so far, which minimises its empirical risk for the absolute loss; 0 for a new one.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> remember_median(np.array([0.1, 0.1, 0.1, 0.1]), np.array([5.0, 7.0, 6.0, 0.0])).tolist()
    [0.0, 5.0, 6.0, 6.0]
    """
    fitting(x=(x, "t"), y=(y, "t"))
    return _remember(x, y, lambda past: (past[(len(past) - 1) // 2] + past[len(past) // 2]) / 2, order=True)


def nearest(x: Numbers, y: Numbers) -> Numbers:
    """The last label of the nearest instance seen so far; 0 at first.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> nearest(np.array([0.1, 0.2, 0.9, 0.8]), np.array([5.0, 7.0, 6.0, 6.0])).tolist()
    [0.0, 5.0, 7.0, 6.0]
    """
    fitting(x=(x, "t"), y=(y, "t"))
    seen: list[float] = []
    labels: dict[float, float] = {}
    found = np.zeros(len(x))
    for t, (instance, label) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        place = bisect_left(seen, instance)
        if seen:
            found[t] = labels[min(seen[max(place - 1, 0) : place + 1], key=lambda one: abs(one - instance))]
        if instance not in labels:
            insort(seen, instance)
        labels[instance] = label
    return found


def ridge(x: Numbers, y: Numbers, degree: int = 3, penalty: float = 1.0) -> Numbers:
    """Ridge regression on the powers of x up to `degree`, by all labels before.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> ridge(np.array([0.0, 0.0, 0.0]), np.array([2.0, 2.0, 2.0]), degree=0).round(3).tolist()
    [0.0, 1.0, 1.333]
    """
    whole(0, degree=degree)
    fitting(x=(x, "t"), y=(y, "t"), penalty=(penalty, ""))
    if not penalty > 0:
        raise Problem(f"penalty: expected a number above 0, got {penalty!r}.")
    features = x[:, None] ** np.arange(degree + 1)
    covariance, moment = np.eye(degree + 1) / penalty, np.zeros(degree + 1)
    found = np.zeros(len(x))
    for t, (row, label) in enumerate(zip(features, y, strict=True)):
        gain = covariance @ row
        found[t] = gain @ moment
        covariance -= np.outer(gain, gain) / (1 + row @ gain)
        moment += label * row
    return found


def _remember(x: Numbers, y: Numbers, answer: Callable[[list[float]], float], *, order: bool = False) -> Numbers:
    past: dict[float, list[float]] = {}
    found = np.zeros(len(x))
    for t, (instance, label) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        labels = past.setdefault(instance, [])
        found[t] = answer(labels) if labels else 0.0
        insort(labels, label) if order else labels.append(label)
    return found
