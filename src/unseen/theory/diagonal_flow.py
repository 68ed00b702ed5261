"""Gradient-regularized flow of a diagonal linear network, and the interpolator where it ends: that of a smaller initialisation."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, whole


class DiagonalFlow(NamedTuple):
    """Where a flow ends.

    Attributes:
        u: parameters of f(x) = ⟨x, u² − v²⟩.
        v: the same.
        scale: α_GR, the initialisation from which plain flow would end at the same interpolator, for each coordinate.
        left: ‖Xβ - y‖/‖y‖ when it was stopped: near 0 once it has ended.
    """

    u: Float[np.ndarray, " d"]
    v: Float[np.ndarray, " d"]
    scale: Float[np.ndarray, " d"]
    left: float


def regularized_flow(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], *, alpha: float, strength: float, step: float, rate: float = 1e-3, steps: int = 10_000
) -> DiagonalFlow:
    """Euler steps of dθ/dt = −∇L − strength·(∇L(θ + step·∇L) − ∇L)/step for f = ⟨x, u² − v²⟩, u = v = alpha at the start, L = ‖Xβ − y‖²/n.

    With r = ∂L/∂β at θ and r' at θ + step·∇L, du/dt = −2u[r + (strength/step)((1 + 2·step·r) r' − r)], and v with the signs of r and of the bracket turned.
    So uv falls as d log(uv)/dt = −8·strength·r r', while log(u/v) moves within the span of the inputs: with the interpolator of the least potential
    of scale α_GR = alpha·exp(−4·strength·∫ r r' dt) the flow ends at `least_potential`(x, y, α_GR). An ascent step raises r', a descent step (step < 0)
    lowers it. Source: derived here after Karakida et al., "Understanding gradient regularization in deep learning", 2023, section 5.

    Raises:
        Problem: for a step of 0, or parameters that are not finite at the end.

    >>> flow = regularized_flow(np.eye(2)[:1], np.ones(1), alpha=0.5, strength=0.1, step=0.1)
    >>> bool(np.allclose(flow.u * flow.v, flow.scale**2, rtol=1e-2)), bool(flow.scale[0] < 0.5), float(flow.scale[1])
    (True, True, 0.5)
    """
    whole(0, steps=steps)
    fitting(x=(x, "n d"), y=(y, "n"), alpha=(alpha, ""), strength=(strength, ""), step=(step, ""), rate=(rate, ""))
    if step == 0:
        raise Problem("step: expected a number other than 0, got 0. Take a small one for the exact regularizer.")
    u = np.full(x.shape[1], float(alpha))
    v, integral = u.copy(), np.zeros_like(u)

    def slope(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 2 / len(x) * (x.T @ (x @ (u**2 - v**2) - y))

    for _ in range(steps):
        r = slope(u, v)
        there = slope(u * (1 + 2 * step * r), v * (1 - 2 * step * r))
        integral += rate * r * there
        up = r + strength / step * ((1 + 2 * step * r) * there - r)
        down = r + strength / step * ((1 - 2 * step * r) * there - r)
        u, v = u - 2 * rate * u * up, v + 2 * rate * v * down
    if not (np.isfinite(u).all() and np.isfinite(v).all()):
        raise Problem(f"rate: expected steps that stay finite, got {rate!r}. Take a smaller one.")
    left = np.linalg.norm(x @ (u**2 - v**2) - y) / max(np.linalg.norm(y), 1e-300)
    return DiagonalFlow(u, v, alpha * np.exp(-4 * strength * integral), float(left))


def least_potential(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], scale: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    """The interpolator Xβ = y that minimises Σ_i ∫_0^{β_i} arcsinh(b / 2α_i²) db, α = scale: near least ‖β‖₂ for large scales, near least ‖β‖₁ for small.

    β = 2α² sinh(Xᵀν), with ν from Newton steps on the dual. Source: Woodworth et al., "Kernel and rich regimes in overparametrized models", 2020.

    Raises:
        Problem: where there is no interpolator, or none is found.

    >>> least_potential(np.ones((1, 2)), np.ones(1), np.full(2, 0.5)).round(6).tolist()
    [0.5, 0.5]
    """
    x, y, scale = fitting(x=(x, "n d"), y=(y, "n"), scale=(scale, "d"))
    twice = 2 * np.asarray(scale, float) ** 2
    nu = np.zeros(len(x))

    def dual(nu: np.ndarray) -> float:
        with np.errstate(over="ignore"):
            return float(twice @ np.cosh(x.T @ nu) - y @ nu)

    for _ in range(500):
        z = x.T @ nu
        off = x @ (twice * np.sinh(z)) - y
        if np.linalg.norm(off) <= 1e-9 * max(np.linalg.norm(y), 1e-300):
            return twice * np.sinh(z)
        move = np.linalg.lstsq((x * (twice * np.cosh(z))) @ x.T, off, rcond=None)[0]
        size = 1.0
        while not dual(nu - size * move) <= dual(nu) - 1e-4 * size * (off @ move) + 1e-12 and size > 1e-9:
            size /= 2
        nu = nu - size * move
    raise Problem("x, y: expected a system that has a solution; Newton's method found none. Take independent rows.")
