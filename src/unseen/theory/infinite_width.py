"""Fully connected networks of infinite width: the Gaussian process that they are at the start, and the tangent kernel that they are trained with."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import erf

from unseen._problem import Problem, number, real_numbers, unknown, whole
from unseen.theory._blocks import normal_blocks

Matrix = Float[np.ndarray, "..."]


class Kernels(NamedTuple):
    """Covariance of the outputs at the start (`nngp`) and neural tangent kernel (`ntk`), for one output; several outputs are independent copies."""

    nngp: Matrix
    ntk: Matrix


def relu_dual(covariance: Matrix, rows: Matrix, columns: Matrix) -> tuple[Matrix, Matrix]:
    """(E σ(u) σ(v), E σ'(u) σ'(v)) for σ = relu and centred Gaussian u, v of variances a, b and covariance c: the arc-cosine kernels.

    (√(ab)/2π) (sin θ + (π - θ) cos θ) and (π - θ)/2π with cos θ = c/√(ab) (Cho & Saul 2009). Where a or b is 0 both are 0, as relu'(0) is here.

    Args:
        covariance: c.
        rows: a, at least 0, of a shape that broadcasts with c.
        columns: b, likewise.

    >>> one = np.ones((1, 1))
    >>> [float(value.item()) for value in relu_dual(one, one, one)]
    [0.5, 0.5]
    """
    scale = np.sqrt(rows * columns)
    cosine = np.clip(np.divide(covariance, scale, out=np.zeros(np.shape(scale)), where=scale > 0), -1.0, 1.0)
    angle = np.arccos(cosine)
    value = scale / (2 * np.pi) * (np.sqrt((1 - cosine) * (1 + cosine)) + (np.pi - angle) * cosine)
    return value, np.where(scale > 0, (np.pi - angle) / (2 * np.pi), 0.0)


def erf_dual(covariance: Matrix, rows: Matrix, columns: Matrix) -> tuple[Matrix, Matrix]:
    """As `relu_dual`, for σ = erf: (2/π) arcsin(2c/√((1 + 2a)(1 + 2b))) and (4/π)/√((1 + 2a)(1 + 2b) - 4c²) (Williams 1997).

    >>> zero = np.zeros((1, 1))
    >>> [round(float(value.item()), 4) for value in erf_dual(zero, zero, zero)]
    [0.0, 1.2732]
    """
    rest = np.sqrt(1 + 2 * (rows + columns) + 4 * (rows * columns - covariance**2))  # with 2c the sides of a triangle: no digits are lost near an angle of 90°
    return 2 / np.pi * np.arctan2(2 * covariance, rest), 4 / np.pi / rest


DUALS: dict[str, Callable[..., tuple[Matrix, Matrix]]] = {"relu": relu_dual, "erf": erf_dual}
ACTIVATIONS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    "relu": (lambda z: np.maximum(z, 0.0), lambda z: (z > 0).astype(float)),
    "erf": (erf, lambda z: 2 / np.sqrt(np.pi) * np.exp(-(z**2))),
}
"""By name: the activation and its derivative."""


def infinite_width(
    x: Float[np.ndarray, "n d"],
    other: Float[np.ndarray, "m _"] | None = None,
    *,
    depth: int = 1,
    activation: str = "relu",
    weight_variance: float = 1.0,
    bias_variance: float = 0.0,
) -> Kernels:
    """Both kernels of a network of `depth` hidden layers, z = σ_w W a/√n + σ_b b with all of W and b trained from N(0, 1), as all widths grow.

    Σ¹ = Θ¹ = σ_w² x·x'/d + σ_b², then layer by layer Σ ← σ_w² E[σ(u)σ(v)] + σ_b² with (u, v) ~ N(0, Σ), and
    Θ ← σ_w² Θ E[σ'(u)σ'(v)] + Σ (Jacot, Gabriel & Hongler 2018, proposition 1 and theorem 1, where σ_w = 1 and σ_b = β). In float64.

    `MLP(parametrization="ntk")` without biases is this with the defaults: the empirical kernel of a single output tends to `ntk` at rate width^(-1/2).

    Args:
        x: n inputs.
        other: m inputs for the columns; None: `x` again.
        depth: hidden layers, at least 1.
        activation: "relu" or "erf".
        weight_variance: σ_w², above 0; 2 keeps the size of relu layers.
        bias_variance: σ_b², at least 0.

    Raises:
        Problem: an argument out of range, an activation without a closed form, or inputs of different length.

    >>> kernels = infinite_width(np.eye(2), depth=1, weight_variance=2.0)
    >>> kernels.nngp.round(4).tolist()
    [[1.0, 0.3183], [0.3183, 1.0]]
    >>> kernels.ntk.round(4).tolist()
    [[2.0, 0.3183], [0.3183, 2.0]]
    """
    x = _inputs("x", x)
    other = x if other is None else _inputs("other", other)
    if x.shape[1] != other.shape[1]:
        raise Problem(f"x, other: expected inputs of one length, got {x.shape[1]} and {other.shape[1]}.")
    _check(depth, activation, weight_variance, bias_variance)
    rows, columns = (np.sum(one**2, axis=1) / x.shape[1] * weight_variance + bias_variance for one in (x, other))
    rows, columns = rows[:, None], columns[None, :]
    nngp = ntk = weight_variance * (x @ other.T) / x.shape[1] + bias_variance
    dual = DUALS[activation]
    for _ in range(depth):
        value, slope = dual(nngp, rows, columns)
        rows, columns = (weight_variance * dual(one, one, one)[0] + bias_variance for one in (rows, columns))
        nngp = weight_variance * value + bias_variance
        ntk = weight_variance * ntk * slope + nngp
    return Kernels(nngp, ntk)


def simulate(
    rng: np.random.Generator,
    x: Float[np.ndarray, "n d"],
    *,
    width: int,
    depth: int = 1,
    activation: str = "relu",
    weight_variance: float = 1.0,
    bias_variance: float = 0.0,
    repetitions: int = 1,
) -> tuple[Float[np.ndarray, "repetitions n"], Float[np.ndarray, "repetitions n n"]]:
    """(outputs, tangent kernels) of random networks of finite width with one output: what `infinite_width` is the limit of.

    By hand, without automatic differentiation: a layer adds (B Bᵀ) ∘ (σ_w² A Aᵀ/n + σ_b²), with A its inputs and B the gradients of the output by its own.

    >>> outputs, ntk = simulate(np.random.default_rng(0), np.eye(2), width=2000, weight_variance=2.0, repetitions=4)
    >>> outputs.shape, ntk.mean(axis=0).round(1).tolist()
    ((4, 2), [[2.0, 0.3], [0.3, 2.0]])
    """
    whole(width=width, repetitions=repetitions)
    x = _inputs("x", x)
    _check(depth, activation, weight_variance, bias_variance)
    if width < 1 or repetitions < 1:
        raise Problem(f"width, repetitions: expected at least 1 each, got {width!r} and {repetitions!r}.")
    function, derivative = ACTIVATIONS[activation]
    outputs, kernels = np.zeros((repetitions, len(x))), np.zeros((repetitions, len(x), len(x)))
    sizes = (x.shape[1], *[width] * depth, 1)
    room = len(x) * (len(x) + sum(sizes[1:]))
    for block, drawn in normal_blocks(rng, repetitions, *pairwise(sizes), *((1, out) for out in sizes[1:]), room=room):
        weights = [np.sqrt(weight_variance / weight.shape[1]) * weight for weight in drawn[: depth + 1]]
        activations, before = [x], []
        for weight, bias in zip(weights, drawn[depth + 1 :], strict=True):
            before.append(activations[-1] @ weight + np.sqrt(bias_variance) * bias)
            activations.append(function(before[-1]))
        outputs[block] = before[-1][:, :, 0]
        back = np.ones((1, len(x), 1))
        for layer in reversed(range(depth + 1)):
            inner = activations[layer] @ activations[layer].mT
            kernels[block] += (back @ back.mT) * (weight_variance / sizes[layer] * inner + bias_variance)
            if layer:
                back = (back @ weights[layer].mT) * derivative(before[layer - 1])
    return outputs, kernels


def _inputs(name: str, x: np.ndarray) -> np.ndarray:
    x = real_numbers(name, x)
    if x.ndim != 2 or 0 in x.shape:
        raise Problem(f"{name}: expected inputs [n, d], none of them 0, got shape {x.shape}. Flatten images to vectors.")
    return x


def _check(depth: int, activation: str, weight_variance: float, bias_variance: float) -> None:
    number(weight_variance=weight_variance, bias_variance=bias_variance)
    if activation not in DUALS:
        raise unknown("activation", activation, DUALS)
    whole(depth=depth)
    if depth < 1:
        raise Problem(f"depth: expected at least one hidden layer, got {depth!r}.")
    if not (0 < weight_variance < np.inf and 0 <= bias_variance < np.inf):
        raise Problem(f"weight_variance, bias_variance: expected above 0 and at least 0, finite, got {weight_variance!r} and {bias_variance!r}.")
