"""Which training examples it is still far from."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import student_interval

SHOWN = 8


def read(subject: Classifier) -> Iterator[Reading]:
    """The mean over training examples of the EL2N score ‖p − 1_y‖₂, from 0 to √2, and the examples of the largest.

    Source: Paul, Ganguli & Dziugaite, "Deep learning on a data diet", NeurIPS 2021 (who average it over networks early in training; here it is the end).
    """
    train = subject.needed("train", subject.train)
    if not subject.graded:
        raise SkipError("the model says which class and not how sure it is: give one with predict_proba, or scores.")
    error = np.linalg.norm(train.scores - np.eye(train.scores.shape[1])[train.y], axis=1)
    order = np.argsort(-error, kind="stable")
    half = int(np.searchsorted(np.cumsum(error[order]), error.sum() / 2) + 1) if error.any() else 0
    taken = train.scores.argmax(axis=1)

    def told(i: int) -> str:
        label, answer = subject.classes[train.y[i]], subject.classes[taken[i]]
        return f"{train.place(i)} (labelled {label}{'' if taken[i] == train.y[i] else f', taken for {answer}'})"

    found = student_interval(error) if len(train) > 1 else None
    yield Reading(
        "distance from its training labels",
        float(error.mean()),
        (
            f"Its probabilities are {error.mean():.2g} from the labels of its training examples on average (0: all right and sure; 1.41: all wrong and sure). "
            f"{half} of {len(train)} make up half of that; the furthest: {', '.join(map(told, order[:SHOWN]))}."
        ),
        applies="It speaks of training examples as they are labelled; a model that knows them all by heart is near 0 whatever it is worth on others.",
        interval=(max(0.0, float(found.low)), min(2**0.5, float(found.high))) if found else (0.0, 2**0.5),
        better="lower",
        range=(0, 2**0.5),
        unit="EL2N",
    )
