"""Whether what is far from the training examples fares worse."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.checks.numbers.groups import error_row
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Regressor

PARTS = 5
MOST = 20_000


def read(subject: Regressor) -> Iterator[Reading]:
    """Root mean squared error by the distance to the nearest training example, entries in units of their deviation there; fifths of the test examples."""
    if len(subject.test) < 4 * PARTS:
        raise SkipError(f"{len(subject.test)} unseen examples are too few: {4 * PARTS} are needed.")
    from scipy.stats import spearmanr

    far, squares = subject.neighbours(1, MOST)[0][:, 0], subject.test.squares
    names = ("nearest fifth", "second", "third", "fourth", "furthest fifth")
    parts = np.array_split(np.argsort(far, kind="stable"), PARTS)
    rows = [error_row(name, squares[part], x=float(np.median(far[part]))) for name, part in zip(names, parts, strict=True)]
    apart = rows[-1].interval[0] > rows[0].interval[1]
    told = "" if squares.min() == squares.max() else f", rank correlation {float(spearmanr(far, squares)[0]):.2f}"
    yield Reading(
        "error far from training examples over that near them",
        rows[-1].value / rows[0].value if rows[0].value > 0 else 1.0 if rows[-1].value == 0 else float("inf"),
        (
            f"The root of its mean squared error is {rows[0].value:.3g} on the fifth of test examples nearest to a training example, and {rows[-1].value:.3g} "
            f"on the furthest fifth{told}." + (" Expect less on inputs that resemble no training example." if apart else "")
        ),
        level="attention" if apart else "fact",
        better="lower",
        range=(0, float("inf")),
        unit="times",
        rows=rows,
        drawn="parts",
        axis="root of the mean squared error",
        worse="above",
    )
