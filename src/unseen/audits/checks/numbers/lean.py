"""Whether its answers are too high or too low, and whether they lie too far apart."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from unseen.audits.reading import DRAWN, Reading, Row, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import Estimate, student_interval

PARTS = 10
FEWEST = 20


def slope(values: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> Estimate:
    """Least-squares slope b of labels on answers, with an interval that holds for errors of unequal size: 1 where answers mean what they say.

    b = cov(v, y)/var(v); Student's interval of the mean of b + (v_i − v̄)(y_i − ȳ − b(v_i − v̄))/var(v), as White's (1980) to first order.

    >>> found = slope(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 3.0, 5.0, 7.0]))
    >>> round(float(found.value), 6), round(float(found.high - found.low), 6)
    (2.0, 0.0)
    """
    apart, above = values - values.mean(), y - y.mean()
    b = (apart * above).mean() / np.square(apart).mean()
    return student_interval(b + apart * (above - b * apart) / np.square(apart).mean())


def read(subject: Regressor) -> Iterator[Reading]:
    """The mean error, and the slope of labels on answers, with the mean label by tenths of the answers."""
    test = subject.test
    if len(test) < FEWEST:
        raise SkipError(f"{len(test)} unseen examples are too few: {FEWEST} are needed.")
    found, spread = student_interval(test.errors), float(test.y.std())
    low, high = float(found.low), float(found.high)
    off = "too high" if low > 0 else "too low" if high < 0 else "neither too high nor too low, as far as can be told"
    much = not low <= 0 <= high and min(abs(low), abs(high)) > 0.02 * spread
    yield Reading(
        "mean error, answer minus label",
        float(found.value),
        f"On average its answers are {abs(float(found.value)):.3g} {'above' if found.value > 0 else 'below'} the labels: {off}.",
        applies=DRAWN + " It is a mean: parts of the examples may lean both ways.",
        level="attention" if much else "fine" if low <= 0 <= high else "fact",
        interval=(low, high),
        range=(-float("inf"), float("inf")),
        unit="units of the label",
    )
    if not np.ptp(test.values) > 0:
        raise SkipError("it gives all unseen examples the same answer.")
    found = slope(test.values, test.y)
    low, high = float(found.low), float(found.high)
    rows = []
    for part in np.array_split(np.argsort(test.values, kind="stable"), PARTS):
        mean, limits = float(test.values[part].mean()), student_interval(test.y[part])
        rows.append(Row(f"{mean:.3g}", float(test.y[part].mean()), (float(limits.low), float(limits.high)), len(part), mean))
    apart = "they lie too far apart, as after fitting noise" if high < 1 else "they lie too close together" if low > 1 else "they mean what they say"
    yield Reading(
        "slope of labels on its answers",
        float(found.value),
        f"Where its answers differ by 1, labels differ by {float(found.value):.3g} on average: {apart}.",
        applies=DRAWN + " One straight line through all answers: parts of them may differ.",
        level="attention" if high < 0.9 or low > 1.1 else "fine" if low <= 1 <= high else "fact",
        interval=(low, high),
        range=(-float("inf"), float("inf")),
        unit="labels per answer",
        rows=rows,
        drawn="levels",
    )
