"""How close its decisions are."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

NARROW = 0.1


def read(subject: Classifier) -> Iterator[Reading]:
    """The share of unseen examples whose right class is within `NARROW` of the best other one, in probability: what a small change decides otherwise."""
    if not subject.graded:
        raise SkipError("the model says which class and not how sure it is: give one with predict_proba, or scores.")
    test = subject.test
    own = test.scores[np.arange(len(test)), test.y]
    others = test.scores.copy()
    others[np.arange(len(test)), test.y] = -1
    margin = own - others.max(axis=1)
    close = int((np.abs(margin) < NARROW).sum())
    sure = int((margin < -0.9).sum())
    yield Reading(
        "narrow decisions",
        close / len(test),
        f"{close} of {len(test)} unseen examples are decided by less than {NARROW:g} in probability: noise or a new training run may decide them otherwise.",
        interval=binomial_interval(close, len(test)),
        better="lower",
    )
    yield Reading(
        "sure and wrong",
        sure / len(test),
        (
            f"{sure} of {len(test)} unseen examples are answered wrongly with a lead of more than 0.9 in probability"
            + (": look at them one by one; often labels are at fault." if sure else ".")
        ),
        level="attention" if sure and sure >= 0.01 * len(test) else "fine" if not sure else "fact",
        interval=binomial_interval(sure, len(test)),
        better="lower",
    )
