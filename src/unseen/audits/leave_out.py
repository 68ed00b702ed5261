"""The same model trained anew without some of its training examples."""

import time
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from unseen.audits.adapters import taken
from unseen.audits.reading import SkipError
from unseen.audits.subject import Known, Subject

MOST, PARTS = 1000, 3
FEW, FEWEST, MODELS = 6, 9, 24
"""Models that are trained: those that take long, others at least, at most."""
SECONDS = 3.0
"""Within which more models than the fewest are trained."""


class LeftOut(NamedTuple):
    """Answers of each model to each example [models, examples, ...], whether it was trained on it, and the examples."""

    answers: np.ndarray
    inside: Bool[np.ndarray, "models n"]
    some: Known

    def mean(self, values: np.ndarray, inside: bool) -> np.ndarray:
        """The mean over the models that were trained on an example, or over those that were not, of values [models, n]."""
        chosen = self.inside == inside
        return (values * chosen).sum(axis=0) / chosen.sum(axis=0)


def left_out(subject: Subject) -> LeftOut:
    """Models trained anew without one of `PARTS` random parts of at most `MOST` training examples, each left out in turn, again and again.

    Raises:
        SkipError: where that cannot be done, or would take too long.
    """
    refit, some = subject.anew(), subject.known(MOST)
    rng, n, answers, inside, parts = np.random.default_rng(0), len(some.y), [], [], []
    began, fewest = time.perf_counter(), FEWEST
    for done in range(MODELS):
        parts = np.array_split(rng.permutation(n), PARTS) if done % PARTS == 0 else parts
        chosen = np.concatenate([part for place, part in enumerate(parts) if place != done % PARTS])
        if len(np.unique(some.y[chosen])) > 1:
            answers.append(refit(taken(some.x, chosen), some.y[chosen], some.x))
            inside.append(np.isin(np.arange(n), chosen))
        spent = time.perf_counter() - began
        if done == 0:
            fewest = FEWEST if spent * FEWEST <= SECONDS else FEW
            if spent * fewest > 8 * SECONDS and not subject.patient:
                raise SkipError(f"training it anew {fewest} times would take {spent * fewest:.0f} s; audit a smaller sample with limit=.")
        if done + 1 >= fewest and spent > SECONDS and done % PARTS == PARTS - 1:
            break
    known = np.array(inside)
    if len(answers) < fewest or not (known.any(axis=0) & (~known).any(axis=0)).all():
        raise SkipError("the training examples are too few, or nearly all of one label.")
    return LeftOut(np.array(answers), known, some)
