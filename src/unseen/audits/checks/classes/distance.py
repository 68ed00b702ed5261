"""Whether what is far from the training examples fares worse."""

from collections.abc import Iterator

import numpy as np

from unseen.audits import work
from unseen.audits.checks.classes.gap import newcombe
from unseen.audits.reading import DRAWN, NEARNESS, Reading, Row, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

PARTS = 5
MOST = 20_000


def cost(subject: Classifier) -> float:
    """Seconds: distances to the training examples."""
    return work.neighbours(subject, MOST)


def read(subject: Classifier) -> Iterator[Reading]:
    """Accuracy by the distance to the nearest training example, entries in units of their deviation there; fifths of the test examples."""
    if len(subject.test) < 4 * PARTS:
        raise SkipError(f"{len(subject.test)} unseen examples are too few: {4 * PARTS} are needed.")
    from scipy.stats import spearmanr

    far = subject.neighbours(1, MOST)[0][:, 0]
    rows = []
    for index, part in enumerate(np.array_split(np.argsort(far, kind="stable"), PARTS)):
        right = int(subject.test.right[part].sum())
        name = ("nearest fifth", "second", "third", "fourth", "furthest fifth")[index]
        rows.append(Row(name, right / len(part), binomial_interval(right, len(part)), len(part), float(np.median(far[part]))))
    right = subject.test.right
    drop = rows[0].value - rows[-1].value
    told = "" if right.min() == right.max() or not np.ptp(far) > 0 else f", rank correlation {float(spearmanr(far, right)[0]):.2f}"
    apart = rows[0].interval[0] > rows[-1].interval[1]
    yield Reading(
        "loss of accuracy far from training examples",
        drop,
        (
            f"{rows[0].value:.1%} of the fifth of test examples nearest to a training example are right, and {rows[-1].value:.1%} of the furthest fifth{told}."
            + (" Expect less on inputs that resemble no training example." if apart else "")
        ),
        applies=NEARNESS + DRAWN,
        level="attention" if apart else "fact",
        interval=newcombe(*((round(row.value * row.n), row.n) for row in (rows[0], rows[-1]))),
        better="lower",
        range=(-1, 1),
        rows=rows,
        drawn="parts",
        axis="share of right answers, by distance from the training examples",
    )
