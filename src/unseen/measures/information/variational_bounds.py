"""Mutual information from a critic's scores: the bounds of Donsker and Varadhan, of Nguyen, Wainwright and Jordan, InfoNCE, Jensen–Shannon, and SMILE.

Every function takes scores [n, n] of a batch of pairs, `scores[i, j]` = f(x_i, y_j): the diagonal holds pairs from the joint distribution, the rest stands for
independent draws. All but `info_nce` and `jensen_shannon` are estimates in nats of I(X; Y) when f = log p(x, y) / (p(x) p(y)), to within a constant for
`donsker_varadhan`. Source: Song & Ermon (2020), section 3, and Poole et al. (2019).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Scores = Float[Array, "n n"]


def donsker_varadhan(scores: Scores, clip: float | Array | None = None) -> Float[Array, ""]:
    """E_joint[f] - log E_independent[exp(clip(f, -τ, τ))] in nats; τ = `clip`: SMILE. None: no clipping, MINE's bound without a moving average.

    Without clipping a lower bound of I(X; Y) in expectation over infinite batches; on a finite one the logarithm of a mean puts it too high. With the best f it
    has a variance of about (E_joint[e^f] - 1) / n over n independent draws, at least (e^I - 1) / n. Clipped, the mean inside the logarithm
    has a variance of at most (e^τ - e^-τ)² / 4n, and the estimate is no bound any more. Unchanged by a constant added to f only if τ is None.

    >>> scores = jnp.array([[2.0, 0.0], [0.0, 2.0]])
    >>> float(donsker_varadhan(scores)), float(donsker_varadhan(scores + 1)), float(donsker_varadhan(scores + 5, clip=1.0))
    (2.0, 2.0, 6.0)
    """
    return jnp.mean(jnp.diagonal(scores)) - _log_mean_exp(scores if clip is None else jnp.clip(scores, -clip, clip))


def nguyen_wainwright_jordan(scores: Scores) -> Float[Array, ""]:
    """NWJ: 1 + E_joint[f] - E_independent[exp(f)] in nats: an unbiased estimate of a lower bound of I(X; Y), tight for f the log density ratio.

    The authors' code adds 1 to such an f: it scores E_joint[f] - E_independent[exp(f - 1)].

    >>> float(nguyen_wainwright_jordan(jnp.array([[2.0, 0.0], [0.0, 2.0]])))
    2.0
    """
    return 1 + jnp.mean(jnp.diagonal(scores)) - jnp.exp(_log_mean_exp(scores))


def info_nce(scores: Scores) -> Float[Array, ""]:
    """InfoNCE, or CPC: mean_i of f(x_i, y_i) - log mean_j exp(f(x_i, y_j)), in nats: a lower bound of I(X; Y), never above log n.

    >>> round(float(info_nce(100.0 * jnp.eye(8))), 4), round(float(jnp.log(8.0)), 4)
    (2.0794, 2.0794)
    """
    return jnp.mean(jnp.diagonal(scores) - jax.nn.logsumexp(scores, axis=1)) + jnp.log(scores.shape[0])


def jensen_shannon(scores: Scores) -> Float[Array, ""]:
    """-E_joint[softplus(-f)] - E_independent[softplus(f)] in nats, at most 0: its maximum over f, plus log 4, is twice the Jensen–Shannon divergence.

    The f that maximises it is the log density ratio, without the heavy-tailed gradient of exp(f): what SMILE and "JS" critics are trained on.

    >>> round(float(jensen_shannon(jnp.zeros((3, 3))) + jnp.log(4.0)), 6)
    0.0
    """
    independent = jnp.where(_diagonal(scores), 0.0, jax.nn.softplus(scores))
    return -jnp.mean(jax.nn.softplus(-jnp.diagonal(scores))) - jnp.sum(independent) / _pairs(scores)


def _log_mean_exp(scores: Scores) -> Float[Array, ""]:
    """Log of the mean of exp(score) over pairs i ≠ j."""
    return jax.nn.logsumexp(jnp.where(_diagonal(scores), -jnp.inf, scores)) - jnp.log(_pairs(scores))


def _pairs(scores: Scores) -> int:
    return scores.shape[0] * (scores.shape[0] - 1)


def _diagonal(scores: Scores) -> Array:
    return jnp.eye(scores.shape[0], dtype=bool)
