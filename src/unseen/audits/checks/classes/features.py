"""How apart the classes are in what its last layer reads."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from unseen.audits.reading import DRAWN, SAMPLED, Reading, SkipError
from unseen.audits.subject import Classifier
from unseen.audits.uncertainty import jackknife
from unseen.stats import binomial_interval

if TYPE_CHECKING:
    from unseen.measures.neural_collapse import ClassMeans

MOST = 5000
COMPILING = 2.0
RESTS = "It is told from what the last linear layer reads, on at most 5,000 examples; compare it between models that read as many numbers there. "


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
    """Seconds: one more answer to each, and what compiling takes."""
    return COMPILING + subject.seconds * (min(MOST, len(subject.test)) + min(MOST, len(subject.train or ()))) if subject.box else 0.0


def read(subject: Classifier) -> Iterator[Reading]:
    """How tightly classes are drawn together, known and unseen; how often the nearest class mean of the training features gives the model's own answer.

    And, as neural collapse has it, how evenly the class means lie, and whether the weights of the last layer point to them.
    """
    box = subject.opened()
    subject.needed("train", subject.train)
    x, y, *_ = subject.known(MOST)
    new, _, at, _ = subject.unseen(MOST)
    known, unseen = box.features(x), box.features(new)
    if known is None or unseen is None:
        raise SkipError("what its last layer reads cannot be told: that is done for modules that end in a linear layer.")
    if len(np.unique(y)) < 2:
        raise SkipError("the training examples have one class only.")
    yield _spread(known, y, unseen, subject.test.y[at])
    yield from _even(known, y)
    yield from _dual(known, y, box.readout(x), len(subject.classes))
    means = np.stack([known[y == one].mean(axis=0) for one in np.unique(y)])
    nearest = np.unique(y)[np.argmin(np.square(unseen[:, None] - means).sum(axis=2), axis=1)]
    same = int((nearest == subject.test.scores[at].argmax(axis=1)).sum())
    yield Reading(
        "answers that the nearest class mean gives too",
        same / len(at),
        f"{same} of {len(at)} of its answers are those of the nearest mean of a class in what its last layer reads.",
        applies=RESTS + SAMPLED,
        interval=binomial_interval(same, len(at)),
    )


def _spread(known: np.ndarray, y: np.ndarray, unseen: np.ndarray, labels: np.ndarray) -> Reading:
    if len(np.unique(labels)) < 2:
        raise SkipError("the unseen examples have one class only.")
    first = within_between(known, y)
    second, (low, high) = jackknife(lambda some: _several(unseen[some], labels[some]), len(labels))
    return Reading(
        "spread of classes over their distance, unseen",
        second,
        (
            f"In what its last layer reads, unseen examples of one class spread {second:.2g} times as much as the classes lie apart, training examples "
            f"{first:.2g} times. {'Training drew its own examples together far more than it does unseen ones.' if second > 3 * first else 'Both are alike.'}"
        ),
        applies=RESTS + DRAWN,
        level="attention" if second > 10 * first and second > 0.3 else "fact",
        interval=(max(0.0, low), high),
        better="lower",
        range=(0, float("inf")),
        unit="variances",
    )


def _several(features: np.ndarray, y: np.ndarray) -> float:
    """`within_between`; ∞ where one class is left."""
    return within_between(features, y) if len(np.unique(y)) > 1 else float("inf")


def _means(features: np.ndarray, y: np.ndarray, classes: int) -> "ClassMeans":
    import jax.numpy as jnp

    from unseen.measures.neural_collapse import class_means

    return class_means(jnp.asarray(features), jnp.asarray(y), classes)


def _even(features: Float[np.ndarray, "n width"], y: Int[np.ndarray, " n"]) -> Iterator[Reading]:
    """How evenly the class means lie around theirs (NC2 of Papyan, Han & Donoho 2020), for three classes and more."""
    from unseen.measures.neural_collapse import angle_variation, norm_variation

    place = np.unique(y, return_inverse=True)[1]
    if place.max() < 2:
        return
    means, count = _means(features, place, place.max() + 1), int(place.max()) + 1
    norms = float(norm_variation(means))
    angles, (low, high) = jackknife(lambda some: float(angle_variation(_means(features[some], place[some], count))), len(y))
    if np.isfinite([norms, angles, low, high]).all():
        yield Reading(
            "unevenness of its class means",
            angles,
            f"In what its last layer reads the cosines between class means, from their middle, vary by {angles:.2g}, their distances from it by {norms:.0%}: "
            "0 for both when training has drawn every class to one point and all apart alike (neural collapse).",
            applies=RESTS + "It is of training examples, classes weighing alike.",
            interval=(max(0.0, low), min(1.0, high)),
            better="lower",
            range=(0, 1),
            unit="cosine",
        )


def _dual(features: np.ndarray, y: np.ndarray, readout: np.ndarray | None, classes: int) -> Iterator[Reading]:
    """Whether the weights of a class point to its mean (NC3, self-duality)."""
    import jax.numpy as jnp

    from unseen.measures.neural_collapse import duality

    if readout is None or readout.shape != (classes, features.shape[1]):
        return
    weights = jnp.asarray(readout - readout.mean(axis=0))  # what all classes share changes no answer
    same, (low, high) = jackknife(lambda some: float(duality(_means(features[some], y[some], classes), weights)[0]), len(y))
    if np.isfinite([same, low, high]).all():
        yield Reading(
            "agreement of its last weights with its class means",
            same,
            f"The weights that its last layer gives a class point to the mean of that class, from the middle of all, with a cosine of {same:.2g} on average: "
            "1 when training has made them one (neural collapse), 0 when they have nothing to do with each other.",
            applies=RESTS + "It is of training examples, classes weighing alike; weights are taken from their mean over classes.",
            interval=(max(-1.0, low), min(1.0, high)),
            range=(-1, 1),
            unit="cosine",
        )
