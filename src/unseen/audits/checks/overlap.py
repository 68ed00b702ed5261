"""Whether unseen examples are unseen."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from unseen.audits.adapters import plain_array
from unseen.audits.reading import SAMPLED, Reading
from unseen.audits.subject import Subject
from unseen.stats import binomial_interval


def rows_of(x: Any) -> list[bytes]:
    """Each example as bytes, equal where all its entries are, to single precision, whatever the types of numbers."""
    found = plain_array(x)
    if found.dtype == object:
        return [repr(row.tolist() if hasattr(row, "tolist") else row).encode() for row in found]
    if found.ndim == 1:
        found = found[:, None]
    found = found.astype(np.float32) + 0 if found.dtype.kind in "fiub" else found  # + 0: -0 is 0
    return [row.tobytes() for row in np.ascontiguousarray(found.reshape(len(found), -1))]


def read(subject: Subject) -> Iterator[Reading]:
    """How many test examples stand in the training set too, entry for entry."""
    seen, asked = subject.inputs()
    known = set(rows_of(seen))
    both = np.array([row in known for row in rows_of(asked)])
    count, n = int(both.sum()), len(both)
    without = f" Without them {subject.test.told(~both)}." if 0 < count < n else ""
    yield Reading(
        "test examples that were trained on",
        count / n,
        f"{count} of {n} test examples are in the training set, entry for entry.{without}",
        applies="Entry for entry, to single precision: near copies, and the same thing written otherwise, are not found. " + SAMPLED,
        level="attention" if count else "fine",
        better="lower",
        interval=binomial_interval(count, n),
    )
