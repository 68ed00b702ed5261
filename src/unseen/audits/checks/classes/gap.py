"""How much worse unseen examples are than those that were trained on."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import BOTH, Reading
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval, student_interval


def newcombe(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    """Interval of a difference of two rates, each given as (successes, n): Newcombe's hybrid of Wilson's intervals.

    >>> [round(float(limit), 4) for limit in newcombe((56, 70), (48, 80))]
    [0.0524, 0.3339]

    Source: Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 1998, method 10.
    """
    rates = [successes / n for successes, n in (first, second)]
    (l1, u1), (l2, u2) = (binomial_interval(*counts, method="wilson") for counts in (first, second))
    difference = rates[0] - rates[1]
    return float(difference - np.hypot(rates[0] - l1, u2 - rates[1])), float(difference + np.hypot(u1 - rates[0], rates[1] - l2))


def read(subject: Classifier) -> Iterator[Reading]:
    """Accuracy on training examples minus that on unseen ones, and the same of the loss."""
    train, test = subject.needed("train", subject.train), subject.test
    counts = [(int(part.right.sum()), len(part)) for part in (train, test)]
    low, high = newcombe(*counts)
    gap = counts[0][0] / counts[0][1] - counts[1][0] / counts[1][1]
    known, unseen = (successes / n for successes, n in counts)
    word = "larger than chance explains" if low > 0 else "no more than chance explains"
    yield Reading(
        "gap in accuracy, train minus unseen",
        gap,
        f"{known:.1%} of what it was trained on is right and {unseen:.1%} of what it was not: a gap {word}.",
        applies=BOTH,
        level="attention" if low > 0.02 else "fine" if high < 0.05 else "fact",
        interval=(low, high),
        better="lower",
        range=(-1, 1),
    )
    if subject.graded and min(len(train), len(test)) > 1:
        found = student_interval(test.losses, train.losses)
        limits = (float(found.low), float(found.high))
        yield Reading(
            "gap in loss, unseen minus train",
            float(found.value),
            (
                f"The loss (minus the logarithm of the probability of the right class) is {test.losses.mean():.3g} on unseen examples and "
                f"{train.losses.mean():.3g} on known ones."
            ),
            applies=BOTH,
            level="attention" if limits[0] > 0.1 else "fact",
            interval=limits,
            better="lower",
            range=(-36, 36),
            unit="nats",
        )
