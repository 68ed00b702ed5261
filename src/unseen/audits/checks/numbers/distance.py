"""Whether what is far from the training examples fares worse."""

from collections.abc import Iterator

import numpy as np

from unseen.audits import work
from unseen.audits.checks.numbers.groups import error_row
from unseen.audits.reading import DRAWN, NEARNESS, Reading, SkipError
from unseen.audits.subject import Regressor
from unseen.audits.uncertainty import jackknife

PARTS = 5
MOST = 20_000


def cost(subject: Regressor) -> float:
    """Seconds: distances to the training examples."""
    return work.neighbours(subject, MOST)


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
    told = "" if squares.min() == squares.max() or not np.ptp(far) > 0 else f", rank correlation {float(spearmanr(far, squares)[0]):.2f}"
    near = np.isin(np.arange(len(far)), parts[0])
    last = np.isin(np.arange(len(far)), parts[-1])
    _, (low, high) = jackknife(lambda at: _ratio(squares[at[last[at]]], squares[at[near[at]]]), len(far))
    value = _ratio(squares[parts[-1]], squares[parts[0]])
    yield Reading(
        "error far from training examples over that near them",
        value,
        (
            f"The root of its mean squared error is {rows[0].value:.3g} on the fifth of test examples nearest to a training example, and {rows[-1].value:.3g} "
            f"on the furthest fifth{told}." + (" Expect less on inputs that resemble no training example." if apart else "")
        ),
        applies=NEARNESS + DRAWN,
        level="attention" if apart else "fact",
        interval=(max(0.0, low), high) if np.isfinite(low) else (0.0, float("inf")),
        better="lower",
        range=(0, float("inf")),
        unit="times",
        rows=rows,
        drawn="parts",
        axis="root of the mean squared error",
        worse="above",
    )


def _ratio(squares: np.ndarray, others: np.ndarray) -> float:
    """Of the roots of two means; 1 where both are 0."""
    first, second = float(np.sqrt(squares.mean())), float(np.sqrt(others.mean()))
    return first / second if second > 0 else 1.0 if first == 0 else float("inf")
