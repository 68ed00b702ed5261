"""How many training examples it knows by heart."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.leave_out import FEWEST, MOST, PARTS, left_out
from unseen.audits.reading import Reading
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval


def cost(subject: Classifier) -> float:
    """Seconds: it is trained `FEWEST` times, each time on most of the examples."""
    return subject.trained_anew(FEWEST * (1 - 1 / PARTS), MOST)


def read(subject: Classifier) -> Iterator[Reading]:
    """Training examples that it answers rightly mostly when they are trained on: P(right | in training) − P(right | left out) above one half.

    Source: Feldman & Zhang, "What neural networks memorize and why", NeurIPS 2020.
    """
    found, train = left_out(subject), subject.needed("train", subject.train)
    right, places, n = found.answers.argmax(axis=2) == found.some.y, found.some.at, len(found.some.y)
    score = found.mean(right, True) - found.mean(right, False)
    heart = int((score > 0.5).sum())
    yield Reading(
        "training examples known by heart",
        heart / n,
        (
            f"{heart} of {n} training examples are right mostly when they are trained on, and wrong when they are left out ({len(right)} models, each on "
            f"{1 - 1 / PARTS:.0%}): exceptions, rare cases, or wrong labels."
            + (f" First of them: {', '.join(str(train.place(places[i])) for i in np.argsort(-score, kind='stable')[: min(heart, 8)])}." if heart else "")
        ),
        applies="Another split into parts, or another start of training, would name some others; it is of models trained on two thirds of the examples.",
        level="attention" if heart > 0.2 * n else "fact",
        interval=binomial_interval(heart, n),
        better="lower",
    )
