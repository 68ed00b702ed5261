"""What of the data cannot be used."""

from collections.abc import Iterator

from unseen.audits.reading import COUNTED, Reading
from unseen.audits.subject import NAMES, Subject


def read(subject: Subject) -> Iterator[Reading]:
    """The share of each split that is left out everywhere, and why."""
    for split, lost, of, reason in subject.faults:
        name = NAMES[split]
        yield Reading(
            f"{name} examples that cannot be used",
            lost / of if of else 1.0,
            f"{lost} of {of} {name} examples are left out: {reason.removesuffix('.')}."
            + (" What rests on them is skipped." if lost == of else " Nothing here speaks of them."),
            applies=COUNTED,
            exact=True,
            level="attention",
            better="lower",
        )
