"""Whether it always answers."""

from collections.abc import Iterator

from unseen.audits.reading import SAMPLED, Reading
from unseen.audits.subject import Subject
from unseen.stats import binomial_interval


def read(subject: Subject) -> Iterator[Reading]:
    """The share of examples for which the scores are NaN or infinite; they count as wrong everywhere else."""
    parts = {"unseen": subject.test, "training": subject.train, "new": subject.new}
    for name, part in parts.items():
        if part is None or (part.unanswered is None and name != "unseen"):
            continue
        count = 0 if part.unanswered is None else int(part.unanswered.sum())
        first = "" if part.unanswered is None else f", the first of them example {part.place(int(part.unanswered.argmax()))}"
        yield Reading(
            f"{name} examples without an answer",
            count / len(part),
            f"For {count} of {len(part)} {name} examples its answer is NaN or infinite{first}." + (f" {part.instead} in all that follows." if count else ""),
            applies=SAMPLED,
            level="attention" if count else "fine",
            interval=binomial_interval(count, len(part)),
            better="lower",
        )
