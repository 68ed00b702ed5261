"""On which inputs its answers rest."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.columns import RESTS, lost_by_column
from unseen.audits.columns import cost as cost
from unseen.audits.reading import Reading, Row, SkipError
from unseen.audits.subject import Regressor


def read(subject: Regressor) -> Iterator[Reading]:
    """By how much the squared error, over the variance of labels, grows when one column of the unseen inputs is shuffled among them."""
    variance = float(subject.test.y.var())
    if not variance > 0:
        raise SkipError("the unseen labels are all alike.")
    found = lost_by_column(subject, lambda values, some: float((np.square(values - some.y) - subject.test.squares[some.at]).mean() / variance))
    some, names, lost, mean = found.some, found.names, found.lost, found.mean
    base = float(subject.test.squares[some.at].mean()) / variance
    rows = [Row(names[i], base + mean[i], (base + lost[i].min(), base + lost[i].max()), len(some.at)) for i in found.order[:10]]
    yield Reading(
        "squared error gained when one input is shuffled, over the variance of labels",
        found.top,
        (
            f"Shuffling {names[found.order[0]]} among the unseen examples adds {found.top:.2g} variances of the labels to its mean squared error, more than "
            f"any other; {found.used} of {len(names)} inputs add more than 0.005." + found.warning(1 - base)
        ),
        applies=RESTS,
        level="attention" if found.alone(1 - base) else "fact",
        interval=found.interval,
        range=(-float("inf"), float("inf")),
        rows=rows,
        drawn="parts",
        axis="mean squared error over the variance of labels",
        line=base,
        worse="above",
    )
