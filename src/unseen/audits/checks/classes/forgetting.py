"""Which training examples it learned and forgot again."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

SHOWN = 8


def forgotten(right: Bool[np.ndarray, "stages n"]) -> Int[np.ndarray, " n"]:
    """How often each example was right at one stage of training and wrong at the next.

    Source: Toneva et al., "An empirical study of example forgetting during deep neural network learning", ICLR 2019 (they look each time it is presented).

    >>> forgotten(np.array([[0, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]], bool)).tolist()
    [0, 2, 0]
    """
    return (right[:-1] & ~right[1:]).sum(axis=0)


def read(subject: Classifier) -> Iterator[Reading]:
    """The share of training examples that were learned and forgotten at least once, and those that were never learned."""
    train = subject.needed("train", subject.train)
    if subject.history is None:
        raise SkipError("how it learned is not known: pass history=, the classes that it predicted for the training examples at each stage [stages, n].")
    right = subject.history() == train.y
    if len(right) < 2:
        raise SkipError("its training has one stage only.")
    times, never = forgotten(right), np.flatnonzero((~right).all(axis=0))
    count, n = int((times > 0).sum()), right.shape[1]
    order = np.argsort(-times, kind="stable")[: min(SHOWN, count)]
    most = ", ".join(f"{train.place(i)} (labelled {subject.labelled(train.y[i])}, {times[i]} times)" for i in order)
    yield Reading(
        "training examples that it learned and forgot again",
        count / n,
        (
            f"At one of {len(right)} stages of training {count} of {n} training examples were right and at the next wrong. "
            + (f"The more often, the harder, or the likelier a wrong label; most often: {most}. " if count else "What it learned it kept. ")
            + (f"{len(never)} were never right, first {', '.join(str(train.place(i)) for i in never[:SHOWN])}." if len(never) else "None was never right.")
        ),
        applies="It is told of these stages of this training; between two of them more may have been forgotten, and another order of examples forgets others.",
        interval=binomial_interval(count, n),
        better="lower",
    )
