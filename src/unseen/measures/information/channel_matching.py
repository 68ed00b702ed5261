"""Channel matching (Lu 2019): a semantic and a Shannon channel that follow each other, to classify by most mutual information and to fit mixtures."""

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, fitting

Joint = Float[np.ndarray, "classes cells"]


def label_information(joint: Joint, labels: Int[np.ndarray, " cells"]) -> float:
    """I(class; label) in nats, where every cell of feature space gets the label `labels[cell]`; `joint` is P(class, cell).

    >>> round(label_information(np.array([[0.25, 0.25, 0.0], [0.0, 0.0, 0.5]]), np.array([0, 0, 1])), 4)
    0.6931
    """
    joint, labels = _checked(joint, labels)
    both = _gathered(joint, labels, int(labels.max()) + 1)
    product = both.sum(axis=1, keepdims=True) * both.sum(axis=0)
    return float(np.sum(both[both > 0] * np.log(both[both > 0] / product[both > 0])))


def matched_labels(joint: Joint, labels: Int[np.ndarray, " cells"], iterations: int) -> Int[np.ndarray, " cells"]:
    """The labels of cells after some rounds of matching, each of which leaves I(class; label) as it is or raises it.

    A round lets the semantic channel match the Shannon channel, I_ij = log P(label j|class i) / P(label j), then labels each cell by the most semantic
    information, argmax_j Σ_i P(class i|cell) I_ij. Labels may fall out of use and do not come back.

    Args:
        joint: P(class, cell), cells with some mass.
        labels: where to start.
        iterations: rounds; 0 gives `labels` back.

    Raises:
        Problem: labels that are not a whole number from 0 on for each cell, or a joint law whose sum is not 1.

    >>> joint = np.array([[0.3, 0.15, 0.05, 0.0], [0.0, 0.05, 0.15, 0.3]])
    >>> matched_labels(joint, np.array([0, 1, 0, 1]), iterations=3)
    array([0, 0, 1, 1])
    """
    joint, labels = _checked(joint, labels)
    count = int(labels.max()) + 1
    for _ in range(iterations):
        both = _gathered(joint, labels, count)
        mass = both.sum(axis=0)
        said = np.log(np.maximum(both, 1e-300)) - np.log(np.maximum(both.sum(axis=1, keepdims=True) * mass, 1e-300))
        labels = np.argmax(joint.T @ np.where(mass > 0, said, -1e9), axis=1)
    return labels


def most_label_information(joint: Joint, count: int) -> float:
    """The most I(class; label) of any `count` labels in nats, for two classes: exact, for the best labels are intervals of P(class|cell).

    Dynamic programming over cells in that order (Kurkoski & Yagi 2014); time and memory grow as cells².

    Raises:
        Problem: more than two classes, a class or a cell without mass, a sum that is not 1, or no label.

    >>> round(most_label_information(np.array([[0.25, 0.25, 0.0], [0.0, 0.0, 0.5]]), 2), 4)
    0.6931
    """
    joint = _law(joint)
    if count < 1:
        raise Problem(f"count: expected at least 1 label, got {count!r}.")
    if len(joint) != 2:
        raise Problem(f"joint: expected two classes, got {len(joint)}. For more there is no such order; start `matched_labels` from many places.")
    if not joint.sum(axis=0).all():
        raise Problem("joint: expected some mass in each cell, got a cell without. Leave it out.")
    joint = joint[:, np.argsort(joint[0] / joint.sum(axis=0))]
    sums = np.pad(np.cumsum(joint, axis=1), ((0, 0), (1, 0)))
    part = np.maximum(sums[:, None, :] - sums[:, :, None], 0.0)  # mass of cells a … b - 1
    shares = part / (joint.sum(axis=1)[:, None, None] * np.maximum(part.sum(axis=0), 1e-300))
    gain = np.sum(part * np.log(np.maximum(shares, 1e-300)), axis=0)
    gain = np.where(np.tri(len(gain), k=-1, dtype=bool), -np.inf, gain)
    best = gain[0]
    for _ in range(count - 1):
        best = np.max(best[:, None] + gain, axis=0)
    return float(best[-1])


class Mixture:
    """Normal components on a line: `weights`, `means`, `deviations`, each [components]."""

    def __init__(self, weights: Float[np.ndarray, " k"], means: Float[np.ndarray, " k"], deviations: Float[np.ndarray, " k"]) -> None:
        self.weights, self.means, self.deviations = (np.asarray(one, float) for one in (weights, means, deviations))

    def densities(self, x: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n k"]:
        """Of each component at each place, without its weight."""
        return np.exp(-0.5 * ((x[:, None] - self.means) / self.deviations) ** 2) / (self.deviations * np.sqrt(2 * np.pi))

    def step(self, x: Float[np.ndarray, " n"], mass: Float[np.ndarray, " n"], inner: int = 1) -> "Mixture":
        """One iteration of EnM on points of some mass: `inner` rounds of P(y|x) and of the weights P(y), then means and deviations.

        1 is expectation-maximisation; Lu's E3M has 3. No step lowers the likelihood. A component that explains less than 1e-300 of every point is no use:
        the result is not finite.

        >>> x = np.array([-1.0, 1.0])
        >>> Mixture([0.5, 0.5], [-1.0, 1.0], [0.1, 0.1]).step(x, np.array([0.25, 0.75])).weights.round(3)
        array([0.25, 0.75])
        """
        densities, weights = np.maximum(self.densities(x), 1e-300), self.weights
        share = densities
        for _ in range(inner):
            share = weights * densities
            share = share / share.sum(axis=1, keepdims=True) * mass[:, None]
            weights = share.sum(axis=0)
        means = x @ share / weights
        return Mixture(weights, means, np.sqrt(np.sum(share * (x[:, None] - means) ** 2, axis=0) / weights))


def _law(joint: Joint) -> np.ndarray:
    (joint,) = fitting(joint=(joint, "classes cells"))
    if joint.min() < 0 or not np.isclose(joint.sum(), 1):
        raise Problem(f"joint: expected probabilities whose sum is 1, got a sum of {joint.sum():g}, and {joint.min():g} the least. Divide by the sum.")
    return joint


def _checked(joint: Joint, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    joint, labels = _law(joint), np.asarray(labels)
    if labels.shape != joint.shape[1:] or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise Problem(f"labels: expected whole numbers from 0 on, one for each of {joint.shape[1]} cells, got {labels!r}.")
    return joint, labels


def _gathered(joint: Joint, labels: Int[np.ndarray, " cells"], count: int) -> Float[np.ndarray, "classes labels"]:
    return np.stack([np.bincount(labels, row, count) for row in joint])
