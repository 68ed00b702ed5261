"""Whether what is measured in the weights is the model."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import Reading
from unseen.audits.subject import Subject

MOST = 1000


def cost(subject: Subject) -> float:
    """Seconds: one more answer to each."""
    return subject.seconds * min(MOST, len(subject.test)) if subject.box else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """The largest difference between the model's own answers and those of the function whose weights, gradients and curvature are looked at.

    Of probabilities, or of numbers in units of their largest difference from their mean.
    """
    box = subject.opened()
    x, _, at, _ = subject.unseen(MOST)
    answered = slice(None) if subject.test.unanswered is None else ~subject.test.unanswered[at]
    said, ours = subject.test.said[at][answered], box.outcome(x)[answered]
    if box.link == "values":
        what, apart = "numbers", np.abs(said - ours[:, 0]).max() / (np.abs(said - said.mean()).max() or 1.0)
    else:
        what, apart = "probabilities", np.abs(said - np.exp(ours)).max()
    apart = float(apart)
    told = "" if apart <= 1e-4 else ", which half precision explains" if apart <= 0.05 else ": weights, gradients and curvature below are not this model's"
    yield Reading(
        "parity with the model as it is",
        apart,
        f"The function of its weights that is differentiated here gives the same {what} as the model itself to {apart:.1g}{told}.",
        level="fine" if apart <= 1e-4 else "fact" if apart <= 0.05 else "attention",
        better="lower",
    )
