"""How simple what it does is, and on how few inputs it rests."""

from collections.abc import Iterator

import numpy as np

from unseen.audits import work
from unseen.audits.imitators import MOST, imitators
from unseen.audits.reading import SAMPLED, Reading, SkipError
from unseen.audits.subject import Classifier, numbers
from unseen.stats import binomial_interval


def cost(subject: Classifier) -> float:
    """Seconds: three models are fitted to its answers."""
    return work.imitation(subject, MOST)


def read(subject: Classifier) -> Iterator[Reading]:
    """How many of its answers a linear model gives too, one of degree two, and a tree of three questions, trained on its answers to training examples."""
    seen, asked = subject.inputs()
    train = subject.needed("train", subject.train)
    known, unseen = numbers(seen)[:MOST], numbers(asked)
    said, says = train.scores[:MOST].argmax(axis=1), subject.test.scores.argmax(axis=1)
    if len(np.unique(said)) < 2:
        raise SkipError("it gives all training examples the same answer.")
    own = float(subject.test.right.mean())
    for name, rival in imitators("classes", known.shape).items():
        answers = rival.fit(known, said).predict(unseen)
        same, right = int((answers == says).sum()), float((answers == subject.test.y).mean())
        share = same / len(says)
        yield Reading(
            f"answers that {name} gives too",
            share,
            f"{name.capitalize()} that imitates it gives {share:.1%} of its answers on unseen examples, and is right for {right:.1%} of them, it for {own:.1%}."
            + (" What it does is hardly more than that." if share > 0.95 else ""),
            applies="It was imitated on its answers to at most 3,000 training examples: a simple rule in other features is not found. " + SAMPLED,
            interval=binomial_interval(same, len(says)),
        )
