"""Bounds on the mean gap between test and training loss by how far a layer's law of a training example is from its law of a fresh one.

For each training example i and given the weights W: P_i is the law of (representation, label) of that example, as the weights tell of it, and Q that of a fresh
example under the same weights. With the input as representation the mean divergence is I(X_i, Y_i; W). What a later layer computes cannot raise a divergence
(data processing), so that the bound by KL falls with depth. Like other bounds on the *expected* gap these are plain numbers and no `Bound`. Source: He &
Goldfeld (2024), "Information-Theoretic Generalization Bounds for Deep Neural Networks", from its abstract; derived again here.
"""

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, real_numbers
from unseen.bounds.binary_kl import Numbers

LOSS_IN_UNIT_INTERVAL = 0.5
"""σ of every loss in [0, 1] (Hoeffding)."""


def kl_gap(divergence: Numbers, sigma: float = LOSS_IN_UNIT_INTERVAL) -> float:
    """mean_i √(2 σ² E_W KL(P_i ‖ Q)): at least |E[test loss - training loss]| if the loss is σ-sub-Gaussian under Q for every W.

    Args:
        divergence: E_W KL(P_i ‖ Q) in nats of one example, or of each.
        sigma: as above, in the unit of the loss; 1/2 for a loss in [0, 1].

    Raises:
        Problem: divergences or a σ below 0.

    >>> round(kl_gap([0.02, 0.08]), 12)
    0.15
    """
    number(sigma=sigma)
    divergence = np.atleast_1d(real_numbers("divergence", divergence, finite=False))
    if not (divergence.size and (divergence >= 0).all() and sigma >= 0):
        raise Problem(f"divergence, sigma: expected at least one number, all of at least 0, got {divergence!r} and {sigma!r}.")
    return float(np.mean(np.sqrt(2 * sigma**2 * divergence)))


def wasserstein_gap(distance: Numbers, lipschitz: Numbers) -> float:
    """The mean of L(W) · W₁(P_i, Q) over draws of the weights, and examples: at least |E[test loss - training loss]|.

    L(W) is the Lipschitz constant of the loss as a function of the representation, through the layers above it, for every label; the distance is between the
    laws of the representation given the label, averaged over labels, whose law must be the same for both. Any larger distance (W₂) serves as well. It
    falls with depth if L is the product of the layers' own constants, the distance itself may rise again.

    Raises:
        Problem: distances or constants below 0.

    >>> wasserstein_gap([0.2, 0.4], [0.5, 0.25])
    0.1
    """
    distance, lipschitz = np.asarray(distance, float), np.asarray(lipschitz, float)
    if not ((distance >= 0).all() and (lipschitz >= 0).all()):
        raise Problem(f"distance, lipschitz: expected numbers of at least 0, got {distance!r} and {lipschitz!r}.")
    if distance.ndim and lipschitz.ndim and distance.shape != lipschitz.shape:
        raise Problem(f"distance, lipschitz: expected numbers of one shape, or one number, got {distance.shape} and {lipschitz.shape}.")
    return float(np.mean(distance * lipschitz))


def normal_divergence(shift: Float[np.ndarray, "*n d"], shrunk: float, variance: float = 1.0) -> Float[np.ndarray, "*n"] | float:
    """KL(N(m, shrunk · variance · I) ‖ N(m', variance · I)) in nats, with shift = m - m': ½ [d (shrunk - 1 - ln shrunk) + ‖shift‖² / variance].

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> round(float(normal_divergence(np.zeros(2), 0.5)), 4)
    0.1931
    """
    _normal(shift, shrunk, variance, 0.0)
    return 0.5 * (shift.shape[-1] * (shrunk - 1 - np.log(shrunk)) + np.sum(np.square(shift), axis=-1) / variance)


def normal_distance(shift: Float[np.ndarray, "*n d"], shrunk: float, variance: float = 1.0) -> Float[np.ndarray, "*n"] | float:
    """W₂ of the same two: √(‖shift‖² + d (1 - √shrunk)² variance), at least W₁.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> float(normal_distance(np.array([3.0, 4.0]), 1.0))
    5.0
    """
    _normal(shift, shrunk, variance, -1.0)
    return np.sqrt(np.sum(np.square(shift), axis=-1) + shift.shape[-1] * (1 - np.sqrt(shrunk)) ** 2 * variance)


def _normal(shift: np.ndarray, shrunk: float, variance: float, above: float) -> None:
    fitting(shift=(shift, "... d"), shrunk=(shrunk, ""), variance=(variance, ""))
    if shrunk < 0 or shrunk <= above or variance < 0 or variance <= above:
        raise Problem(f"shrunk, variance: expected numbers {'above' if above == 0 else 'of at least'} 0, got {shrunk!r} and {variance!r}.")
