"""How simple what it does is."""

from collections.abc import Iterator

import numpy as np

from unseen.audits import work
from unseen.audits.checks.numbers.error import explained
from unseen.audits.imitators import MOST, imitators
from unseen.audits.reading import SAMPLED, Reading, SkipError
from unseen.audits.subject import Regressor, numbers


def cost(subject: Regressor) -> float:
    """Seconds: three models are fitted to its answers."""
    return work.imitation(subject, MOST)


def read(subject: Regressor) -> Iterator[Reading]:
    """What share of the variance of its answers a linear model explains, one of degree two, and a tree of three questions, trained on its answers."""
    seen, asked = subject.inputs()
    train = subject.needed("train", subject.train)
    known, unseen = numbers(seen)[:MOST], numbers(asked)
    said, says, test = train.values[:MOST], subject.test.values, subject.test
    if not (np.ptp(said) > 0 and np.ptp(says) > 0):
        raise SkipError("it gives all examples the same answer.")
    for name, rival in imitators("numbers", known.shape).items():
        answers = rival.fit(known, said).predict(unseen)
        found = explained(np.square(answers - says), np.square(says - says.mean()))
        error = float(np.sqrt(np.square(answers - test.y).mean()))
        yield Reading(
            f"variance of its answers that {name} explains",
            float(found.value),
            f"{name.capitalize()} that imitates it gives its answers on unseen examples up to {1 - float(found.value):.2g} of their variance, and is off by "
            f"{error:.3g} (root mean square), it by {subject.overall:.3g}." + (" What it does is hardly more than that." if found.value > 0.95 else ""),
            applies="It was imitated on its answers to at most 3,000 training examples: a simple rule in other features is not found. " + SAMPLED,
            interval=(float(found.low), min(1.0, float(found.high))),
            range=(-float("inf"), 1),
        )
