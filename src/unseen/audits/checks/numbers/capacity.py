"""How much of nothing the same model could learn."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.checks.numbers.error import explained
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Regressor

MOST = 2000


def cost(subject: Regressor) -> float:
    """Seconds: it is trained once."""
    return subject.trained_anew(1, MOST)


def read(subject: Regressor) -> Iterator[Reading]:
    """R² on its own training examples of the same model, trained anew on shuffled labels (Zhang et al. 2017): what it can learn by heart."""
    refit, (x, y, at, _) = subject.anew(), subject.known(MOST)
    shuffled = np.random.default_rng(0).permutation(y)
    if len(at) < 2 or not np.ptp(shuffled) > 0:
        raise SkipError("the training labels are all alike.")
    found = explained(np.square(refit(x, shuffled) - shuffled), np.square(shuffled - shuffled.mean()))
    yield Reading(
        "variance of random labels that it learns by heart",
        float(found.value),
        (
            f"Trained on {len(at)} of its examples with shuffled labels it explains {float(found.value):.1%} of their variance. "
            + (
                "It can learn by heart: that it fits its training examples says nothing of unseen ones."
                if found.value > 0.5
                else "It cannot learn much by heart: what it fits, it has found some rule for."
            )
        ),
        applies="One training anew with its settings and one shuffle: longer training, or another optimiser, may learn more.",
        interval=(float(found.low), min(1.0, float(found.high))),
        range=(-float("inf"), 1),
    )
