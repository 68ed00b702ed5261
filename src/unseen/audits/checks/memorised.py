"""How many training examples it knows by heart."""

import time
from collections.abc import Iterator

import numpy as np

from unseen.audits.adapters import taken
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Subject
from unseen.stats import binomial_interval

MOST, MODELS, SHARE, SECONDS = 1000, 24, 0.7, 20.0


def read(subject: Subject) -> Iterator[Reading]:
    """Training examples that it answers rightly mostly when they are trained on: P(right | in training) − P(right | left out) above one half.

    From the same model trained anew on random 70 % of at most `MOST` training examples.
    Source: Feldman & Zhang, "What neural networks memorize and why", NeurIPS 2020.
    """
    if subject.refit is None:
        raise SkipError("the model cannot be trained anew from here: that is done for scikit-learn estimators.")
    if subject.train is None:
        raise SkipError("no training examples were given: pass train=(x, y).")
    x, y, places, _ = subject.known(MOST)
    rng, n, right, inside = np.random.default_rng(0), len(y), [], []
    began = time.perf_counter()
    for done in range(MODELS):
        chosen = rng.permutation(n)[: max(2, int(SHARE * n))]
        if len(np.unique(y[chosen])) < 2:
            continue
        answers = subject.refit(taken(x, chosen), y[chosen], x).argmax(axis=1)
        right.append(answers == y)
        inside.append(np.isin(np.arange(n), chosen))
        spent = time.perf_counter() - began
        if done == 0 and spent * MODELS > 3 * SECONDS:
            raise SkipError(f"training it anew {MODELS} times would take {spent * MODELS:.0f} s; audit a smaller sample with limit=.")
    hits, known = np.array(right), np.array(inside)
    if len(hits) < 8 or not (known.any(axis=0) & (~known).any(axis=0)).all():
        raise SkipError("the training examples are too few, or nearly all of one class.")
    score = (hits * known).sum(axis=0) / known.sum(axis=0) - (hits * ~known).sum(axis=0) / (~known).sum(axis=0)
    heart = int((score > 0.5).sum())
    yield Reading(
        "training examples known by heart",
        heart / n,
        (
            f"{heart} of {n} training examples are right mostly when they are trained on, and wrong when they are left out ({len(hits)} models, each on "
            f"{SHARE:.0%}): exceptions, rare cases, or wrong labels."
            + (f" First of them: {', '.join(str(places[i]) for i in np.argsort(-score, kind='stable')[: min(heart, 8)])}." if heart else "")
        ),
        level="attention" if heart > 0.2 * n else "fact",
        interval=binomial_interval(heart, n),
        better="lower",
    )
