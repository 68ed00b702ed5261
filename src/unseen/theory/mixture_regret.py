"""The regret of a Bayesian mixture under logarithmic loss, and its bound by the prior weight of hypotheses that are close to the truth (Feder et al. 2025)."""

import numpy as np
import scipy.special
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, whole


def cumulative_regret(
    log_likelihoods: Float[np.ndarray, "*runs n hypotheses"], prior: Float[np.ndarray, " hypotheses"], truth: Float[np.ndarray, "*runs n"]
) -> Float[np.ndarray, "*runs n"]:
    """Regret log P(y_1 … y_t) - log Q(y_1 … y_t) in nats, t = 1 … n, of the mixture Q = Σ_h w_h P_h, that predicts each y_t from those before; P is the truth.

    `log_likelihoods` are log P_h of each observation, given the earlier ones; `truth` is log P of each. Its mean over data is KL(P ‖ Q) of t observations:
    at least 0, and at most -log w of the true hypothesis, to which it rises as the others are ruled out.

    Raises:
        Problem: shapes that do not fit, or weights that are not a distribution.

    >>> ones = np.log(np.array([[0.5, 0.9]] * 2))  # two ones seen, hypotheses 1/2 and 9/10; Q = (0.25 + 0.81) / 2
    >>> cumulative_regret(ones, np.array([0.5, 0.5]), ones[:, 1]).round(4).tolist()
    [0.2513, 0.4242]
    """
    fitting(truth=(truth, "... n"))
    if np.isnan(log_likelihoods).any() or np.max(log_likelihoods, initial=-np.inf) == np.inf:
        raise Problem("log_likelihoods: expected numbers, -inf for what cannot be, got NaN or infinity.")
    log_likelihoods, truth, prior = np.asarray(log_likelihoods, float), np.asarray(truth, float), _distribution(prior)
    if log_likelihoods.shape != (*truth.shape, len(prior)):
        raise Problem(f"log_likelihoods: expected shape {(*truth.shape, len(prior))} for truth and prior as given, got {log_likelihoods.shape}.")
    mixture = scipy.special.logsumexp(np.cumsum(log_likelihoods, axis=-2), b=prior, axis=-1)
    return np.cumsum(truth, axis=-1) - mixture


def weight(prior: Float[np.ndarray, " hypotheses"], divergence: Float[np.ndarray, " hypotheses"], epsilon: float) -> float:
    """W(ε): the prior probability of all hypotheses within ε of the truth, in [0, 1].

    Raises:
        Problem: see `regret_bound`.

    >>> weight(np.array([0.5, 0.3, 0.2]), np.array([0.0, 0.1, 2.0]), 0.1)
    0.8
    """
    number(epsilon=epsilon)
    return float(_distribution(prior)[_divergences(divergence, prior) <= epsilon].sum())


def regret_bound(prior: Float[np.ndarray, " hypotheses"], divergence: Float[np.ndarray, " hypotheses"], n: int) -> float:
    """min_ε -log W(ε) + n ε: what the mean regret of the mixture on n independent observations is at most, in nats.

    `divergence` is KL(P ‖ P_h) of one observation, for each hypothesis. The number of hypotheses does not enter. It follows from
    Q ≥ W(ε) Q_ε, the mixture of those within ε, and from KL(P ‖ Q_ε) ≤ n ε, as the divergence is convex. Infinite where every hypothesis has weight 0 or an
    infinite divergence.

    Raises:
        Problem: weights that are not a distribution, divergences below 0 or NaN, unequal lengths, or n below 0.

    >>> round(regret_bound(np.array([0.01, 0.99]), np.array([0.0, 0.1]), n=10), 3)  # the second: -log 1 + 10 · 0.1
    1.0
    """
    whole(n=n)
    if n < 0:
        raise Problem(f"n: expected a number of observations from 0, got {n!r}.")
    prior, divergence = _distribution(prior), _divergences(divergence, prior)
    order = np.argsort(divergence)
    with np.errstate(divide="ignore"):
        cost = -np.log(np.minimum(np.cumsum(prior[order]), 1.0))
    return float(np.min(cost + n * divergence[order])) if n else 0.0


def _distribution(prior: np.ndarray) -> np.ndarray:
    prior = np.asarray(prior, float)
    if prior.ndim != 1 or not (prior >= 0).all() or abs(prior.sum() - 1) > 1e-6:
        raise Problem(f"prior: expected weights from 0 that sum to 1, got shape {prior.shape} with sum {prior.sum():.6g}.")
    return prior


def _divergences(divergence: np.ndarray, prior: np.ndarray) -> np.ndarray:
    divergence = np.asarray(divergence, float)
    if divergence.shape != np.shape(prior) or not (divergence >= 0).all():
        raise Problem(f"divergence: expected {len(prior)} numbers from 0, one for each hypothesis, got {divergence!r}.")
    return divergence
