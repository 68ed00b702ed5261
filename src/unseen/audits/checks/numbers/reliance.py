"""On which inputs its answers rest."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.columns import cost as cost
from unseen.audits.columns import lost_by_column
from unseen.audits.reading import Reading, Row, SkipError
from unseen.audits.subject import Regressor


def read(subject: Regressor) -> Iterator[Reading]:
    """By how much the squared error, over the variance of labels, grows when one column of the unseen inputs is shuffled among them."""
    variance = float(subject.test.y.var())
    if not variance > 0:
        raise SkipError("the unseen labels are all alike.")
    names, lost, some = lost_by_column(subject, lambda values, some: float((np.square(values - some.y) - subject.test.squares[some.at]).mean() / variance))
    base, mean = float(subject.test.squares[some.at].mean()) / variance, lost.mean(axis=1)
    order = np.argsort(-mean, kind="stable")
    top, noise = order[0], float(lost.std(axis=1, ddof=1).max())
    used = int((mean > 0.005).sum())
    alone = mean[top] > max(0.5 * (1 - base), 0.05) and mean[top] > 3 * mean[order[1]]
    rows = [Row(names[i], base + mean[i], (base + lost[i].min(), base + lost[i].max()), len(some.at)) for i in order[:10]]
    yield Reading(
        "squared error gained when one input is shuffled, over the variance of labels",
        float(mean[top]),
        (
            f"Shuffling {names[top]} among the unseen examples adds {mean[top]:.2g} variances of the labels to its mean squared error, more than any other; "
            f"{used} of {len(names)} inputs add more than 0.005."
            + (f" Nearly all rests on {names[top]}: make sure that it will be there, and mean the same, where the model is used." if alone else "")
        ),
        level="attention" if alone else "fact",
        interval=(float(mean[top]) - 2 * noise, float(mean[top]) + 2 * noise),
        range=(-float("inf"), float("inf")),
        rows=rows,
        drawn="parts",
        axis="mean squared error over the variance of labels",
        line=base,
        worse="above",
    )
