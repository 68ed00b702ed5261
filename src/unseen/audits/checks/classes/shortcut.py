"""Whether one input alone says the label: a shortcut, or a leak."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.one_column import RESTS, best_column
from unseen.audits.one_column import cost as cost
from unseen.audits.reading import DRAWN, Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval


def read(subject: Classifier) -> Iterator[Reading]:
    """How many unseen labels, and how many of the model's answers, a tree of three questions gives that sees one column only."""
    train, test = subject.needed("train", subject.train), subject.test
    if len(np.unique(train.y)) < 2:
        raise SkipError("the training examples have one class only.")
    said = train.scores.argmax(axis=1)
    found = best_column(subject, train.y, said)
    n, right = len(test), int((found.labels == test.y).sum())
    same, says = float((found.answers == test.scores.argmax(axis=1)).mean()), float(test.right.mean())
    constant = float((test.y == np.bincount(train.y).argmax()).mean())
    low, high = binomial_interval(right, n)
    nearly = low > constant and right / n - constant > 0.9 * (says - constant)
    yield Reading(
        "unseen labels that one input alone gives",
        right / n,
        (
            f"From {found.name} alone a tree of three questions is right for {right / n:.1%} of the unseen examples; the model is for {says:.1%}, and always "
            f"answering the commonest class of the training examples for {constant:.1%}. Trained on the model's answers it gives {same:.1%} of those."
            + (found.suspected() if nearly else "")
        ),
        applies=RESTS + DRAWN,
        level="attention" if nearly else "fact",
        interval=(low, high),
    )
