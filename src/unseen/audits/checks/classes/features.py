"""How apart the classes are in what its last layer reads."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval

MOST = 5000


def within_between(features: Float[np.ndarray, "n width"], y: Int[np.ndarray, " n"]) -> float:
    """Tr Σ_W / tr Σ_B: the variance around the means of the classes over that of the means around theirs, classes weighing alike; 0 when collapsed.

    Source: a trace form of NC1 in Papyan, Han & Donoho, "Prevalence of neural collapse", PNAS 2020 (they take tr Σ_W Σ_B⁺ / C).

    >>> within_between(np.array([[0.0], [2.0], [10.0], [12.0]]), np.array([0, 0, 1, 1]))
    0.04
    """
    classes = np.unique(y)
    means = np.stack([features[y == one].mean(axis=0) for one in classes])
    within = np.mean([np.square(features[y == one] - mean).sum(axis=1).mean() for one, mean in zip(classes, means, strict=True)])
    between = np.square(means - means.mean(axis=0)).sum(axis=1).mean()
    return float(within / between) if between > 0 else float("inf")


def cost(subject: Classifier) -> float:
    """Seconds: one more answer to each."""
    return subject.seconds * (min(MOST, len(subject.test)) + min(MOST, len(subject.train or ()))) if subject.box else 0.0


def read(subject: Classifier) -> Iterator[Reading]:
    """How tightly classes are drawn together, known and unseen; how often the nearest class mean of the training features gives the model's own answer."""
    box = subject.opened()
    subject.needed("train", subject.train)
    x, y, *_ = subject.known(MOST)
    new, _, at, _ = subject.unseen(MOST)
    known, unseen = box.features(x), box.features(new)
    if known is None or unseen is None:
        raise SkipError("what its last layer reads cannot be told: that is done for modules that end in a linear layer.")
    if len(np.unique(y)) < 2:
        raise SkipError("the training examples have one class only.")
    first, second = within_between(known, y), within_between(unseen, subject.test.y[at])
    yield Reading(
        "spread of classes over their distance, unseen",
        second,
        (
            f"In what its last layer reads, unseen examples of one class spread {second:.2g} times as much as the classes lie apart, training examples "
            f"{first:.2g} times. {'Training drew its own examples together far more than it does unseen ones.' if second > 3 * first else 'Both are alike.'}"
        ),
        level="attention" if second > 10 * first and second > 0.3 else "fact",
        better="lower",
        range=(0, float("inf")),
        unit="variances",
    )
    yield from _even(known, y)
    means = np.stack([known[y == one].mean(axis=0) for one in np.unique(y)])
    nearest = np.unique(y)[np.argmin(np.square(unseen[:, None] - means).sum(axis=2), axis=1)]
    same = int((nearest == subject.test.scores[at].argmax(axis=1)).sum())
    yield Reading(
        "answers that the nearest class mean gives too",
        same / len(at),
        f"{same} of {len(at)} of its answers are those of the nearest mean of a class in what its last layer reads.",
        interval=binomial_interval(same, len(at)),
    )


def _even(features: Float[np.ndarray, "n width"], y: Int[np.ndarray, " n"]) -> Iterator[Reading]:
    """How evenly the class means lie around theirs (NC2 of Papyan, Han & Donoho 2020), for three classes and more."""
    import jax.numpy as jnp

    from unseen.measures.neural_collapse import angle_variation, class_means, norm_variation

    place = np.unique(y, return_inverse=True)[1]
    if place.max() < 2:
        return
    means = class_means(jnp.asarray(features), jnp.asarray(place), int(place.max()) + 1)
    norms, angles = float(norm_variation(means)), float(angle_variation(means))
    if np.isfinite([norms, angles]).all():
        yield Reading(
            "unevenness of its class means",
            angles,
            f"In what its last layer reads the cosines between class means, from their middle, vary by {angles:.2g}, their distances from it by {norms:.0%}: "
            "0 for both when training has drawn every class to one point and all apart alike (neural collapse).",
            better="lower",
            range=(0, 1),
        )
