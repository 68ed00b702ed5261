"""How much of nothing the same model could learn."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

MOST = 2000


def cost(subject: Classifier) -> float:
    """Seconds: it is trained once."""
    return subject.trained_anew(1, MOST)


def read(subject: Classifier) -> Iterator[Reading]:
    """Accuracy on its own training examples of the same model, trained anew on shuffled labels (Zhang et al. 2017): what it can learn by heart."""
    refit, (x, y, at, _) = subject.anew(), subject.known(MOST)
    shuffled = np.random.default_rng(0).permutation(y)
    if len(np.unique(shuffled)) < 2:
        raise SkipError("the training examples have one class only.")
    right = int((refit(x, shuffled).argmax(axis=1) == shuffled).sum())
    chance = float(np.bincount(shuffled).max() / len(shuffled))
    share = right / len(at)
    yield Reading(
        "random labels learned by heart",
        share,
        (
            f"Trained on {len(at)} of its examples with shuffled labels it gets {share:.1%} of them right, where {chance:.1%} is chance. "
            + (
                "It can learn by heart: that it fits its training examples says nothing of unseen ones."
                if share > 0.5 + chance / 2
                else "It cannot learn much by heart: what it fits, it has found some rule for."
            )
        ),
        applies="One training anew with its settings and one shuffle: longer training, or another optimiser, may learn more.",
        interval=binomial_interval(right, len(at)),
    )
