"""What error to expect where there are no labels."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import NEARNESS, Reading, SkipError
from unseen.audits.subject import Regressor, nearest

NEIGHBOURS = 20
DRAWS = 1000


def read(subject: Regressor) -> Iterator[Reading]:
    """Mean squared error on `new` estimated as the mean of that of the `NEIGHBOURS` unseen examples nearest to each, inputs in units of their deviation.

    The interval is of a bootstrap over new examples: it knows of sampling those, and not of what else may have changed.
    """
    future = subject.needed("new", subject.new)
    if future.x is None or subject.test.x is None:
        raise SkipError("its inputs are not known: give the model, test=(x, y) and new=x, not predictions alone.")
    if len(subject.test) < 2 * NEIGHBOURS:
        raise SkipError(f"{len(subject.test)} unseen examples are too few: {2 * NEIGHBOURS} are needed.")
    expected = subject.test.squares[nearest(subject.test.x, future.x, NEIGHBOURS)[1]].mean(axis=1)
    rng = np.random.default_rng(0)
    drawn = [np.sqrt(expected[rng.integers(0, len(expected), len(expected))].mean()) for _ in range(DRAWS)]
    low, high = (float(limit) for limit in np.quantile(drawn, [0.025, 0.975]))
    yield Reading(
        "estimated error on new examples",
        float(np.sqrt(expected.mean())),
        (
            f"By the errors on the unseen examples most like them, the root of the mean squared error on {len(expected)} new examples will be about "
            f"{np.sqrt(expected.mean()):.3g}, against {subject.overall:.3g} measured. It is an estimate: it cannot see that labels have changed, nor what lies "
            "beyond all unseen examples."
        ),
        applies=NEARNESS + "Only the mix of inputs may have changed: where labels follow another rule now it is wrong. The interval knows of sampling only.",
        level="attention" if low > subject.overall else "fact",
        interval=(low, high),
        better="lower",
        range=(0, float("inf")),
        unit="units of the label",
    )
