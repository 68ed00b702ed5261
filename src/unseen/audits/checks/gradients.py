"""Whether its training examples pull the same way."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Subject

MOST = 2000
SHOWN = 8


def cost(subject: Subject) -> float:
    """Seconds: a gradient of each example takes about 5 answers."""
    return 5 * subject.seconds * min(MOST, len(subject.train or ())) if subject.box else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """How many examples carry half of the pull on the weights (GraNd); how many others one step on one example helps (m-coherence).

    Sources: Paul, Ganguli & Dziugaite, "Deep learning on a data diet", NeurIPS 2021; Chatterjee & Zielinski 2022 (arXiv 2203.10036).
    """
    box = subject.opened()
    train = subject.needed("train", subject.train)
    x, y, at, _ = subject.known(MOST)
    squares, mean = box.gradient_squares(x, y)
    norms = np.sqrt(squares)
    if not norms.any():
        raise SkipError("no training example has a gradient any more: the loss is flat there to the last digit.")
    order = np.argsort(-norms, kind="stable")
    half = int(np.searchsorted(np.cumsum(norms[order]), norms.sum() / 2) + 1)
    hardest = ", ".join(f"{train.place(at[i])} (labelled {subject.labelled(y[i])})" for i in order[:SHOWN])
    yield Reading(
        "training examples that carry half of the pull on the weights",
        half / len(at),
        f"Half of the pull on its weights comes from {half} of {len(at)} training examples: the hard ones, and the wrongly labelled. "
        f"Look at these first: {hardest}.",
        level="attention" if half < 0.02 * len(at) else "fact",
    )
    yield from _signal(mean, float(squares.mean()) - mean, len(at))
    coherence = len(at) * mean / float(squares.mean())
    yield Reading(
        "examples that one step on one example helps",
        coherence,
        (
            f"To first order a step for one training example does as much for all as if it helped {coherence:.2g} of {len(at)} and left the others be: "
            + (
                "they have something in common."
                if coherence > 2
                else "each pulls its own way."
                if coherence > 0.5
                else "their pulls cancel, as at the end of training."
            )
        ),
        range=(0, float(len(at))),
        unit="examples",
    )


def _signal(mean: float, noise: float, n: int) -> Iterator[Reading]:
    if noise > 0:
        yield Reading(
            "signal to noise of its gradients",
            mean / noise,
            f"The common pull of {n} training examples on the weights, squared, is {mean / noise:.2g} of the variance of their own pulls around it: near 0 at "
            "the end of training, and where examples have nothing in common.",
            range=(0, float("inf")),
            unit="variances",
        )
