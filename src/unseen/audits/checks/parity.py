"""Whether what is measured in the weights is the model."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.adapters import plain_array
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Subject

MOST = 1000


def cost(subject: Subject) -> float:
    """Seconds: one more answer to each."""
    return subject.seconds * min(MOST, len(subject.test)) if subject.box else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """The largest difference between the model's own scores and those of the function whose weights, gradients and curvature are looked at.

    Of logits, probabilities or numbers, as the model gives them: whichever it gives.
    """
    box = subject.opened()
    if subject.scores is None:
        raise SkipError("the model itself cannot be asked.")
    x, _, at, _ = subject.unseen(MOST)
    answered = slice(None) if subject.test.unanswered is None else ~subject.test.unanswered[at]
    said, ours = plain_array(subject.scores(x)).astype(float).reshape(len(at), -1)[answered], box.scores(x)[answered]
    what = "numbers" if box.link == "values" else box.link
    apart, size = float(np.abs(said - ours).max()), float(np.abs(said).max())
    share = apart / max(size, np.finfo(float).tiny)
    told = "" if share <= 1e-4 else ", which half precision explains" if share <= 0.05 else ": weights, gradients and curvature below are not this model's"
    yield Reading(
        f"parity: largest difference of {what}",
        apart,
        f"The function of its weights that is differentiated here gives the {what} of the model itself up to a difference of {apart:.1g}, where they reach "
        f"{size:.3g}{told}.",
        applies=f"It was compared on {len(said)} unseen examples, as the model runs here: on another device, or in another mode, it was not.",
        exact=True,
        level="fine" if share <= 1e-4 else "fact" if share <= 0.05 else "attention",
        better="lower",
        range=(0, float("inf")),
        unit=what,
    )
