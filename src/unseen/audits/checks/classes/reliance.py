"""On which inputs its answers rest."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.columns import cost as cost
from unseen.audits.columns import lost_by_column
from unseen.audits.reading import Reading, Row
from unseen.audits.subject import Classifier


def read(subject: Classifier) -> Iterator[Reading]:
    """What the accuracy loses when one column of the unseen inputs is shuffled among them."""
    names, lost, some = lost_by_column(subject, lambda scores, some: float(subject.test.right[some.at].mean() - (scores.argmax(axis=1) == some.y).mean()))
    base, mean = float(subject.test.right[some.at].mean()), lost.mean(axis=1)
    order = np.argsort(-mean, kind="stable")
    top, noise = order[0], float(lost.std(axis=1, ddof=1).max())
    used = int((mean > 0.005).sum())
    chance = float(np.bincount(some.y).max() / len(some.y))
    alone = mean[top] > max(0.5 * (base - chance), 0.05) and mean[top] > 3 * mean[order[1]]
    rows = [Row(names[i], base - mean[i], (base - lost[i].max(), base - lost[i].min()), len(some.at)) for i in order[:10]]
    yield Reading(
        "accuracy lost when one input is shuffled",
        float(mean[top]),
        (
            f"Shuffling {names[top]} among the unseen examples costs {mean[top]:.1%} of accuracy, more than any other; "
            f"{used} of {len(names)} inputs cost more than 0.5 %."
            + (f" Nearly all rests on {names[top]}: make sure that it will be there, and mean the same, where the model is used." if alone else "")
        ),
        level="attention" if alone else "fact",
        interval=(float(mean[top]) - 2 * noise, float(mean[top]) + 2 * noise),
        range=(-1, 1),
        rows=rows,
        drawn="parts",
    )
