"""How much of what is unseen is right, and how much of that a constant answer would get."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import COUNTED, DRAWN, Reading
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval


def read(subject: Classifier) -> Iterator[Reading]:
    """Accuracy on unseen examples with its exact (Clopper–Pearson) interval, beside the share of the commonest class."""
    test = subject.test
    n, right = len(test), int(test.right.sum())
    low, high = binomial_interval(right, n)
    share = float(np.bincount(test.y, minlength=len(subject.classes)).max() / n)
    better = "more than" if low > share else "not surely more than"
    yield Reading(
        "accuracy on unseen examples",
        right / n,
        f"{right} of {n} unseen examples are right, {better} the {share:.1%} that always answering the commonest class would get.",
        applies=DRAWN,
        level="fact" if low > share else "attention",
        interval=(low, high),
        better="higher",
    )
    missing = [str(name) for index, name in enumerate(subject.classes) if not (test.y == index).any()]
    if missing:
        yield Reading(
            "classes without a test example",
            len(missing),
            f"Of {', '.join(missing[:5])}{' …' if len(missing) > 5 else ''} no test example is there: nothing here speaks of them.",
            applies=COUNTED,
            exact=True,
            level="attention",
            better="lower",
            range=(0, len(subject.classes)),
            unit="classes",
        )
