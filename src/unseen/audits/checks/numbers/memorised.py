"""How much better it is on training examples because it was trained on them."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.leave_out import FEWEST, MOST, PARTS, left_out
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import student_interval

SHOWN = 8


def cost(subject: Regressor) -> float:
    """Seconds: it is trained `FEWEST` times, each time on most of the examples."""
    return subject.trained_anew(FEWEST * (1 - 1 / PARTS), MOST)


def read(subject: Regressor) -> Iterator[Reading]:
    """Squared error of models trained without an example minus that of models trained with it, over the variance of labels; the largest first.

    The regression form of the memorisation score of Feldman & Zhang, "What neural networks memorize and why", NeurIPS 2020.
    """
    found, train = left_out(subject), subject.needed("train", subject.train)
    squares, n = np.square(found.answers - found.some.y), len(found.some.y)
    score = (found.mean(squares, False) - found.mean(squares, True)) / found.some.y.var()
    if not np.isfinite(score).all():
        raise SkipError("models trained anew gave answers that are not finite.")
    told, order = student_interval(score), np.argsort(-score, kind="stable")
    places, y, without = found.some.at, found.some.y, found.mean(found.answers, False)
    first = ", ".join(f"{train.place(places[i])} (labelled {subject.labelled(y[i])}, left out {without[i]:.4g})" for i in order[:SHOWN])
    yield Reading(
        "squared error on training examples that training on them saves, over the variance of labels",
        float(told.value),
        (
            f"Left out of training, {n} training examples are answered with a root mean squared error of {np.sqrt(found.mean(squares, False).mean()):.3g}, "
            f"trained on with {np.sqrt(found.mean(squares, True).mean()):.3g} ({len(squares)} models, each on {1 - 1 / PARTS:.0%}). "
            f"It knows these by heart most, outliers or wrong labels: {first}."
        ),
        applies="Another split into parts, or another start of training, would name some others; it is of models trained on two thirds of the examples.",
        level="attention" if told.low > 0.2 else "fact",
        interval=(float(told.low), float(told.high)),
        better="lower",
        range=(-float("inf"), float("inf")),
    )
