"""How far inputs are from being answered otherwise."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import SAMPLED, Reading, SkipError
from unseen.audits.subject import Classifier, numbers
from unseen.stats import binomial_interval

MOST = 2000
NEAR = 0.05


def cost(subject: Classifier) -> float:
    """Seconds: the gradient by the input takes about 4 answers."""
    return 4 * subject.seconds * min(MOST, len(subject.test)) if subject.box else 0.0


def read(subject: Classifier) -> Iterator[Reading]:
    """The share of unseen examples to whose inputs a change of `NEAR` of the distance between two of them makes another class likelier, to first order."""
    box = subject.opened()
    x, _, at, _ = subject.unseen(MOST)
    found = box.boundary(x)
    if found is None:
        raise SkipError("its inputs are whole numbers, to which no small change can be made.")
    flat, rng = numbers(x), np.random.default_rng(0)
    typical = float(np.median(np.linalg.norm(flat - flat[rng.permutation(len(flat))], axis=1)))
    if not typical > 0:
        raise SkipError("all its inputs are alike.")
    share = found[np.isfinite(found)] / typical
    close = int((share < NEAR).sum())
    yield Reading(
        "unseen examples near a decision boundary",
        close / len(at),
        (
            f"{close} of {len(at)} unseen examples would be answered otherwise after the right change of {NEAR:.0%} of the distance between two examples; "
            f"the median example after one of {np.median(share):.1%}. To first order: where it bends, it can be nearer."
        ),
        applies="A straight line is put through its scores at each input, in any direction, also such as no real input takes; columns count by their scale. "
        + SAMPLED,
        interval=binomial_interval(close, len(at)),
        better="lower",
    )
