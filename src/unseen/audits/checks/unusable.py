"""What of the data cannot be used."""

from collections.abc import Iterator

from unseen.audits.parts import Fault, Scored
from unseen.audits.reading import COUNTED, Reading
from unseen.audits.scores import REMEDY
from unseen.audits.subject import NAMES, Subject


def read(subject: Subject) -> Iterator[Reading]:
    """The share of each split that is left out everywhere, and why; of labels that the model cannot give also what accuracy would be with them."""
    for fault in subject.faults:
        name, all_lost = NAMES[fault.split], fault.lost == fault.of
        rest = " What rests on them is skipped." if all_lost else " Nothing here speaks of them."
        told = f"{fault.lost} of {fault.of} {name} examples are left out: {fault.reason.removesuffix('.')}.{rest}"
        part = subject.test if fault.split == "test" else subject.train
        foreign = fault.foreign and isinstance(part, Scored)
        yield Reading(
            f"{name} examples " + ("with a label that the model cannot give" if foreign else "that cannot be used"),
            fault.lost / fault.of if fault.of else 1.0,
            _foreign(fault, part, name) if foreign else told,
            applies=COUNTED,
            exact=True,
            level="attention",
            better="lower",
        )


def _foreign(fault: Fault, part: Scored, name: str) -> str:
    right, n = int(part.right.sum()), len(part)
    return (
        f"{fault.lost} of {fault.of} {name} examples have a label that the model has no score for: {fault.reason}. They are left out: accuracy is that of "
        f"the other {n}, {right / n:.1%}; were they counted as wrong, it would be {right / (n + fault.lost):.1%}. {REMEDY}"
    )
