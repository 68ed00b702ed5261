"""How close its decisions are."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from unseen.audits.parts import Scored
from unseen.audits.reading import DRAWN, SAMPLED, Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.audits.uncertainty import median_interval
from unseen.stats import binomial_interval

NARROW = 0.1


def best_other(part: Scored) -> Float[np.ndarray, " n"]:
    """The largest probability of a class that is not the label."""
    others = part.scores.copy()
    others[np.arange(len(part)), part.y] = -1
    return others.max(axis=1)


def leads(part: Scored) -> Float[np.ndarray, " n"]:
    """Ln p_label − ln p_(best other): the lead of the right class in logits, between ±36 (a probability of 0 counts as 2⁻⁵²)."""
    least = np.finfo(float).eps
    return -part.losses - np.log(np.maximum(best_other(part), least))


def read(subject: Classifier) -> Iterator[Reading]:
    """The share of unseen examples whose right class is within `NARROW` of the best other one, in probability: what a small change decides otherwise."""
    if not subject.graded:
        raise SkipError("the model says which class and not how sure it is: give one with predict_proba, or scores.")
    test = subject.test
    own = test.scores[np.arange(len(test)), test.y]
    margin = own - best_other(test)
    close = int((np.abs(margin) < NARROW).sum())
    sure = int((margin < -0.9).sum())
    yield Reading(
        "narrow decisions",
        close / len(test),
        f"{close} of {len(test)} unseen examples are decided by less than {NARROW:g} in probability: noise or a new training run may decide them otherwise.",
        applies=SAMPLED + " Where probabilities do not mean what they say, nor does 0.1.",
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
        applies=DRAWN,
        level="attention" if sure and sure >= 0.01 * len(test) else "fine" if not sure else "fact",
        interval=binomial_interval(sure, len(test)),
        better="lower",
    )
    yield _output_margin(subject)


def _output_margin(subject: Classifier) -> Reading:
    found = leads(subject.test)
    middle, tenth = (float(np.quantile(found, share)) for share in (0.5, 0.1))
    known = None if subject.train is None else float(np.median(leads(subject.train)))
    return Reading(
        "output margin, median",
        middle,
        f"For the median unseen example the right class leads the best other by {middle:.3g} in logits ({np.exp(middle):.2g} times as likely)"
        + ("" if known is None else f", for the median training example by {known:.3g}")
        + f"; for one unseen example in ten by {tenth:.3g} or less. Below 0 the answer is wrong.",
        applies=DRAWN + " Multiplying all logits changes it and no answer: compare it with that of training examples, not between models.",
        interval=median_interval(found),
        better="higher",
        range=(-36.05, 36.05),
        unit="logits",
    )
