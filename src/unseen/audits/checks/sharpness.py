"""How much hangs on the exact values of its weights."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import Reading, Row
from unseen.audits.subject import Subject
from unseen.stats import student_interval

MOST = 1000
DRAWS = 8
SIZES = (0.01, 0.03, 0.1, 0.3)


def cost(subject: Subject) -> float:
    """Seconds: answers under each noise."""
    return subject.seconds * len(SIZES) * DRAWS * min(MOST, len(subject.test)) if subject.box else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """Accuracy under noise in proportion to each weight: average-case adaptive sharpness, in answers."""
    box = subject.opened()
    x, y, at, _ = subject.unseen(MOST)
    theta = np.concatenate([np.abs(value).reshape(-1) for value in box.weights().values()])
    rng = np.random.default_rng(0)
    base, rows, lost = float(box.answers(x, y, np.zeros_like(theta)).right.mean()), [], {}
    for size in SIZES:
        found = np.array([box.answers(x, y, (size * theta * rng.normal(size=theta.shape)).astype(theta.dtype)).right.mean() for _ in range(DRAWS)])
        told = student_interval(found)
        lost[size] = base - found
        rows.append(Row(f"{size:.0%}", float(found.mean()), (max(0.0, float(told.low)), min(1.0, float(told.high))), DRAWS, size))
    found = student_interval(lost[0.1])
    yield Reading(
        "accuracy lost to noise of 10 % in the weights",
        float(found.value),
        (
            f"With each weight changed at random by about 1, 3, 10 and 30 % of itself, {', '.join(f'{row.value:.1%}' for row in rows)} of {len(at)} unseen "
            f"examples are right, against {base:.1%}." + (" Rounding its weights may cost accuracy." if lost[0.01].mean() > 0.02 else "")
        ),
        level="attention" if lost[0.01].mean() > 0.02 else "fine" if float(found.high) < 0.02 else "fact",
        interval=(float(found.low), float(found.high)),
        better="lower",
        range=(-1, 1),
        rows=rows,
        drawn="parts",
    )
