"""Bounds on the mean gap between test and training loss by how much a learner's losses tell of which examples it was trained on.

A supersample has n rows of two independent examples, and U_i ∈ {0, 1} drawn with a fair coin says which of row i is trained on; the other is a test example
(Steinke & Zakynthinou 2020). Bounds are on the *expected* gap E[test loss - training loss], so they are plain numbers and no `Bound`: of the one sample at hand
they promise nothing. Given the supersample, or over random ones: each holds for the masks and losses that it is given, if they are their whole distribution
(`all_masks`). Estimated from m random masks a plug-in information of k different values is too large by about (k - 1)/(2m) nats
where the truth is 0, so that a square-root bound cannot come out below √((k - 1)/m).
"""

import math

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, fitting, number, whole
from unseen.bounds.binary_kl import Numbers, kl_upper

MOST = 16
"""Rows up to which all masks are listed."""
EXPONENTS = np.geomspace(1e-4, math.log(2) / 2, 4000)
"""Values of C₂ that are tried: each gives a bound."""


def all_masks(n: int) -> Int[np.ndarray, "m n"]:
    """All 2^n choices of a column in each of n rows: with them informations are exact for a deterministic learner.

    >>> all_masks(2).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    whole(n=n)
    if not 1 <= n <= MOST:
        raise Problem(f"n: expected from 1 to {MOST} rows, got {n!r}. Draw random masks for more, and mind the bias of informations.")
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


def information(values: Numbers, masks: Numbers) -> Float[np.ndarray, " n"]:
    """I(value of row i; U_i) in nats for each of n rows, by plug-in from m equally likely masks: Σ p(v, u) ln(p(v, u) / p(v) p(u)), in [0, ln 2].

    Args:
        values: [m, n], or [m, n, k] of k numbers each (a pair of losses or of predictions).
        masks: U, [m, n] of 0 and 1.

    >>> information(np.array([[1], [1], [0], [0]]), np.array([[0], [0], [1], [1]])).round(4)  # the value tells the mask: ln 2
    array([0.6931])
    """
    values, masks = np.asarray(values), _masks(masks)
    if values.shape[:2] != masks.shape:
        raise Problem(f"values, masks: expected a value for each of the masks {masks.shape}, got shape {values.shape}.")
    return np.array([_one(values[:, i].reshape(len(masks), -1), masks[:, i]) for i in range(masks.shape[1])])


def _one(values: np.ndarray, mask: np.ndarray) -> float:
    label = np.unique(values, axis=0, return_inverse=True)[1].ravel()
    joint = np.bincount(2 * label + mask, minlength=2 * (label.max() + 1)).reshape(-1, 2) / len(mask)
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    some = joint > 0
    return max(0.0, float(np.sum(joint[some] * np.log(joint[some] / apart[some]))))


def _masks(masks: Numbers) -> np.ndarray:
    masks = np.asarray(masks)
    if masks.ndim != 2 or not masks.size or not np.isin(masks, (0, 1)).all():
        raise Problem(f"masks: expected 0 and 1, [masks, rows], got shape {masks.shape}.")
    return masks.astype(int)


def _losses(losses: Numbers, masks: Numbers) -> tuple[np.ndarray, np.ndarray]:
    losses, masks = np.asarray(losses, float), _masks(masks)
    if losses.shape != (*masks.shape, 2) or not ((losses >= 0) & (losses <= 1)).all():
        raise Problem(f"losses: expected numbers in [0, 1], {(*masks.shape, 2)} for these masks, got shape {losses.shape}. Divide by the largest loss.")
    return losses, masks


def pooled(values: Numbers) -> np.ndarray:
    """From [supersamples, m, n, ...] to [supersamples · m · n, 1, ...]: rows of random supersamples are alike, so one distribution holds all.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> pooled(np.zeros((3, 4, 2, 2))).shape
    (24, 1, 2)
    """
    fitting(values=(values, "..."))
    values = np.asarray(values)
    return values.reshape(-1, 1, *values.shape[3:])


def train_and_gap(losses: Numbers, masks: Numbers) -> tuple[float, float]:
    """(mean training loss, mean test loss minus it), for losses [m, n, 2] in [0, 1] after training with masks [m, n].

    >>> train_and_gap(np.array([[[0, 1]], [[0, 0]]]), np.array([[0], [1]]))
    (0.0, 0.5)
    """
    losses, masks = _losses(losses, masks)
    train, test = (float(np.take_along_axis(losses, u[..., None], axis=2).mean()) for u in (masks, 1 - masks))
    return train, test - train


def loss_difference(losses: Numbers, masks: Numbers) -> float:
    """(1/n) Σ √(2 I(L_i1 - L_i0; U_i)), for losses in [0, 1] (Wang & Mao 2023, theorems 3.1 and 3.2).

    >>> round(loss_difference(np.array([[[0, 1]], [[0, 0]]]), np.array([[0], [1]])), 4)
    1.1774
    """
    losses, masks = _losses(losses, masks)
    return square_root(information(losses[..., 1] - losses[..., 0], masks))


def loss_pair(losses: Numbers, masks: Numbers) -> float:
    """(1/n) Σ √(2 I(L_i0, L_i1; U_i)), for losses in [0, 1]: never below `loss_difference` (e-CMI, Hellström & Durisi 2022)."""
    losses, masks = _losses(losses, masks)
    return square_root(information(losses, masks))


def prediction_pair(predictions: Numbers, masks: Numbers) -> float:
    """(1/n) Σ √(2 I(f(x_i0), f(x_i1); U_i)), for predictions [m, n, 2] whose losses lie in [0, 1] (f-CMI, Harutyunyan et al. 2021).

    For a given supersample never below `loss_pair`, and equal to it for the errors of a classifier of two classes.
    """
    return square_root(information(predictions, masks))


def square_root(informations: Numbers) -> float:
    """(1/n) Σ √(2 I_i)."""
    return float(np.sqrt(2 * np.asarray(informations, float)).mean())


def single_loss_information(losses: Numbers, masks: Numbers) -> float:
    """Mean over rows and columns c of I(L_ic; U_i) in nats, for losses in [0, 1]."""
    losses, masks = _losses(losses, masks)
    return float(np.mean([information(losses[..., column], masks) for column in (0, 1)]))


def fast_rate(train: float, information: float) -> float:
    """The least C₁ · training loss + I/C₂ over e^{2 C₂} + e^{-2 C₂ (C₁ + 1)} ≤ 2, for losses in [0, 1] (Wang & Mao 2023).

    Of the order of I where the training loss is 0, namely 2 I / ln 2, and of its square root where it is not.

    Args:
        train: mean training loss.
        information: I, the `single_loss_information` in nats.

    >>> round(fast_rate(0.0, math.log(2) / 4), 4)
    0.5
    """
    _check(train, information)
    with np.errstate(divide="ignore"):
        first = -np.log(np.maximum(2 - np.exp(2 * EXPONENTS), 0)) / (2 * EXPONENTS) - 1
    return float(np.min((first * train if train > 0 else 0.0) + information / EXPONENTS))


def binary_kl_gap(train: float, information: float) -> float:
    """The largest g with kl(training loss ‖ training loss + g/2) ≤ I, for losses in [0, 1] (Hellström & Durisi 2022).

    Args:
        train: mean training loss.
        information: I, mean of I(L_i0, L_i1; U_i) given the supersample, in nats.

    >>> round(binary_kl_gap(0.0, math.log(2) / 4), 4)  # 2 (1 - 2^{-1/4})
    0.3182
    """
    _check(train, information)
    return 2 * (float(kl_upper(train, information)) - train)


def _check(train: float, information: float) -> None:
    number(train=train, information=information)
    if not (0 <= train <= 1 and information >= 0):
        raise Problem(f"train, information: expected a loss in [0, 1] and an information of at least 0 nats, got {train!r} and {information!r}.")


def interpolating(losses: Numbers, masks: Numbers) -> float:
    """Mean I(L_i1 - L_i0; U_i) / ln 2, for losses of 0 and 1 that are 0 on training examples: not a bound only, but the test error itself (idem, section 4).

    Equal over random supersamples, whose two columns are alike; given one supersample never below it.
    """
    losses, masks = _losses(losses, masks)
    train, _ = train_and_gap(losses, masks)
    if train > 0 or not np.isin(losses, (0.0, 1.0)).all():
        raise Problem(f"losses: expected losses of 0 and 1 that vanish on training examples, got a mean training loss of {train:g}. Use fast_rate.")
    return float(information(losses[..., 1] - losses[..., 0], masks).mean() / math.log(2))
