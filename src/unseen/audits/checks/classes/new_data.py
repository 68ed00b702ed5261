"""How well it will do where no labels are known."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier

DRAWS = 1000


def thresholded(confidence: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"], new: Float[np.ndarray, " m"]) -> float:
    """ATC: the share of `new` confidences at or above the threshold above which, on labelled examples, as many stand as are right.

    Source: Garg et al., "Leveraging unlabeled data to predict out-of-distribution performance", ICLR 2022.

    >>> thresholded(np.array([0.6, 0.7, 0.8, 0.9]), np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.5, 0.75]))
    0.5
    """
    wrong = round(float(np.sum(1 - right)))
    threshold = np.sort(confidence)[wrong] if wrong < len(confidence) else np.inf
    return float(np.mean(new >= threshold))


def read(subject: Classifier) -> Iterator[Reading]:
    """Accuracy on `new` estimated by average thresholded confidence, with a bootstrap interval that knows of sampling and not of what else may have changed."""
    future = subject.needed("new", subject.new)
    if not subject.graded:
        raise SkipError("the model says which class and not how sure it is: give one with predict_proba, or scores.")
    test, new, rng = subject.test, future.confidence, np.random.default_rng(0)
    estimate = thresholded(test.confidence, test.right, new)
    drawn = []
    for _ in range(DRAWS):
        at, of = rng.integers(0, len(test), len(test)), rng.integers(0, len(new), len(new))
        drawn.append(thresholded(test.confidence[at], test.right[at], new[of]))
    low, high = (float(limit) for limit in np.quantile(drawn, [0.025, 0.975]))
    measured = float(test.right.mean())
    yield Reading(
        "estimated accuracy on new examples",
        estimate,
        (
            f"By its confidence about {estimate:.1%} of {len(new)} new examples will be right, against {measured:.1%} measured on the test examples. "
            "It is an estimate: it cannot see changes that leave the model as sure as before."
        ),
        applies=(
            "Only the mix of inputs may have changed: where labels mean something else now, or the model is sure of itself on what it never saw, "
            "it is wrong. The interval knows of sampling only."
        ),
        level="attention" if high < measured else "fact",
        interval=(low, high),
        better="higher",
    )
