"""Laws of one-dimensional gradient descent with heavy-tailed noise, on a lattice: no chains are drawn, so that heavy tails cost no accuracy.

θ_{k+1} = θ_k - η ∇F(θ_k) + η^{1/α} σ L_k, with L_k symmetric α-stable, E e^{itL} = e^{-|t|^α} (Euler's scheme of dθ = -∇F dt + σ dL). The lattice is fine
where the loss has its shape and geometric outside; a step from a node lands on the lattice by the two hats around it, which keeps the mean. So the mean,
which for α < 2 hangs on rare and huge steps, is kept exactly, up to the lattice's end.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.special import gamma, gammaincc
from scipy.stats import norm

from unseen._problem import Problem, fitting, number

Nodes = Float[np.ndarray, " n"]
Kernel = Float[np.ndarray, "n n"]


def _tail_index(alpha: float) -> None:
    number(alpha=alpha)
    if not 1 < alpha <= 2:
        raise Problem(f"alpha: expected a tail index in (1, 2], where the noise has a mean, got {alpha!r}.")


def mean_absolute(alpha: float) -> float:
    """E|L| = (2/π) Γ(1 - 1/α), for α in (1, 2].

    >>> round(mean_absolute(2.0), 4)  # a normal variable of variance 2: 2/√π
    1.1284
    """
    _tail_index(alpha)
    return 2 / math.pi * float(gamma(1 - 1 / alpha))


def linear_scale(alpha: float, curvature: float, rate: float, noise: float) -> float:
    """Scale of the stationary law for F(θ) = curvature θ²/2, which is stable too: σ (η / (1 - |1 - η m|^α))^{1/α}.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> round(linear_scale(2.0, 1.0, 1e-6, 1.0), 3)  # σ (α m)^{-1/α}, as η → 0
    0.707
    """
    number(curvature=curvature, rate=rate)
    fitting(noise=(noise, ""))
    _tail_index(alpha)
    if not 0 < rate * curvature < 2:
        raise Problem(f"rate, curvature: expected a product in (0, 2), where the chain has a stationary law, got {rate!r} and {curvature!r}.")
    return noise * (rate / (1 - abs(1 - rate * curvature) ** alpha)) ** (1 / alpha)


def excess(alpha: float) -> Callable[[np.ndarray], np.ndarray]:
    """The function u ↦ E max(|L|, |u|)/2 - |u|/2, which for u ≥ 0 is E max(L - u, 0).

    Zolotarev's integral of P(L > v) = (1/π) ∫ exp(-v^q V(t)) dt over (0, π/2), q = α/(α - 1), V(t) = (cos t / sin αt)^q cos((α - 1)t) / cos t, integrated
    over v by incomplete gamma functions and over t by the trapezoidal rule on a logistic scale; then a cubic spline between logarithms.

    Raises:
        Problem: an index outside of (1, 2], or so near 1 that the integral is not accurate to 1e-6 where it is known, at 0.

    >>> round(float(excess(1.5)(np.array(0.0))), 4), round(mean_absolute(1.5) / 2, 4)
    (0.8527, 0.8527)
    """
    _tail_index(alpha)
    if alpha == 2:
        return lambda u: math.sqrt(2) * (norm.pdf(u / math.sqrt(2)) - np.abs(u) / math.sqrt(2) * norm.sf(np.abs(u) / math.sqrt(2)))
    q, width = alpha / (alpha - 1), 40 / (1 - 1 / alpha)
    s = np.linspace(-40, min(width, 700.0), 1200)
    rest = math.pi / 2 / (1 + np.exp(s))  # π/2 - t, to full relative accuracy
    weight = rest * (1 - rest / (math.pi / 2)) * (s[1] - s[0])
    t = math.pi / 2 / (1 + np.exp(-s))
    log_v = q * (np.log(np.sin(rest)) - np.log(np.sin(alpha * t))) + np.log(np.cos((alpha - 1) * t)) - np.log(np.sin(rest))
    log_u = np.linspace(math.log(1e-5), math.log(1e13), 800)
    inside = np.exp(np.clip(q * log_u[:, None] + log_v, -700, 700))
    found = np.log(gammaincc(1 / q, inside) @ (weight * np.exp(-log_v / q)) * gamma(1 / q) / (q * math.pi))
    at_zero = mean_absolute(alpha) / 2
    wrong = math.exp(found[0]) / (at_zero - 0.5e-5) - 1
    if not (np.isfinite(found).all() and abs(wrong) < 1e-6):
        raise Problem(f"alpha: expected a tail index at which the integral is accurate to 1e-6, got {alpha!r}, off by {wrong:.1g}. Take one of at least 1.1.")
    spline = CubicSpline(log_u, found)

    def value(u: np.ndarray) -> np.ndarray:
        size = np.abs(u)
        return np.where(size < 1e-5, at_zero - size / 2, np.exp(spline(np.log(np.clip(size, 1e-5, 1e13)))))

    return value


def lattice(inner: float, spacing: float, *, ratio: float = 1.2, largest: float = 1e9) -> Nodes:
    """Symmetric nodes: `spacing` apart up to ±`inner`, then ever farther apart, by a share of `ratio` - 1 of their size at most, up to ±`largest`.

    >>> lattice(1.0, 0.5, ratio=2.0, largest=4.0).tolist()
    [-4.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0]
    """
    number(inner=inner, spacing=spacing, ratio=ratio, largest=largest)
    if not (0 < spacing < inner < largest and ratio > 1):
        raise Problem(f"lattice: expected 0 < spacing < inner < largest and ratio > 1, got {(spacing, inner, largest, ratio)!r}.")
    nodes, step = list(np.linspace(0, inner, round(inner / spacing) + 1)), spacing
    while nodes[-1] < largest:
        step = min(step * ratio, (ratio - 1) * nodes[-1])
        nodes.append(nodes[-1] + step)
    return np.concatenate([-np.array(nodes[:0:-1]), nodes])


def kernel(nodes: Nodes, means: Nodes, scale: float, tail: Callable[[np.ndarray], np.ndarray]) -> Kernel:
    """P[i, j]: chance of node j after one step from node i, to means_i + scale · L; rows sum to 1 and keep the mean.

    Args:
        nodes: in increasing order, finer than the noise where it matters.
        means: θ - η ∇F(θ) at the nodes.
        scale: η^{1/α} σ above 0.
        tail: `excess(alpha)`.
    """
    fitting(means=(means, "nodes"), scale=(scale, ""))
    if not scale > 0:
        raise Problem(f"scale: expected noise of a scale above 0, got {scale!r}. Without noise the law is a point: iterate it.")
    if not (np.diff(nodes) > 0).all() or means.shape != nodes.shape:
        raise Problem(f"nodes, means: expected increasing nodes and as many means, got shapes {np.shape(nodes)} and {np.shape(means)}.")
    apart = nodes - means[:, None]
    above = scale * tail(apart / scale) + np.maximum(-apart, 0)  # E max(where it lands - node, 0), whose second differences are the hats' shares
    slopes = np.diff(above, axis=1) / np.diff(nodes)
    return np.concatenate([1 + slopes[:, :1], np.diff(slopes, axis=1), -slopes[:, -1:]], axis=1)


class Chain(NamedTuple):
    """What is true of a kernel in the long run.

    Attributes:
        law: its stationary law.
        forgetting: the largest slope of u(x) = Σ_k (E[θ_k | θ_0 = x] - its limit): for how many steps, in all, a displacement is felt.
    """

    law: Nodes
    forgetting: float


def long_run(nodes: Nodes, transition: Kernel) -> Chain:
    """Stationary law p P = p, and forgetting by u - P u = nodes - p · nodes.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> x = lattice(4.0, 0.1)
    >>> found = long_run(x, kernel(x, 0.5 * x, 0.5, excess(1.5)))
    >>> round(found.forgetting, 4)  # 1 + 1/2 + 1/4 + …
    2.0
    """
    fitting(nodes=(nodes, "n"), transition=(transition, "n n"))
    n = len(nodes)
    system = np.eye(n) - transition + 1 / n  # adds 1/n to all: nothing changes but that the solution is unique
    law = np.linalg.solve(system.T, np.full(n, 1 / n))
    potential = np.linalg.solve(system, nodes - law @ nodes)
    return Chain(law, float(np.max(np.abs(np.diff(potential) / np.diff(nodes)))))


def distance(nodes: Nodes, law: Nodes, other: Nodes) -> float:
    """Wasserstein-1 distance of two laws, ∫ |difference of distribution functions|.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> distance(np.array([0.0, 1.0, 3.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    3.0
    """
    fitting(nodes=(nodes, "n"), law=(law, "n"), other=(other, "n"))
    return float(np.abs(np.cumsum(law - other)[:-1]) @ np.diff(nodes))


def stability_limit(chain: Chain, other: Chain, moved: Nodes) -> float:
    """Upper limit of the distance of two stationary laws: forgetting of the one × E of |difference of their means| under the law of the other.

    For chains that keep order (θ - η ∇F(θ) increases): q - p = Σ_k q (Q - P) P^k, a step of Q instead of P displaces by |moved|, and two ordered chains stay
    ordered, so that their distance is the difference of their means. With moved = η (g - g')/n, g the gradient of the one example that was exchanged, it is
    the form of Raj, Zhu, Gürbüzbalaban & Şimşekli (2023): ergodic constant × moment of the heavy-tailed chain / n.
    """
    return chain.forgetting * float(other.law @ np.abs(moved))
