"""Whether some groups of examples fare worse."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import COUNTED, DRAWN, Reading, Row
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

MOST = 50


def alone(kind: str, values: np.ndarray) -> Reading:
    """What is said of a kind of groups of which fewer than two can be compared."""
    found = np.unique(values)
    few = f"all are of {str(found[0])!r}" if len(found) == 1 else "fewer than two of them have more than one"
    return Reading(
        f"groups by {kind}",
        len(found),
        f"Of {len(values)} unseen examples, by {kind}, {few}: there is nothing to compare.",
        applies=COUNTED,
        exact=True,
        range=(0, float("inf")),
        unit="groups",
    )


def read(subject: Classifier) -> Iterator[Reading]:
    """The worst group of each kind, and of the classes; intervals hold for all groups of a kind together (Bonferroni)."""
    test = subject.test
    kinds = {"class": np.array([str(name) for name in subject.classes])[test.y]} | dict(test.groups or {})
    for kind, values in kinds.items():
        values = values.astype(str)
        names, counts = np.unique(values, return_counts=True)
        if len(names) < 2:
            if kind != "class":
                yield alone(kind, values)
            continue
        chosen = names[np.argsort(-counts, kind="stable")][:MOST]
        rows = []
        for name in chosen:
            members = values == name
            right, n = int(test.right[members].sum()), int(members.sum())
            rows.append(Row(str(name), right / n, binomial_interval(right, n, confidence=1 - 0.05 / len(chosen)), n))
        rows.sort(key=lambda row: row.value)
        worst, overall = rows[0], float(test.right.mean())
        below = worst.interval[1] < overall
        yield Reading(
            f"worst {kind}",
            worst.value,
            (
                f"Worst of {len(rows)} by {kind} is {worst.name!r}: {worst.value:.1%} of its {worst.n} examples are right, against {overall:.1%} of all: "
                + ("that is more than chance explains." if below else "chance among so many groups explains that.")
            ),
            applies=DRAWN + " Groups were named by you: those that nobody named are not looked at.",
            level="attention" if below else "fine",
            interval=worst.interval,
            better="higher",
            rows=rows,
            drawn="parts",
        )
