"""The noisy linear model that a wide network with one hidden layer is as good as, and the least error and the information that it allows."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number


class LinearEquivalent(NamedTuple):
    """y = signal v·x/√d + √remainder ξ with v, ξ ~ N(0, 1): what a network a·φ(W x/√d)/√p with weights N(0, 1) is to who has few examples.

    Attributes:
        signal: ρ = E φ'(z) = E z φ(z), z ~ N(0, 1).
        remainder: ε = E φ(z)² - ρ² ≥ 0, the mean square of the part that is not linear.
    """

    signal: float
    remainder: float


def linear_equivalent(activation: Callable[[np.ndarray], np.ndarray]) -> LinearEquivalent:
    """ρ and ε of an odd activation, by quadrature: the first coefficient of its Hermite expansion, and the sum of squares of all others.

    The Gaussian equivalence principle; for networks with all weights learned, Camilli, Tieplova & Barbier (2023).

    Raises:
        Problem: an activation that is not odd, whose mean would have to be learned too.

    >>> [round(value, 6) for value in linear_equivalent(lambda z: z**3)]  # z³ = 3 z + (z³ - 3 z), and E(z³ - 3 z)² = 3!
    [3.0, 6.0]
    """
    z = np.linspace(-12, 12, 9601)
    weights, values = np.exp(-(z**2) / 2), activation(z)
    weights /= weights.sum()
    if not np.allclose(values, -values[::-1], atol=1e-6):
        raise Problem("activation: expected an odd function, f(-z) = -f(z), as erf or tanh; got one that is not.")
    signal = float(weights @ (z * values))
    return LinearEquivalent(signal, max(float(weights @ values**2) - signal**2, 0.0))


def least_error(model: LinearEquivalent, ratio: float, noise: float) -> float:
    """The least expected squared distance from the clean target, ρ² m + ε, that any learner has with n = ratio × d examples (n, d → ∞).

    m = 1/(1 + ratio/(s + m)) with s = (noise² + ε)/ρ² is the mean squared error of the posterior mean of v; ridge regression on x/√d with ridge s has it.

    Args:
        model: of the activation.
        ratio: n/d, above 0.
        noise: standard deviation of the noise of targets, at least 0.

    Raises:
        Problem: numbers out of range.

    >>> round(least_error(LinearEquivalent(1.0, 0.0), 2.0, 1.0), 6)  # m² + 2 m - 1 = 0
    0.414214
    """
    return model.signal**2 * _mean_square(model, ratio, noise)[0] + model.remainder


def information(model: LinearEquivalent, ratio: float, noise: float) -> float:
    """Mutual information of n = ratio × d targets and the weights, over n, in nats, given the inputs (n, d → ∞). The noise must be above 0.

    That of v, ln(1 + m/s)/2 + (ln(1/m) - 1 + m)/(2 ratio) with m and s of `least_error`, and that of ξ, which stands for weights too:
    ln(1 + ε/noise²)/2. Other arguments as of `least_error`.

    >>> round(information(LinearEquivalent(0.0, 1.0), 2.0, 1.0), 6)  # ln(2)/2
    0.346574
    """
    number(noise=noise)
    if not noise > 0:
        raise Problem(f"noise: expected a standard deviation above 0, got {noise!r}; without noise the information is infinite.")
    m, s = _mean_square(model, ratio, noise)
    return float((np.log1p(m / s) - (np.log(m) + 1 - m) / ratio + np.log1p(model.remainder / noise**2)) / 2)


def least_error_given(kernel: Float[np.ndarray, "n _"], cross: Float[np.ndarray, "n m"], variances: Float[np.ndarray, " m"], noise: float) -> float:
    """The same for a Gaussian process, as a network of infinite width is: the posterior variance at m new inputs, averaged, given n inputs.

    Args:
        kernel: covariances of the clean targets of the inputs seen, [n, n].
        cross: of these and the new ones.
        variances: of the new ones.
        noise: as of `least_error`, above 0.

    Raises:
        Problem: shapes that do not fit, numbers that are not finite, or no noise.

    >>> least_error_given(np.eye(1), np.ones((1, 1)), np.ones(1), 1.0)
    0.5
    """
    fitting(kernel=(kernel, "n n"), cross=(cross, "n m"), variances=(variances, "m"), noise=(noise, ""))
    if not noise > 0:
        raise Problem(f"noise: expected a standard deviation above 0, got {noise!r}; without noise singular kernels have no answer.")
    explained = cross * np.linalg.solve(kernel + noise**2 * np.eye(len(kernel)), cross)
    return float(np.mean(variances - explained.sum(axis=0)))


def linear_error_given(
    x: Float[np.ndarray, "n d"],
    new: Float[np.ndarray, "m d"],
    kernel: Float[np.ndarray, "n n"],
    cross: Float[np.ndarray, "n m"],
    variances: Float[np.ndarray, " m"],
    noise: float,
    ridge: float,
) -> float:
    """Expected squared distance of ridge regression on x, w = argmin Σ (y - w·x)² + ridge ‖w‖², from clean targets with mean 0 and these covariances.

    It asks for second moments only, so that it is the same for a network of any width with independent weights of mean 0 in its readout.

    Args:
        x: inputs seen.
        new: inputs at which it is asked.
        kernel: as of `least_error_given`.
        cross: idem.
        variances: idem.
        noise: idem, at least 0.
        ridge: above 0.

    Raises:
        Problem: shapes that do not fit, numbers that are not finite, or out of range.

    >>> one = np.ones((1, 1))
    >>> linear_error_given(one, one, one, one, one[0], noise=1.0, ridge=1.0)  # w = (w* + ξ)/2
    0.5
    """
    fitting(x=(x, "n d"), new=(new, "m d"), kernel=(kernel, "n n"), cross=(cross, "n m"), variances=(variances, "m"), noise=(noise, ""), ridge=(ridge, ""))
    if not (noise >= 0 and ridge > 0):
        raise Problem(f"noise, ridge: expected at least 0 and above 0, got {noise!r} and {ridge!r}.")
    smoother = new @ np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T)
    return float(
        np.mean(variances - 2 * np.sum(smoother * cross.T, axis=1) + np.sum(smoother @ kernel * smoother, axis=1) + noise**2 * np.sum(smoother**2, axis=1))
    )


def information_given(kernel: Float[np.ndarray, "n _"], noise: float) -> float:
    """Mutual information of n noisy targets and the Gaussian process, over n, in nats: ln det(1 + kernel/noise²)/(2 n). Arguments as of `least_error_given`.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> round(information_given(np.eye(3), 1.0), 6)
    0.346574
    """
    fitting(kernel=(kernel, "n n"), noise=(noise, ""))
    if not noise > 0:
        raise Problem(f"noise: expected a standard deviation above 0, got {noise!r}; without noise the information is infinite.")
    return float(np.linalg.slogdet(np.eye(len(kernel)) + kernel / noise**2)[1] / (2 * len(kernel)))


def _mean_square(model: LinearEquivalent, ratio: float, noise: float) -> tuple[float, float]:
    """M and s of `least_error`: m² + (s + ratio - 1) m - s = 0."""
    number(ratio=ratio, noise=noise)
    if not (ratio > 0 and 0 <= noise < np.inf):
        raise Problem(f"ratio, noise: expected above 0 and at least 0, got {ratio!r} and {noise!r}.")
    unknown = noise**2 + model.remainder
    if model.signal == 0 or unknown == 0:
        return (max(1.0 - ratio, 0.0), 0.0) if model.signal else (1.0, np.inf)
    s = unknown / model.signal**2
    b = s + ratio - 1
    root = np.sqrt(b**2 + 4 * s)
    return float((root - b) / 2 if b < 0 else 2 * s / (root + b)), s
