"""How many of its most representative attributes it takes to name a concept, how complex its images look, and two ways to generalize from examples."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int

from unseen._problem import Problem, real_numbers


def representativeness(features: Float[np.ndarray, "n attributes"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "concepts attributes"]:
    """R(a, c) = P(a | c) / Σ_{c' ≠ c} P(c' | a), at least 0: how often attribute a goes with concept c, against how often it goes with the others.

    With m(c, a) the mean of attribute a (an activation, at least 0) over the examples of concept c, P(a | c) = m(c, a) / Σ_a m(c, a) and P(c | a) =
    m(c, a) / Σ_c m(c, a). An attribute of one concept alone has infinite representativeness there; one that is never active has 0. Source: Shi et al.
    (2023), "On the Complexity of Bayesian Generalization", in their code.

    Raises:
        Problem: features below 0 or not finite, or a concept between 0 and the largest that has no example.

    >>> representativeness(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 3.0]]), np.array([0, 1]))  # 1/2 / 1/2, 1/2 / 0, 0; 1/4 / 1/2, 0, 3/4 / 0
    array([[1. , inf, 0. ],
           [0.5, 0. , inf]])
    """
    features, y = np.asarray(features, float), np.asarray(y)
    if not (np.isfinite(features).all() and (features >= 0).all()):
        raise Problem("features: expected finite activations of at least 0 (after a ReLU), got others. Take a layer whose units are never negative.")
    counts = np.bincount(y)
    if not counts.all():
        raise Problem(f"y: expected an example of every concept from 0 to {len(counts) - 1}, got none of {int(np.argmin(counts))}.")
    means = np.stack([features[y == concept].mean(axis=0) for concept in range(len(counts))])
    of_concept = means / np.maximum(means.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    others = (means.sum(axis=0) - means) / np.maximum(means.sum(axis=0), np.finfo(float).tiny)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(of_concept > 0, of_concept / np.maximum(others, 0), 0.0)


def described(
    features: Float[np.ndarray, "n attributes"],
    y: Int[np.ndarray, " n"],
    ranking: Float[np.ndarray, "concepts attributes"],
    answer: Callable[[Float[np.ndarray, "m attributes"]], Int[np.ndarray, " m"]],
) -> Float[np.ndarray, "concepts attributes"]:
    """The share of each concept's examples that are named rightly from its k highest-ranked attributes alone (the others set to 0), for k = 1, 2, …

    `answer` gives the concept from features; the last column is the accuracy with all attributes.

    >>> described(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]]), lambda z: np.argmin(z, axis=1))
    array([[0., 1.],
           [1., 1.]])
    """
    found = np.empty(np.shape(ranking))
    for concept, row in enumerate(ranking):
        own, order = features[y == concept], np.argsort(-row, kind="stable")
        kept = np.zeros((len(order), len(order)))
        for k, attribute in enumerate(order):
            kept[k:, attribute] = 1
        named = answer((own[None] * kept[:, None]).reshape(-1, len(order)))
        found[concept] = (named == concept).reshape(len(order), -1).mean(axis=1)
    return found


def description_length(accuracies: Float[np.ndarray, "concepts attributes"]) -> Float[np.ndarray, " concepts"]:
    """Σ_k max(0, 1 - accuracy_k / accuracy), the number of attributes that are missed on the way to the accuracy with all, from what `described` gives.

    It is k - 1 where the k-th attribute brings the whole accuracy at once; where no example is named with all attributes it is NaN.

    >>> description_length(np.array([[0.0, 0.0, 0.8, 0.8], [0.4, 0.8, 0.8, 0.8]]))
    array([2. , 0.5])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(0, 1 - accuracies / accuracies[:, -1:]).sum(axis=1)


def local_entropy(image: Float[np.ndarray, "rows columns"], levels: int = 256) -> float:
    """The entropy in bits of (grey level, mean level of the eight neighbours) over the inner pixels of an image stretched to its full range; at least 0.

    Both are rounded to `levels` values. A uniform image has 0. Source: the visual complexity in the code of Shi et al. (2023), which frames the
    image by 0 and counts its border.

    >>> local_entropy(np.ones((5, 5))), local_entropy(np.tile([0.0, 0.0, 0.0, 1.0, 1.0, 1.0], (4, 1)))
    (0.0, 2.0)
    """
    image = real_numbers("image", image)
    if image.ndim != 2 or min(image.shape) < 3:
        raise Problem(f"image: expected grey levels of at least 3 x 3 pixels, got shape {image.shape}.")
    low, high = image.min(), image.max()
    image = (image - low) / (high - low) if high > low else np.zeros_like(image)
    rows, columns = image.shape
    windows = sum(image[i : i + rows - 2, j : j + columns - 2] for i in range(3) for j in range(3))
    centre = image[1:-1, 1:-1]
    pair = [np.minimum((part * levels).astype(int), levels - 1) for part in (centre, (windows - centre) / 8)]
    share = np.unique(pair[0] * levels + pair[1], return_counts=True)[1] / centre.size
    return float(-(share * np.log2(share)).sum()) + 0.0


def by_rule(examples: Bool[np.ndarray, "examples attributes"], others: Bool[np.ndarray, "n attributes"]) -> Float[np.ndarray, " n"]:
    """1 for each of the others that has every attribute that all examples share (the smallest rule that they obey), else 0: all or none.

    Source: Tenenbaum (1999), "Rules and similarity in concept learning": the smallest hypothesis that is consistent with the examples.

    >>> by_rule(np.array([[True, True, False], [True, False, False]]), np.array([[True, False, True], [False, True, True]]))
    array([1., 0.])
    """
    return others[:, np.all(examples, axis=0)].all(axis=1).astype(float)


def by_similarity(examples: Bool[np.ndarray, "examples attributes"], others: Bool[np.ndarray, "n attributes"]) -> Float[np.ndarray, " n"]:
    """The share of an example's attributes that each of the others has, averaged over examples; in [0, 1], graded.

    Source: Tenenbaum (1999): the hypotheses that hold of an example (here: one for each of its attributes), all counted alike.

    >>> by_similarity(np.array([[True, True, False], [True, False, False]]), np.array([[True, False, True], [False, True, True]]))
    array([0.75, 0.25])
    """
    weight = examples / np.maximum(examples.sum(axis=1, keepdims=True), 1)
    return others.astype(float) @ weight.mean(axis=0)
