"""How much hangs on the exact values of its weights."""

from collections.abc import Iterator

from unseen.audits.noise import RESTS, under_noise
from unseen.audits.noise import cost as cost
from unseen.audits.reading import Reading, Row
from unseen.audits.subject import Classifier
from unseen.stats import student_interval


def read(subject: Classifier) -> Iterator[Reading]:
    """Accuracy under noise in proportion to each weight: average-case adaptive sharpness, in answers."""
    base, shares, n = under_noise(subject, lambda outcome, y: float((outcome.argmax(axis=1) == y).mean()))
    rows, lost = [], {size: base - found for size, found in shares.items()}
    for size, found in shares.items():
        told = student_interval(found)
        rows.append(Row(f"{size:.0%}", float(found.mean()), (max(0.0, float(told.low)), min(1.0, float(told.high))), len(found), size))
    found = student_interval(lost[0.1])
    yield Reading(
        "accuracy lost to noise of 10 % in the weights",
        float(found.value),
        (
            f"With each weight changed at random by about 1, 3, 10 and 30 % of itself, {', '.join(f'{row.value:.1%}' for row in rows)} of {n} unseen "
            f"examples are right, against {base:.1%}." + (" Rounding its weights may cost accuracy." if lost[0.01].mean() > 0.02 else "")
        ),
        applies=RESTS,
        level="attention" if lost[0.01].mean() > 0.02 else "fine" if float(found.high) < 0.02 else "fact",
        interval=(float(found.low), float(found.high)),
        better="lower",
        range=(-1, 1),
        rows=rows,
        drawn="parts",
        axis="share of right answers under noise of that size",
    )
