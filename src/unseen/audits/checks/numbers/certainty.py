"""How wide an interval around its answer must be to hold the label."""

import math
from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import DRAWN, Reading, Row, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import binomial_interval

HELD = 0.9
FEWEST = 50
PARTS = 5


def half_width(size: np.ndarray, held: float = HELD) -> float:
    """The ⌈(n + 1) held⌉-th smallest of n absolute errors; ∞ where there are too few.

    The interval of so much on both sides of an answer holds the label of a new example, drawn as those were, with probability at least `held`.
    Source: Lei et al., "Distribution-free predictive inference for regression", JASA 2018 (split conformal inference).

    >>> half_width(np.arange(1.0, 20.0))  # 18 of 19
    18.0
    """
    rank = math.ceil((len(size) + 1) * held)
    return float(np.sort(size)[rank - 1]) if rank <= len(size) else math.inf


def read(subject: Regressor) -> Iterator[Reading]:
    """The half-width that holds `HELD` of new labels, and the share that it holds by fifths of the answers."""
    from scipy.stats import binom

    test = subject.test
    n, size = len(test), np.sort(np.abs(test.errors))
    if n < FEWEST:
        raise SkipError(f"{n} unseen examples are too few: {FEWEST} are needed.")
    found = half_width(size)
    low, high = (int(binom.ppf(share, n, HELD)) for share in (0.025, 0.975))
    rows = []
    for index, part in enumerate(np.array_split(np.argsort(test.values, kind="stable"), PARTS)):
        held, m = int((np.abs(test.errors[part]) <= found).sum()), len(part)
        name = ("lowest answers", "second fifth", "third", "fourth", "highest answers")[index]
        rows.append(Row(name, held / m, binomial_interval(held, m, confidence=1 - 0.05 / PARTS), m))
    worst = min(rows, key=lambda row: row.value)
    uneven = worst.interval[1] < HELD
    yield Reading(
        f"half-width that holds {HELD:.0%} of new labels",
        found,
        (
            f"Its answer plus or minus {found:.3g} holds the label of a new example, drawn as the unseen ones were, with a probability of at least {HELD:.0%}, "
            "whatever the errors are like. "
            + (
                f"Among the {worst.name} it holds only {worst.value:.0%}."
                if uneven
                else "By fifths of its answers it holds no less anywhere, as far as can be told."
            )
        ),
        applies=DRAWN + " The width is the same for all examples, easy and hard.",
        level="attention" if uneven else "fact",
        interval=(float(size[max(low - 1, 0)]), float(size[min(high, n - 1)])),
        better="lower",
        range=(0, float("inf")),
        unit="units of the label",
        rows=rows,
        drawn="parts",
        axis="share of labels that the interval holds",
        line=HELD,
    )
