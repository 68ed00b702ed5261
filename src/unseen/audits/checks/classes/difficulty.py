"""Whether it fails where examples are hard for anyone."""

from collections.abc import Iterator

import numpy as np

from unseen.audits import work
from unseen.audits.reading import DRAWN, NEARNESS, Reading, Row, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

NEIGHBOURS = 10
MOST = 20_000
STEPS = {"easy: 9 or 10 neighbours agree": (0.9, 1.01), "5 to 8 agree": (0.5, 0.9), "1 to 4 agree": (0.05, 0.5), "hard: none agrees": (-1, 0.05)}


def cost(subject: Classifier) -> float:
    """Seconds: distances to the training examples."""
    return work.neighbours(subject, MOST)


def read(subject: Classifier) -> Iterator[Reading]:
    """Accuracy by difficulty: how many of the `NEIGHBOURS` nearest training examples (entries in units of their deviation there) have the label."""
    if subject.train is not None and len(subject.train) < 2 * NEIGHBOURS:
        raise SkipError(f"{len(subject.train)} training examples are too few: {2 * NEIGHBOURS} are needed.")
    labels = subject.neighbours(NEIGHBOURS, MOST)[1]
    agree = (labels == subject.test.y[:, None]).mean(axis=1)
    rows = []
    for name, (low, high) in STEPS.items():
        members = (agree >= low) & (agree < high)
        if members.any():
            right, n = int(subject.test.right[members].sum()), int(members.sum())
            rows.append(Row(name, right / n, binomial_interval(right, n), n))
    voted = np.array([np.bincount(votes, minlength=len(subject.classes)).argmax() for votes in labels])
    plain, own = int((voted == subject.test.y).sum()), float(subject.test.right.mean())
    behind = binomial_interval(plain, len(voted))[0] > own
    yield Reading(
        "accuracy of its nearest neighbours",
        plain / len(voted),
        (
            f"The vote of the {NEIGHBOURS} nearest training examples is right for {plain / len(voted):.1%} of the unseen ones, the model for {own:.1%}"
            + (": a table of its training examples does better." if behind else ".")
            + f" By difficulty: {'; '.join(f'{row.name}: {row.value:.1%} of {row.n}' for row in rows)}."
        ),
        applies=NEARNESS + DRAWN,
        level="attention" if behind else "fact",
        interval=binomial_interval(plain, len(voted)),
        rows=rows,
        drawn="parts",
        axis="share of right answers of the model, by difficulty",
    )
