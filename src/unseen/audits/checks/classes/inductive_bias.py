"""How much must come from the model, because the examples do not say it."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from unseen.audits import work
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier, numbers
from unseen.audits.uncertainty import jackknife

MOST = 3000
LEAST_ERROR = 0.001
GROUPS = 5


def _spacing(x: Float[np.ndarray, "n width"], y: Int[np.ndarray, " n"]) -> float:
    """The least distance between two classes."""
    from sklearn.neighbors import NearestNeighbors

    apart = min(float(NearestNeighbors(n_neighbors=1).fit(x[y != one]).kneighbors(x[y == one])[0].min()) for one in np.unique(y))
    if not apart > 0:
        raise SkipError("two training examples of different classes have the same inputs: no spacing of the classes can be told.")
    return apart


def _dimension(x: Float[np.ndarray, "n width"]) -> tuple[float, tuple[float, float]]:
    """The dimension of the inputs, with its interval."""
    from unseen._problem import Problem
    from unseen.measures.intrinsic_dimension import intrinsic_dimension

    try:
        return jackknife(lambda at: max(1.0, intrinsic_dimension(x[at])), len(x), GROUPS)
    except Problem as reason:
        raise SkipError(f"the dimension of its inputs cannot be told: {reason}") from reason


def cost(subject: Classifier) -> float:
    """Seconds: distances between training examples, for all of them and without each group."""
    n = min(MOST, len(subject.train or ()))
    return work.PRODUCT * work.width(subject) * n * n * (GROUPS + 1)


def read(subject: Classifier) -> Iterator[Reading]:
    """Required inductive bias in bits for the error that it reaches, of dimension, spacing of classes and number of the training examples alone.

    Source: Boopathy et al., "Model-agnostic measure of generalization difficulty", ICML 2023; the spacing is the least distance between two classes.
    """
    train = subject.needed("train", subject.train)
    if train.x is None:
        raise SkipError("inputs of training examples are needed: give the model and train=(x, y), not predictions alone.")
    from unseen.measures.generalization_difficulty import generalization_difficulty, sufficient_examples

    x, y, *_ = subject.known(MOST)
    known, present = numbers(x), np.unique(y)
    if len(present) < 2:
        raise SkipError("the training examples have one class only.")
    apart, (dimension, (low, high)) = _spacing(known, y), _dimension(known)
    radius, n = float(np.linalg.norm(known - known.mean(axis=0), axis=1).max()), len(train)
    task = {"radius": radius, "pieces": len(present)}
    error = max(1 - subject.overall, LEAST_ERROR)

    def bits_of(dimension: float) -> float:
        return generalization_difficulty(max(1.0, dimension), apart, n, error, outputs=len(present) - 1, **task)

    bits, enough = bits_of(dimension), float(sufficient_examples(dimension, apart, **task))
    ends = (bits_of(low), bits_of(high))
    yield Reading(
        "required inductive bias",
        bits,
        (
            f"Its inputs vary in about {dimension:.2g} directions and lie up to {radius:.2g} from their mean; the nearest two of different classes are "
            f"{apart:.2g} apart. Were nothing else known, {enough:.1e} examples would have to settle every answer at that detail: {n} "
            + (
                f"do not, and about {bits:.1e} bits must come from what the model assumes. "
                "Compare it between tasks: a further direction multiplies it, a further example hardly changes it."
                if bits > 0
                else "do, and the model need assume nothing."
            )
        ),
        applies=(
            "It says what the task asks, whatever the model: from the dimension, spread and spacing of the training examples as a ball in that many "
            "directions. One wrong label or outlier moves it far. The interval is that of the dimension."
        ),
        interval=(min(*ends, bits), max(*ends, bits)),
        range=(0, float("inf")),
        unit="bits",
    )
