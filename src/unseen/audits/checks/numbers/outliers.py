"""Whether few examples make its error."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.parts import Valued
from unseen.audits.reading import Reading
from unseen.audits.subject import Regressor

SHOWN = 8


def read(subject: Regressor) -> Iterator[Reading]:
    """The share of examples that makes half of the squared error, unseen and training ones, and the largest errors: outliers, or wrong labels."""
    for name, part in {"unseen": subject.test, "training": subject.train}.items():
        if part is not None and part.squares.any():
            yield _of(part, name)


def _of(part: Valued, name: str) -> Reading:
    order = np.argsort(-part.squares, kind="stable")
    half = int(np.searchsorted(np.cumsum(part.squares[order]), part.squares.sum() / 2) + 1)
    first = ", ".join(f"{part.place(i)} (labelled {part.y[i]:.4g}, answered {part.values[i]:.4g})" for i in order[:SHOWN])
    few = half < 0.01 * len(part)
    return Reading(
        f"{name} examples that make half of the squared error",
        half / len(part),
        (
            f"{half} of {len(part)} {name} examples make half of its squared error (about one in eight would, were errors normal). "
            f"Look at the largest first: {first}."
        ),
        level="attention" if few else "fact",
    )
