"""Linear scores for each of several labels by three losses whose aim is Macro-AUC: univariate, reweighted and pairwise logistic."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize

from unseen._problem import Problem, fitting, number, whole
from unseen.theory._search import settled

LOSSES = ("univariate", "reweighted", "pairwise")


def macro_auc(scores: Float[np.ndarray, "m labels"], y: Bool[np.ndarray, "m labels"]) -> float:
    """Mean over labels of the share of pairs (example with the label, example without) in which the first has the higher score; ties count half; in [0, 1].

    Labels that all examples have, or none, are left out; NaN where no other is left.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> macro_auc(np.array([[0.1], [0.9], [0.8]]), np.array([[False], [True], [False]]))
    1.0
    """
    fitting(scores=(scores, "m labels"), y=(y, "m labels"))
    areas = []
    for score, label in zip(np.asarray(scores, float).T, np.asarray(y, bool).T, strict=True):
        if label.any() and not label.all():
            rank = np.searchsorted(np.sort(score), score, "left") + np.searchsorted(np.sort(score), score, "right") + 1
            with_label = label.sum()
            areas.append((rank[label].sum() / 2 - with_label * (with_label + 1) / 2) / (with_label * (~label).sum()))
    return float(np.mean(areas)) if areas else float("nan")


def surrogate(scores: Float[np.ndarray, " n"], y: Bool[np.ndarray, " n"], loss: str) -> tuple[float, Float[np.ndarray, " n"]]:
    """(value, gradient by the scores) of one of LOSSES for one label, with ℓ(z) = ln(1 + e^{-z}).

    "univariate": mean of ℓ(±f); "reweighted": mean of ℓ(f) over examples with the label, plus mean of ℓ(-f) over those without; "pairwise": mean of
    ℓ(f - f') over all pairs of the two (Wu, Li & Yin 2023).

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> round(surrogate(np.zeros(3), np.array([True, False, False]), "reweighted")[0], 4)  # 2 ln 2
    1.3863
    """
    if loss not in LOSSES:
        raise Problem(f"loss: expected one of {', '.join(LOSSES)}, got {loss!r}.")
    if np.ndim(y) != 1 or np.shape(scores) != np.shape(y):
        raise Problem(f"scores, y: expected one score and one label for each example, got shapes {np.shape(scores)} and {np.shape(y)}.")
    count = y.sum()
    if not 0 < count < len(y):
        raise Problem("y: expected some examples with the label and some without.")
    if loss == "pairwise":
        return _pairwise(scores, y)
    sign = np.where(y, 1.0, -1.0)
    weight = np.full(len(y), 1 / len(y)) if loss == "univariate" else np.where(y, 1 / count, 1 / (len(y) - count))
    return float(weight @ np.logaddexp(0, -sign * scores)), -weight * sign / (1 + np.exp(sign * scores))


def _pairwise(scores: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """In parts of some million pairs, so that memory does not grow with their number."""
    plus, minus, total = scores[y], scores[~y], 0.0
    rise, fall = np.empty(len(plus)), np.zeros(len(minus))
    for part in np.array_split(np.arange(len(plus)), -(-len(plus) * len(minus) // 1_000_000)):
        apart = plus[part, None] - minus
        slope = 1 / (1 + np.exp(apart))
        total += float(np.logaddexp(0, -apart).sum())
        rise[part] = slope.sum(axis=1)
        fall += slope.sum(axis=0)
    gradient = np.empty(len(y))
    gradient[y], gradient[~y] = -rise, fall
    pairs = len(plus) * len(minus)
    return total / pairs, gradient / pairs


def fit_scores(
    x: Float[np.ndarray, "n d"], y: Bool[np.ndarray, "n labels"], loss: str, *, ridge: float = 1e-3, intercept: bool = False, iterations: int = 500
) -> tuple[Float[np.ndarray, "d labels"], Float[np.ndarray, " labels"]]:
    """(weights, intercepts) that minimise, label by label, `surrogate` + ridge/2 ‖w‖², by L-BFGS.

    An intercept is not penalised; it does nothing for pairs. Without one the scores of standardised inputs have mean 0, however rare a label is.

    Args:
        x: inputs.
        y: which labels each example has.
        loss: one of LOSSES.
        ridge: above 0.
        intercept: whether there is one.
        iterations: at most so many a label.

    Raises:
        Problem: shapes that do not fit, numbers that are not finite, a label that all examples have or none, a ridge that is not above 0, or a minimisation
            that did not converge.

    >>> x = np.array([[1.0], [-1.0]])
    >>> bool(fit_scores(x, x > 0, "pairwise")[0][0, 0] > 0)
    True
    """
    whole(1, iterations=iterations)
    number(ridge=ridge)
    fitting(x=(x, "n d"), y=(y, "n labels"))
    if not ridge > 0:
        raise Problem(f"ridge: expected a number above 0, got {ridge!r}. Without it, labels that a line tells apart have no solution.")
    design = np.concatenate([x, np.full((len(x), 1), float(intercept))], axis=1)
    penalty = np.append(np.full(x.shape[1], ridge), 0.0)

    def objective(w: np.ndarray, label: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = surrogate(design @ w, label, loss)
        return value + float(penalty @ w**2) / 2, design.T @ gradient + penalty * w

    options = {"maxiter": iterations}
    found = [minimize(objective, np.zeros(design.shape[1]), args=(label,), jac=True, method="L-BFGS-B", options=options) for label in y.T]
    if astray := [label for label, one in enumerate(found) if not settled(one)]:
        raise Problem(f"iterations: the minimisation for labels {astray} did not converge in {iterations}. Take more, or a larger ridge.")
    weights = np.stack([one.x for one in found], axis=1)
    return weights[:-1], weights[-1]
