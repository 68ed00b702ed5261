"""Which group it is worst on."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.checks.classes.groups import alone
from unseen.audits.reading import DRAWN, Reading, Row, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import student_interval

MOST = 50


def error_row(name: str, squares: np.ndarray, confidence: float = 0.95, x: float = float("nan")) -> Row:
    """The root of a mean squared error, with the root of Student's interval of that mean."""
    found = student_interval(squares, confidence=confidence)
    return Row(name, float(np.sqrt(found.value)), (float(np.sqrt(max(found.low, 0.0))), float(np.sqrt(found.high))), len(squares), x)


def read(subject: Regressor) -> Iterator[Reading]:
    """The worst group of each kind by root mean squared error; intervals hold for all groups of a kind together (Bonferroni)."""
    test = subject.test
    if not test.groups:
        raise SkipError('no groups were named: pass groups={"site": [...]}.')
    for kind, values in test.groups.items():
        values = values.astype(str)
        names, counts = np.unique(values, return_counts=True)
        names = names[counts > 1][np.argsort(-counts[counts > 1], kind="stable")][:MOST]
        if len(names) < 2:
            yield alone(kind, values)
            continue
        rows = [error_row(str(name), test.squares[values == name], 1 - 0.05 / len(names)) for name in names]
        rows.sort(key=lambda row: -row.value)
        worst, lean = rows[0], float(test.errors[values == rows[0].name].mean())
        above = worst.interval[0] > subject.overall
        yield Reading(
            f"worst {kind}",
            worst.value,
            (
                f"Worst of {len(rows)} by {kind} is {worst.name!r}: the root of its mean squared error is {worst.value:.3g} on {worst.n} examples, against "
                f"{subject.overall:.3g} on all ({'more than chance explains' if above else 'as chance explains'}); its answers there are "
                f"{abs(lean):.3g} {'above' if lean > 0 else 'below'} the labels on average."
            ),
            applies=DRAWN + " Groups were named by you: those that nobody named are not looked at.",
            level="attention" if above else "fine",
            interval=worst.interval,
            better="lower",
            range=(0, float("inf")),
            unit="units of the label",
            rows=rows,
            drawn="parts",
            axis="root of the mean squared error",
            worse="above",
        )
