"""Whether one input alone says the number: a shortcut, or a leak."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.checks.numbers.error import explained
from unseen.audits.one_column import RESTS, best_column
from unseen.audits.one_column import cost as cost
from unseen.audits.reading import DRAWN, Reading, SkipError
from unseen.audits.subject import Regressor


def read(subject: Regressor) -> Iterator[Reading]:
    """R² on unseen labels, and on the model's answers, of a tree of three questions that sees one column only."""
    train, test = subject.needed("train", subject.train), subject.test
    constant = np.square(test.y - subject.seen)
    if len(test) < 2 or not constant.any():
        raise SkipError("the unseen labels are all alike.")
    found = best_column(subject, train.y, train.values)
    told, own = explained(np.square(found.labels - test.y), constant), 1 - float(test.squares.mean() / constant.mean())
    spread = float(test.values.var())
    same = f" Trained on its answers it explains {1 - np.square(found.answers - test.values).mean() / spread:.1%} of their variance." if spread > 0 else ""
    nearly = float(told.low) > 0 and float(told.value) > 0.9 * own
    yield Reading(
        "variance of unseen labels that one input alone explains",
        float(told.value),
        (
            f"From {found.name} alone a tree of three questions explains {float(told.value):.1%} of the variance of unseen labels; the model {own:.1%}.{same}"
            + (found.suspected() if nearly else "")
        ),
        applies=RESTS + DRAWN,
        level="attention" if nearly else "fact",
        interval=(float(told.low), min(1.0, float(told.high))),
        range=(-float("inf"), 1),
    )
