"""On which inputs its answers rest."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.columns import RESTS, lost_by_column
from unseen.audits.columns import cost as cost
from unseen.audits.reading import Reading, Row
from unseen.audits.subject import Classifier


def read(subject: Classifier) -> Iterator[Reading]:
    """What the accuracy loses when one column of the unseen inputs is shuffled among them."""
    found = lost_by_column(subject, lambda scores, some: float(subject.test.right[some.at].mean() - (scores.argmax(axis=1) == some.y).mean()))
    some, names, lost, mean = found.some, found.names, found.lost, found.mean
    base = float(subject.test.right[some.at].mean())
    room = base - float(np.bincount(some.y).max() / len(some.y))
    rows = [Row(names[i], base - mean[i], (base - lost[i].max(), base - lost[i].min()), len(some.at)) for i in found.order[:10]]
    yield Reading(
        "accuracy lost when one input is shuffled",
        found.top,
        (
            f"Shuffling {names[found.order[0]]} among the unseen examples costs {found.top:.1%} of accuracy, more than any other; "
            f"{found.used} of {len(names)} inputs cost more than 0.5 %." + found.warning(room)
        ),
        applies=RESTS,
        level="attention" if found.alone(room) else "fact",
        interval=found.interval,
        range=(-1, 1),
        rows=rows,
        drawn="parts",
        axis="share of right answers when it is shuffled",
    )
