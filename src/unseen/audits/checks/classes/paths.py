"""Whether the region of a class hangs together along straight lines."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.lines import along, real_inputs
from unseen.audits.reading import SAMPLED, Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

PATHS, STEPS = 200, 16


def cost(subject: Classifier) -> float:
    """Seconds: an answer at each step."""
    return subject.seconds * PATHS * STEPS


def read(subject: Classifier) -> Iterator[Reading]:
    """The share of straight paths between two unseen examples that get the same answer along which it answers something else: 0 for convex regions.

    Source: Fawzi et al., "Empirical study of the topology and geometry of deep networks", CVPR 2018.
    """
    x = real_inputs(subject)
    rng, says = np.random.default_rng(0), subject.test.scores.argmax(axis=1)
    first, second = rng.integers(0, len(x), (2, 20 * PATHS))
    alike = np.flatnonzero((says[first] == says[second]) & (first != second))[:PATHS]
    if not len(alike):
        raise SkipError("no two unseen examples get the same answer.")
    answers = along(subject, x, first[alike], second[alike], np.linspace(0, 1, STEPS + 2)[1:-1]).argmax(axis=2)
    left = int((answers != says[first[alike]]).any(axis=0).sum())
    yield Reading(
        "straight paths within a class that leave it",
        left / len(alike),
        (
            f"On {left} of {len(alike)} straight paths between two unseen examples with the same answer it answers something else on the way. "
            "A linear model does so on none; the more, the more intricate is what it has learned."
        ),
        applies="Between two examples there must be others that make sense; of two images the mean is none. " + SAMPLED,
        interval=binomial_interval(left, len(alike)),
        better="lower",
    )
