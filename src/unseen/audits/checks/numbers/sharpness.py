"""How much its answers lose when its weights are changed a little."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.noise import RESTS, SIZES, under_noise
from unseen.audits.noise import cost as cost
from unseen.audits.reading import Reading, Row, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import student_interval


def read(subject: Regressor) -> Iterator[Reading]:
    """Mean squared error over the variance of labels under noise in proportion to each weight: average-case adaptive sharpness, in answers."""
    variance = float(subject.test.y.var())
    if not variance > 0:
        raise SkipError("the unseen labels are all alike.")
    base, found, n = under_noise(subject, lambda outcome, y: float(np.square(outcome[:, 0] - y).mean() / variance))
    rows = []
    for size, errors in found.items():
        told = student_interval(errors)
        rows.append(Row(f"{size:.0%}", float(errors.mean()), (max(0.0, float(told.low)), float(told.high)), len(errors), size))
    lost = student_interval(found[0.1] - base)
    yield Reading(
        "squared error gained by noise of 10 % in the weights, over the variance of labels",
        float(lost.value),
        (
            f"With each weight changed at random by about {', '.join(f'{100 * size:g}' for size in SIZES)} % of itself, its mean squared error on {n} unseen "
            f"examples is {', '.join(f'{row.value:.2g}' for row in rows)} variances of the labels, against {base:.2g}."
            + (" Rounding its weights may cost accuracy." if found[0.01].mean() - base > 0.02 else "")
        ),
        applies=RESTS,
        level="attention" if found[0.01].mean() - base > 0.02 else "fine" if float(lost.high) < 0.02 else "fact",
        interval=(float(lost.low), float(lost.high)),
        better="lower",
        range=(-float("inf"), float("inf")),
        rows=rows,
        drawn="parts",
        axis="mean squared error over the variance of labels",
        line=base,
        worse="above",
    )
