"""How far gradient flow can go, and how fast its loss falls, by a Łojasiewicz inequality; and what that says of unseen data for linear and kernel models."""

import math

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number
from unseen.bounds.bound import INDEPENDENT, Bound, check, stratum


def fit_inequality(loss: Float[np.ndarray, " steps"], gradient_norm: Float[np.ndarray, " steps"]) -> tuple[float, float]:
    """(θ, c) such that ‖∇L‖ ≥ c L^θ at every step seen: θ is the slope of log ‖∇L‖ on log L, c the largest constant for it.

    As the authors' code estimates them (Liu, Yang, Hayou & Li 2022), L being the loss above its least value. Nothing is said of steps not seen.

    Raises:
        Problem: fewer than 2 different losses, or numbers that are not positive.

    >>> loss = np.array([1.0, 0.25, 0.04])
    >>> theta, c = fit_inequality(loss, 3 * np.sqrt(loss))
    >>> round(theta, 6), round(c, 6)
    (0.5, 3.0)
    """
    loss, gradient_norm = np.asarray(loss, float), np.asarray(gradient_norm, float)
    fitting(loss=(loss, "steps"), gradient_norm=(gradient_norm, "steps"))
    if len(np.unique(loss)) < 2 or not (loss > 0).all() or not (gradient_norm > 0).all():
        raise Problem("loss, gradient_norm: expected as many of either, positive, with at least 2 different losses. Leave out steps where either is 0.")
    theta = float(np.polyfit(np.log(loss), np.log(gradient_norm), 1)[0])
    return theta, float(np.min(gradient_norm / loss**theta))


def path_limit(loss: float, theta: float, c: float) -> float:
    """Gradient flow from a point of that loss is never longer than L^(1-θ) / (c (1 - θ)): d(L^(1-θ))/dt = -(1 - θ) L^-θ ‖∇L‖² ≤ -c (1 - θ) ‖∇L‖.

    In the unit of the weights, for ‖∇L‖ ≥ c L^θ all the way, c > 0. Infinite for θ ≥ 1.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> path_limit(4.0, 0.5, 2.0)
    2.0
    """
    fitting(theta=(theta, ""))
    _constants(loss, c)
    return loss ** (1 - theta) / (c * (1 - theta)) if theta < 1 else math.inf


def loss_limit(time: Float[np.ndarray, " times"], loss: float, theta: float, c: float) -> Float[np.ndarray, " times"]:
    """The loss of gradient flow is at most L e^(-c² t) for θ = 1/2, else (L^(1-2θ) + c² (2θ - 1) t)^(-1/(2θ-1)), 0 once that base is: dL/dt ≤ -c² L^(2θ).

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> loss_limit(np.array([0.0, 1.0]), 0.5, 0.5, 2.0).round(2).tolist()
    [0.5, 0.01]
    """
    fitting(time=(time, "..."), theta=(theta, ""))
    _constants(loss, c)
    time, power = np.asarray(time, float), 2 * theta - 1
    if abs(power) < 1e-9:
        return loss * np.exp(-(c**2) * time)
    base = np.maximum(loss**-power + c**2 * power * time, 0.0)
    return base ** (-1 / power)


def kernel_constant(kernel: Float[np.ndarray, "n n"]) -> float:
    """The c of ‖∇L‖ ≥ c √L for L = ‖f - y‖²/(2n), f linear in its weights, kernel the Gram matrix of the inputs (of their features): √(2 λ_min / n).

    ‖∇L‖² = r'Kr/n² ≥ λ_min ‖r‖²/n² = (2 λ_min/n) L. Holds for every y, and 0 where K is singular.
    """
    fitting(kernel=(kernel, "n n"))
    return math.sqrt(2 * max(float(np.linalg.eigvalsh(kernel)[0]), 0.0) / len(kernel))


def flow_against_limits(kernel: Float[np.ndarray, "n n"], y: Float[np.ndarray, " n"], c: float) -> tuple[float, float]:
    """(length over `path_limit`, largest loss over `loss_limit`) of the exact gradient flow of least squares from f = 0, at θ = 1/2 and that c.

    Solved in the kernel's eigenvectors, and followed until 1e-12 of the loss is left; losses count from where half is left. Both are at most 1 for a true c.

    Raises:
        Problem: a kernel that is not positive definite, or a length of which half the nodes tell another, by more than 1e-3 of it.

    >>> length, over = flow_against_limits(np.eye(2), np.array([1.0, 2.0]), kernel_constant(np.eye(2)))
    >>> round(length, 3), over <= 1 + 1e-9
    (1.0, True)
    """
    fitting(kernel=(kernel, "n n"), y=(y, "n"))
    n, loss = len(y), float(y @ y) / (2 * len(y))
    values, vectors = np.linalg.eigh(kernel)
    if not values[0] > 0:
        raise Problem(f"kernel: expected a positive definite one, got one with an eigenvalue of {values[0]:.3g}.")
    time = np.concatenate([[0.0], np.geomspace(1e-3, 30, 3000)]) * n / values[0]
    left = (vectors.T @ y) ** 2 * np.exp(-2 * np.outer(time, values) / n)
    losses, speed = left.sum(axis=1) / (2 * n), np.sqrt(left @ values) / n
    seen = (losses > 1e-12 * loss) & (losses < 0.5 * loss)
    over = float(np.max(losses[seen] / np.maximum(loss_limit(time[seen], loss, 0.5, c), 1e-300)))
    length, rough = (float(np.trapezoid(speed[::part], time[::part])) for part in (1, 2))
    if not abs(length - rough) <= 1e-3 * length:
        raise Problem(f"kernel: the path is {length:.6g} long, {rough:.6g} by half the nodes: too far apart. Give a kernel that is better conditioned.")
    return length / path_limit(loss, 0.5, c), over


def kernel_bound(kernel: Float[np.ndarray, "n n"], y: Float[np.ndarray, " n"], empirical: float, delta: float = 0.05, *, c: float | None = None) -> Bound:
    """E min(1, |f(x) - y|) ≤ its mean on the sample + 2 R √tr(K) / n + 3 √(ln(2/δ')/(2n)), R the `path_limit` of least squares from f = 0, at any time.

    Gradient flow stays in the ball of radius R around 0, whose linear functions have a Rademacher complexity of at most R √tr(K) / n; the loss is 1-Lipschitz.
    R is rounded up to a power of 2 and δ' pays for that (`stratum`), as it hangs on the sample. With c from `kernel_constant`, R = ‖y‖/√λ_min.

    Args:
        kernel: Gram matrix of the sample.
        y: its targets.
        empirical: mean of min(1, |f(x) - y|) over the sample.
        delta: chance of failure.
        c: the constant; None: `kernel_constant`.

    Raises:
        Problem: a singular kernel, for which c is 0 and nothing can be said; targets that do not match it, or are all 0.

    >>> kernel_bound(np.eye(3), np.ones(3), 0.0).vacuous
    True
    """
    if c is not None:
        number(c=c)
    n = len(kernel)
    check(n, delta, empirical)
    if np.shape(y) != (n,) or not np.any(y):
        raise Problem(f"y: expected {n} targets that are not all 0, got shape {np.shape(y)}.")
    given, c = c is not None, kernel_constant(kernel) if c is None else c
    if not c > (0.0 if given else math.sqrt(2 * 1e-12 * float(np.trace(kernel)) / n)):  # rounding leaves a singular kernel a little above 0
        raise Problem(f"kernel: expected one that is positive definite, got c = {c!r}. Take fewer examples than dimensions, or another kernel.")
    radius, price = stratum(path_limit(float(np.sum(np.square(y))) / (2 * n), 0.5, c))
    value = empirical + 2 * radius * math.sqrt(float(np.trace(kernel))) / n + 3 * math.sqrt((math.log(2 / delta) + price) / (2 * n))
    return Bound(
        value, empirical, delta, {INDEPENDENT: None, "the constant is one of the kernel": None if given else True}, terms={"radius": radius, "constant": c}
    )


def _constants(loss: float, c: float) -> None:
    number(loss=loss, c=c)
    if not (loss > 0 and c > 0):
        raise Problem(f"loss, c: expected positive numbers, got {loss!r} and {c!r}.")
