"""How much worse it is on unseen examples than on those that it was trained on."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import BOTH, Reading, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import student_interval


def read(subject: Regressor) -> Iterator[Reading]:
    """Mean squared error on unseen examples minus that on training ones, as a share of the variance of unseen labels; Welch's interval."""
    train, test = subject.needed("train", subject.train), subject.test
    variance = float(test.y.var())
    if min(len(train), len(test)) < 2 or not variance > 0:
        raise SkipError("there are too few examples, or all unseen labels are alike.")
    found = student_interval(test.squares / variance, train.squares / variance)
    low, high = float(found.low), float(found.high)
    yield Reading(
        "gap in squared error, unseen minus train, over the variance of labels",
        float(found.value),
        (
            f"The root of its mean squared error is {np.sqrt(train.squares.mean()):.3g} on training examples and {subject.overall:.3g} on unseen ones: "
            f"a gap {'larger than chance explains' if low > 0 else 'no more than chance explains'}."
        ),
        applies=BOTH,
        level="attention" if low > 0.02 else "fine" if high < 0.05 else "fact",
        interval=(low, high),
        better="lower",
        range=(-float("inf"), float("inf")),
    )
