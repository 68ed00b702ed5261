"""How many training examples it knows by heart."""

import time
from collections.abc import Iterator

import numpy as np

from unseen.audits.adapters import taken
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Subject
from unseen.stats import binomial_interval

MOST, PARTS = 1000, 3
FEWEST, MODELS = 9, 24
SECONDS = 8.0
"""Within which more models than the fewest are trained."""


def read(subject: Subject) -> Iterator[Reading]:
    """Training examples that it answers rightly mostly when they are trained on: P(right | in training) − P(right | left out) above one half.

    From the same model trained anew without one of `PARTS` random parts of at most `MOST` training examples, each left out in turn, again and again.
    Source: Feldman & Zhang, "What neural networks memorize and why", NeurIPS 2020.
    """
    if subject.refit is None:
        raise SkipError("the model cannot be trained anew from here: that is done for scikit-learn estimators.")
    if subject.train is None:
        raise SkipError("no training examples were given: pass train=(x, y).")
    x, y, places, _ = subject.known(MOST)
    rng, n, right, inside, parts = np.random.default_rng(0), len(y), [], [], []
    began = time.perf_counter()
    for done in range(MODELS):
        parts = np.array_split(rng.permutation(n), PARTS) if done % PARTS == 0 else parts
        chosen = np.concatenate([part for place, part in enumerate(parts) if place != done % PARTS])
        if len(np.unique(y[chosen])) > 1:
            right.append(subject.refit(taken(x, chosen), y[chosen], x).argmax(axis=1) == y)
            inside.append(np.isin(np.arange(n), chosen))
        spent = time.perf_counter() - began
        if done == 0 and spent * FEWEST > 3 * SECONDS:
            raise SkipError(f"training it anew {FEWEST} times would take {spent * FEWEST:.0f} s; audit a smaller sample with limit=.")
        if done + 1 >= FEWEST and spent > SECONDS and done % PARTS == PARTS - 1:
            break
    hits, known = np.array(right), np.array(inside)
    if len(hits) < FEWEST or not (known.any(axis=0) & (~known).any(axis=0)).all():
        raise SkipError("the training examples are too few, or nearly all of one class.")
    score = (hits * known).sum(axis=0) / known.sum(axis=0) - (hits * ~known).sum(axis=0) / (~known).sum(axis=0)
    heart = int((score > 0.5).sum())
    yield Reading(
        "training examples known by heart",
        heart / n,
        (
            f"{heart} of {n} training examples are right mostly when they are trained on, and wrong when they are left out ({len(hits)} models, each on "
            f"{1 - 1 / PARTS:.0%}): exceptions, rare cases, or wrong labels."
            + (f" First of them: {', '.join(str(places[i]) for i in np.argsort(-score, kind='stable')[: min(heart, 8)])}." if heart else "")
        ),
        level="attention" if heart > 0.2 * n else "fact",
        interval=binomial_interval(heart, n),
        better="lower",
    )
