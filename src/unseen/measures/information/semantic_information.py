"""Semantic information (Lu 1993, 2025): what a statement tells by how true it is of each thing, in place of how often it is said of it.

Things x of prior P(x), labels y. A truth function T(θ_y|x) in [0, 1] says how true label y is of x; all of them make a semantic channel. Arrays: prior [n],
truth [n, m], joint P(x, y) [n, m]. Informations in nats.
"""

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting

Prior = Float[np.ndarray, " n"]
Channel = Float[np.ndarray, "n m"]


def logical_probability(prior: Prior, truth: Channel) -> Float[np.ndarray, " m"]:
    """T(θ_y) = Σ_x P(x) T(θ_y|x): how much of the world a label is true of, in [0, 1].

    >>> logical_probability(np.array([0.5, 0.5]), np.array([[1.0, 1.0], [0.0, 1.0]]))
    array([0.5, 1. ])
    """
    prior, truth = fitting(prior=(prior, "n"), truth=(truth, "n m"))
    return prior @ truth


def semantic_posterior(prior: Prior, truth: Channel) -> Channel:
    """Semantic Bayes: P(x|θ_y) = P(x) T(θ_y|x) / T(θ_y), each column a law over things.

    Raises:
        Problem: truth outside [0, 1], or a label that is true of nothing.

    >>> semantic_posterior(np.array([0.5, 0.25, 0.25]), np.array([[1.0], [1.0], [0.0]])).round(3).ravel()
    array([0.667, 0.333, 0.   ])
    """
    whole = _checked(prior, truth)
    return np.asarray(prior, float)[:, None] * truth / whole


def semantic_information(joint: Channel, truth: Channel) -> float:
    """G = I(X; Y_θ) = Σ P(x, y) log T(θ_y|x) / T(θ_y) in nats: at most I(X; Y), -inf where a label that is false of a thing is said of it.

    Up to the entropy of X it is the mean log-likelihood Σ P(x, y) log P(x|θ_y), so that both are largest for the same truth functions; unchanged
    where a truth function is multiplied by a constant. What `semantic_posterior` raises, it raises, and `Problem` for a joint law whose sum is not 1.

    >>> joint = np.array([[0.4, 0.1], [0.1, 0.4]])
    >>> round(semantic_information(joint, optimal_truth(joint)), 4), round(semantic_information(joint, np.ones((2, 2))), 4)
    (0.1927, 0.0)
    """
    joint = _law("joint", joint, "n m")
    whole = _checked(joint.sum(axis=1), truth)
    with np.errstate(divide="ignore"):
        told = np.log(np.asarray(truth, float) / whole)
    return float(np.sum(joint * np.where(joint > 0, told, 0.0)))


def optimal_truth(joint: Channel) -> Channel:
    """T*(θ_y|x) = P(y|x) / max_x P(y|x): the truth functions of most semantic information, for which G is I(X; Y).

    >>> optimal_truth(np.array([[0.4, 0.1], [0.1, 0.4]])).round(2).tolist()
    [[1.0, 0.25], [0.25, 1.0]]
    """
    joint = _law("joint", joint, "n m")
    if not (joint.sum(axis=1).all() and joint.sum(axis=0).all()):
        raise Problem("joint: expected some mass in each row and column, got one without. Leave out things that do not occur and labels that are not said.")
    shannon = joint / joint.sum(axis=1, keepdims=True)
    return shannon / shannon.max(axis=0)


def rate_for_information(prior: Prior, truth: Channel, slope: float, iterations: int = 1000) -> tuple[float, float]:
    """A point (R, G) of R(G): the least I(X; Y) of a Shannon channel that conveys the semantic information G, where R'(G) = `slope`; in nats.

    Alternates P(y|x) ∝ P(y) (T(θ_y|x) / T(θ_y))^slope and P(y) = Σ_x P(x) P(y|x), as Blahut and Arimoto do with exp(-slope d). R ≥ G, with
    equality at slope 1 if that P(y) makes P(x|θ_y) the P(x|y) of the channel. Truth must be above 0.

    Raises:
        Problem: numbers out of range, or iterations that do not settle to 1e-3.

    >>> rate, conveyed = rate_for_information(np.array([0.5, 0.5]), np.array([[1.0, 0.25], [0.25, 1.0]]), slope=1.0)
    >>> round(rate, 4), round(conveyed, 4)
    (0.1927, 0.1927)
    """
    prior = _law("prior", prior, "n")
    if not (np.isfinite(slope) and slope >= 0 and iterations >= 1 and prior.all() and np.all(np.asarray(truth) > 0)):
        raise Problem(
            "prior, truth, slope, iterations: expected a prior and degrees above 0, a finite slope of at least 0, and at least one iteration, "
            f"got {prior.min():g} and {np.min(truth):g} the least, {slope!r} and {iterations!r}."
        )
    ratio = np.log(semantic_posterior(prior, truth) / prior[:, None])
    labels = np.full(ratio.shape[1], 1 / ratio.shape[1])
    channel = np.exp(slope * (ratio - ratio.max(axis=1, keepdims=True)))
    said, before = channel, labels
    for _ in range(iterations):
        said, before = labels * channel, labels
        said = said / said.sum(axis=1, keepdims=True)
        labels = prior @ said
    if not (moved := np.abs(labels - before).max()) <= 1e-3:
        raise Problem(f"iterations: the law of labels still moves by {moved:.2g} after {iterations}. Take more.")
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.sum(prior[:, None] * np.where(said > 0, said * np.log(said / labels), 0.0))
    return float(rate), float(np.sum(prior[:, None] * said * ratio))


def _law(name: str, mass: np.ndarray, shape: str) -> np.ndarray:
    (found,) = fitting(**{name: (mass, shape)})
    if found.min() < 0 or not np.isclose(found.sum(), 1):
        raise Problem(f"{name}: expected probabilities whose sum is 1, got a sum of {found.sum():g}, and {found.min():g} the least.")
    return found


def _checked(prior: Prior, truth: Channel) -> Float[np.ndarray, " m"]:
    """The logical probabilities, where they can be divided by."""
    fitting(prior=(prior, "n"), truth=(truth, "n m"))
    whole = logical_probability(prior, truth)
    if np.min(truth) < 0 or np.max(truth) > 1 or whole.min() <= 0:
        raise Problem(f"truth: expected degrees in [0, 1], each label true of something, got {np.min(truth):g} to {np.max(truth):g} and T(θ) = {whole}.")
    return whole
