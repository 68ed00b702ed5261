"""Whether a table of its training examples does as well."""

from collections.abc import Iterator

import numpy as np

from unseen.audits import work
from unseen.audits.reading import DRAWN, NEARNESS, Reading, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import student_interval

NEIGHBOURS = 10
MOST = 20_000


def cost(subject: Regressor) -> float:
    """Seconds: distances to the training examples."""
    return work.neighbours(subject, MOST)


def read(subject: Regressor) -> Iterator[Reading]:
    """Mean squared error of the mean label of the `NEIGHBOURS` nearest training examples, minus the model's, over the variance of unseen labels; paired."""
    if subject.train is not None and len(subject.train) < 2 * NEIGHBOURS:
        raise SkipError(f"{len(subject.train)} training examples are too few: {2 * NEIGHBOURS} are needed.")
    test = subject.test
    variance = float(test.y.var())
    if not variance > 0:
        raise SkipError("the unseen labels are all alike.")
    plain = np.square(subject.neighbours(NEIGHBOURS, MOST)[1].mean(axis=1) - test.y)
    found = student_interval((plain - test.squares) / variance)
    behind = float(found.high) < 0
    yield Reading(
        "squared error of its nearest neighbours minus its own, over the variance of labels",
        float(found.value),
        (
            f"The mean label of the {NEIGHBOURS} nearest training examples is off by {np.sqrt(plain.mean()):.3g} (root mean square), the model by "
            f"{subject.overall:.3g}" + (": a table of its training examples does better." if behind else ".")
        ),
        applies=NEARNESS + DRAWN,
        level="attention" if behind else "fact",
        interval=(float(found.low), float(found.high)),
        better="higher",
        range=(-float("inf"), float("inf")),
    )
