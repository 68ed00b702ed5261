"""The bound from predicting each example before it is learned from: all examples train, and all but the first ones certify."""

from dataclasses import replace

import numpy as np

from unseen._types import Problem
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.bound import INDEPENDENT, Bound
from unseen.bounds.pac_bayes import catoni

ORDER = "each predictor was fixed before the examples that it is tested on were looked at"


def progressive(losses: Numbers, delta: float = 0.05, *, temperatures: Numbers = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)) -> Bound:
    """min_C (1 - exp(-C mean loss - ln(m/δ)/n)) / (1 - e^{-C}) over m temperatures C fixed beforehand, for losses in [0, 1].

    Loss t is that, on example t, of a predictor made from the examples before t (in blocks: before its block). The bound is on the mean over t of the
    expected losses of these predictors: on that of a predictor drawn from them, each as often as it was tested; where the loss is convex in the
    prediction, their mean prediction is no worse. It holds because Π_t e^{-C loss_t} / (1 - (1 - e^{-C}) p_t), p_t the expected loss given the past, has
    a mean of at most 1 (e^{-Cx} lies below its chord on [0, 1]), and because ln(1 - (1 - e^{-C}) p) is concave: no independence of the predictors is asked.

    Args:
        losses: in the order of the examples [n].
        delta: chance of failure.
        temperatures: C > 0, fixed beforehand.

    Source: progressive validation (Blum, Kalai & Langford 1999; Cesa-Bianchi, Conconi & Gentile 2004), with the exponential moment of Catoni (2007).

    Raises:
        Problem: no losses, losses outside of [0, 1], δ outside of (0, 1).

    >>> round(progressive([0.0] * 100).value, 4)
    0.0468
    """
    losses = np.asarray(losses, float)
    if losses.ndim != 1 or not losses.size or not ((losses >= 0) & (losses <= 1)).all():
        raise Problem(f"losses: expected a list of at least one number in [0, 1], got shape {losses.shape}. Divide by the largest possible loss.")
    found = catoni(float(losses.mean()), 0.0, len(losses), delta, temperatures=temperatures)
    return replace(found, assumptions={INDEPENDENT: None, ORDER: None}, terms={"temperature": found.terms["temperature"]})
