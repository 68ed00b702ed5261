"""A PAC-Bayes bound for losses without a largest value, by how much they change with the example on average."""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from unseen._problem import Problem, number, real_numbers
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.bound import INDEPENDENT, Bound, check
from unseen.bounds.pac_bayes import PRIOR

SOBOLEV = "examples obey the log-Sobolev inequality with the constant given, and the losses are smooth in them"
MOMENTS = "expected losses and squared gradients of the prior's draws are those of the distribution"


def cumulant_bound(loss: Numbers, gradient: Numbers, s: float, *, constant: float = 1.0) -> Float[np.ndarray, "..."]:
    """A limit on ln E e^{-s ℓ} + s E ℓ for a loss ℓ ≥ 0 of an example z: s (c/2) E‖∇_z ℓ‖² (e^{s E ℓ} - 1)/E ℓ, about c s²/2 E‖∇_z ℓ‖² for small s.

    With the log-Sobolev inequality Ent(f²) ≤ 2 c E‖∇f‖² for f = e^{-tℓ/2} the derivative of ln E e^{-tℓ}/t by t is at most (c/2) E[‖∇ℓ‖² e^{-tℓ}]/E e^{-tℓ}
    (Herbst); then e^{-tℓ} ≤ 1 above, and E e^{-tℓ} ≥ e^{-t E ℓ} below.

    Args:
        loss: E ℓ, any shape.
        gradient: E ‖∇_z ℓ‖², the same shape.
        s: above 0.
        constant: c; σ² for normal examples of covariance at most σ² I.

    Raises:
        Problem: numbers below 0, or not finite.

    >>> round(float(cumulant_bound(2.0, 1.0, 0.1)), 5)
    0.00554
    """
    number(s=s, constant=constant)
    loss, gradient = real_numbers("loss", loss), real_numbers("gradient", gradient)
    if not (s > 0 and constant > 0 and (loss >= 0).all() and (gradient >= 0).all()):
        raise Problem(f"loss, gradient, s, constant: expected finite means of at least 0, and positive s and constant, got s={s!r}, constant={constant!r}.")
    growth = np.where(loss > 0, np.expm1(s * loss) / np.where(loss > 0, loss, 1.0), s)
    return np.asarray(s * constant / 2 * gradient * growth)


def gradient_norm_bound(
    empirical: float,
    divergence: float,
    n: int,
    delta: float = 0.05,
    *,
    prior_loss: Float[np.ndarray, " m"],
    prior_gradient: Float[np.ndarray, " m"],
    temperature: float,
    constant: float = 1.0,
) -> Bound:
    """Mean loss + (KL + ln(1/δ) + ln E_w exp(n K_w(λ/n)))/λ for losses ≥ 0, w drawn from the prior, K_w its `cumulant_bound`.

    Neither a bounded nor a Lipschitz loss is asked for: the loss and the squared norm of its gradient by the example have to be bounded on average. The kind of
    bound is that of Gat, Adi, Schwing & Hazan (2022), of which the abstract was read; the constants are derived here. It holds for all posteriors at once.

    Args:
        empirical: mean loss on the sample of predictors drawn from the posterior.
        divergence: KL(posterior‖prior) in nats.
        n: examples.
        delta: chance of failure.
        prior_loss: expected losses of m draws from the prior, which stand for all of it.
        prior_gradient: expected squared norms of their gradients by the example.
        temperature: λ > 0, fixed beforehand.
        constant: of the log-Sobolev inequality.

    Raises:
        Problem: numbers out of their range.

    >>> found = gradient_norm_bound(0.5, 2.0, 100, prior_loss=np.array([1.0, 2.0]), prior_gradient=np.array([1.0, 4.0]), temperature=10.0)
    >>> round(found.value, 3), round(found.terms["moment"], 3)
    (1.169, 1.691)
    """
    number(empirical=empirical, divergence=divergence, temperature=temperature)
    check(n, delta)
    if not (empirical >= 0 and math.isfinite(empirical) and divergence >= 0 and temperature > 0):
        raise Problem(
            f"empirical, divergence, temperature: expected a finite loss and a divergence of at least 0, and λ > 0, got {empirical!r}, {divergence!r}, "
            f"{temperature!r}."
        )
    if not np.size(prior_loss) or np.shape(prior_loss) != np.shape(prior_gradient):
        raise Problem(f"prior_loss, prior_gradient: expected one of each for some draws, got shapes {np.shape(prior_loss)} and {np.shape(prior_gradient)}.")
    each = n * cumulant_bound(prior_loss, prior_gradient, temperature / n, constant=constant)
    moment = float(np.asarray(logsumexp(each))) - math.log(len(each))
    value = empirical + (divergence + math.log(1 / delta) + moment) / temperature
    known: dict[str, bool | None] = {INDEPENDENT: None, PRIOR: None, SOBOLEV: None, MOMENTS: None}
    return Bound(value, empirical, delta, known, trivial=math.inf, terms={"divergence": divergence, "moment": moment})
