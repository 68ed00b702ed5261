"""Whether few examples make its error."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.checks.gradients import carries_half
from unseen.audits.parts import Valued
from unseen.audits.reading import DRAWN, Reading
from unseen.audits.subject import Regressor
from unseen.audits.uncertainty import jackknife

SHOWN = 8


def read(subject: Regressor) -> Iterator[Reading]:
    """The share of examples that makes half of the squared error, unseen and training ones, and the largest errors: outliers, or wrong labels."""
    for name, part in {"unseen": subject.test, "training": subject.train}.items():
        if part is not None and part.squares.any():
            yield _of(part, name)


def _of(part: Valued, name: str) -> Reading:
    order = np.argsort(-part.squares, kind="stable")
    half, (low, high) = jackknife(lambda at: carries_half(part.squares[at]), len(part))
    first = ", ".join(f"{part.place(i)} (labelled {part.y[i]:.4g}, answered {part.values[i]:.4g})" for i in order[:SHOWN])
    return Reading(
        f"{name} examples that make half of the squared error",
        half,
        (
            f"{round(half * len(part))} of {len(part)} {name} examples make half of its squared error (about one in eight would, were errors normal). "
            f"Look at the largest first: {first}."
        ),
        applies=DRAWN,
        level="attention" if half < 0.01 else "fact",
        interval=(max(0.0, low), min(1.0, high)),
    )
