"""Margin bounds for functions that are smooth after invertible linear maps: composition with a matrix as an operator on a Sobolev space.

H^s(R^d), s > d/2, has the norm ‖h‖² = ∫ |ĥ(ω)|² (1 + |ω|²)^s dω, scaled here such that its kernel (`sobolev_kernel`) has k(x, x) = 1.
Composition with a square matrix, h ↦ h∘W, has an operator norm of at most max(1, ‖W‖₂)^s / |det W|^{1/2} (`composition_norm`): substitute
in ∫ |ĥ(W^{-T} ω)|² / det(W)² (1 + |ω|²)^s dω. So a network g∘W_L∘σ∘…∘W_1 lies in a ball of H^s whose radius is ‖g‖ times these norms and
those of composition with σ (Hashimoto, Sonoda, Ishikawa, Nitanda & Suzuki 2023). Orthogonal matrices have norm 1, whatever their width; a condition number κ
costs up to κ^{d/2}. The norm of composition with σ is the user's to know; with leaky ReLU of slope a < 1 it is a^{-d/2} at least.
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, real_numbers
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.bound import INDEPENDENT, Bound, check, stratum


def composition_norm(weight: Float[np.ndarray, "d d"], smoothness: float) -> float:
    """max(1, ‖W‖₂)^s / |det W|^{1/2}: at most so much longer is h∘W than h, in H^s; infinite for a singular matrix.

    >>> composition_norm(np.diag([2.0, 0.5]), 1.5)
    2.82842712474619
    """
    weight = real_numbers("weight", weight)
    if weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
        raise Problem(
            f"weight: expected a square matrix, got shape {weight.shape}. Others need a bound on how their image lies in the space: none is given here."
        )
    _smooth(smoothness, len(weight))
    values = np.linalg.svd(weight, compute_uv=False)
    if values[-1] <= 0:
        return math.inf
    with np.errstate(over="ignore"):
        return float(np.exp(smoothness * max(0.0, math.log(values[0])) - np.log(values).sum() / 2))


def _smooth(smoothness: float, dimension: int) -> None:
    number(smoothness=smoothness)
    if not smoothness > dimension / 2:
        raise Problem(f"smoothness: expected more than d/2 = {dimension / 2:g}, where functions have values at points, got {smoothness!r}.")


def sobolev_kernel(x: Numbers, other: Numbers, smoothness: float) -> Float[np.ndarray, "n m"]:
    """The kernel of H^s(R^d) for points [n, d], [m, d]: 2^{1-ν}/Γ(ν) r^ν K_ν(r), r their distance and ν = s - d/2 (Matérn, of length 1).

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> sobolev_kernel(np.zeros((1, 1)), np.ones((1, 1)), 1.0).round(4)  # e^{-r}
    array([[0.3679]])
    """
    fitting(x=(x, "n d"), other=(other, "m d"), smoothness=(smoothness, ""))
    from scipy.special import gamma, kv

    x, other = np.asarray(x, float), np.asarray(other, float)
    _smooth(smoothness, x.shape[1])
    nu = smoothness - x.shape[1] / 2
    squares = (x**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * x @ other.T
    r = np.sqrt(np.maximum(squares, 1e-16))
    if nu == 0.5:
        return np.exp(-r)
    return np.where(r > 600, 0.0, 2 ** (1 - nu) / gamma(nu) * r**nu * kv(nu, np.minimum(r, 600.0)))


def koopman_bound(
    margins: Numbers,
    weights: Sequence[Float[np.ndarray, "d d"]],
    readout_norm: float,
    smoothness: float,
    delta: float = 0.05,
    *,
    activation_norms: float = 1.0,
    gamma: float = 1.0,
) -> Bound:
    """Error rate ≤ mean ramp loss + (2/γ) r/√n + 3 √(ln(2/δ')/2n), r the radius ‖g‖ Π ‖W_j‖-`composition_norm` · Π ‖σ‖ (Mohri et al. 2018, theorem 5.8).

    For two classes, a function of margin y f(x). The ramp loss is 1 for margins below 0 and 0 above γ. δ' pays for a radius that was not fixed beforehand.

    Args:
        margins: of the function on the sample [n].
        weights: square, from input to output.
        readout_norm: ‖g‖ in H^s.
        smoothness: s > d/2.
        delta: chance of failure.
        activation_norms: product of the norms of composition with the activations.
        gamma: margin, fixed beforehand.

    >>> koopman_bound(np.ones(1000), [np.eye(2)], 1.0, 2.0).vacuous
    False
    """
    number(readout_norm=readout_norm, activation_norms=activation_norms, gamma=gamma)
    margins = real_numbers("margins", margins)
    check(len(margins), delta)
    if len({np.shape(weight) for weight in weights}) > 1:
        raise Problem(f"weights: expected square matrices of one size, got {[np.shape(weight) for weight in weights]}.")
    if not (readout_norm > 0 and activation_norms > 0 and gamma > 0):
        raise Problem(f"readout_norm, activation_norms, gamma: expected positive numbers, got {readout_norm!r}, {activation_norms!r}, {gamma!r}.")
    n, radius = len(margins), readout_norm * activation_norms * math.prod(composition_norm(weight, smoothness) for weight in weights)
    empirical = float(np.clip(1 - margins / gamma, 0, 1).mean())
    if not math.isfinite(radius):
        return Bound(math.inf, empirical, delta, {INDEPENDENT: None}, terms={"radius": radius})
    ceiling, price = stratum(radius)
    complexity = 2 * ceiling / (gamma * math.sqrt(n))
    value = empirical + complexity + 3 * math.sqrt((math.log(2 / delta) + price) / (2 * n))
    return Bound(value, empirical, delta, {INDEPENDENT: None}, terms={"radius": radius, "complexity": complexity})
