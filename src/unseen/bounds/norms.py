"""Margin bounds from the norms of the weights: for every network of such norms at once, however it was trained."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, number, real_numbers
from unseen._types import Fixed
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.bound import INDEPENDENT, Bound, check, stratum

Matrices = Sequence[Float[np.ndarray, "_ _"]]
GRID = tuple(2.0**power for power in range(-6, 11))
"""Margins that are tried; all are paid for."""


def matrices(network: Any) -> list[Float[np.ndarray, "_ _"]]:
    """The weight matrices [in, out] of a ReLU network without biases, multipliers folded in, from input to output.

    Raises:
        Problem: for a network that is no plain ReLU perceptron: the bounds here are proved for positively homogeneous layers.
    """
    wanted = ("first", "hidden", "readout", "multipliers", "biases", "activation", "embed", "scale", "batch_norm", "dropout")
    if not all(hasattr(network, name) for name in wanted):
        raise Problem(f"network: expected the network of an MLP, got {type(network).__name__}.")
    plain = network.biases is None and network.embed is None and network.scale is None and not network.batch_norm and network.dropout is None
    if network.activation != "relu" or not plain:
        raise Problem(
            f"network: expected ReLU layers without biases, embedding, batch normalisation, dropout or output scale, got activation={network.activation!r}. "
            "Norm bounds are proved for positively homogeneous layers; PAC-Bayes and hold-out bounds take any network."
        )
    readout = network.readout.value if isinstance(network.readout, Fixed) else network.readout
    weights = [network.first, *network.hidden, readout]
    return [np.asarray(weight, float) * multiplier for weight, multiplier in zip(weights, network.multipliers, strict=True)]


def _inputs(x: Numbers) -> Float[np.ndarray, "n d"]:
    x = real_numbers("x", x)
    return x.reshape(len(x), -1)


def _chained(weights: Matrices, inputs: int | None = None) -> None:
    """Refuses matrices that cannot stand in a row."""
    shapes = [np.shape(weight) for weight in weights]
    if any(a[1] != b[0] for a, b in pairwise(shapes)) or (inputs is not None and shapes[0][0] != inputs):
        raise Problem(f"weights: expected matrices [in, out] from input to output, each taking what the one before gives, got shapes {shapes}.")


def _finite(margins: Numbers) -> Float[np.ndarray, " n"]:
    """The margins; NaN would count as no mistake, being below no γ."""
    margins = np.asarray(margins, float)
    if not np.isfinite(margins).all():
        raise Problem(
            f"margins: expected finite numbers, got {int((~np.isfinite(margins)).sum())} of {margins.size} that are not. Look at the network's outputs."
        )
    return margins


def _best(margins: np.ndarray, slack: Callable[[float], float]) -> tuple[float, float]:
    """(the smallest share of margins below γ plus slack, its γ).

    Where that says nothing, γ is the largest that half of the margins reach: without it all vacuous bounds would look alike, just above 1.
    """
    value, gamma = min((float((margins < gamma).mean()) + slack(gamma), gamma) for gamma in GRID)
    if value < 1:
        return value, gamma
    gamma = max([gamma for gamma in GRID if (margins >= gamma).mean() >= 0.5], default=GRID[0])
    return float((margins < gamma).mean()) + slack(gamma), gamma


def frobenius_capacity(weights: Matrices, x: Numbers) -> tuple[float, float]:
    """(norm, rest): the empirical Rademacher complexity of one output is at most norm · rest.

    norm = Π_{j<d} ‖W_j‖_F · max_k ‖column k of W_d‖₂, rest = (√(2 ln 2 · d) + 1) √(Σ ‖x_i‖²) / n: Golowich, Rakhlin & Shamir (2018), theorem 1, for d
    layers of 1-Lipschitz positively homogeneous units without biases.
    """
    x, depth = _inputs(x), len(weights)
    norm = math.prod(float(np.linalg.norm(weight)) for weight in weights[:-1]) * float(np.linalg.norm(weights[-1], axis=0).max())
    return norm, (math.sqrt(2 * math.log(2) * depth) + 1) * float(np.linalg.norm(x)) / len(x)


def path_capacity(weights: Matrices, x: Numbers) -> tuple[float, float]:
    """(norm, rest), with norm = max_k Σ over paths to output k of Π |w|, rest = (2/n) √(d + 1 + ln D) √(max_j Σ_i x_ij²).

    Golowich, Rakhlin & Shamir (2018), theorem 2, bounds networks whose units have incoming weights of ℓ₁ norm at most M(j) in layer j by the product of
    the M(j). Units are rescaled here, which leaves the function as it is, until every unit but the outputs has norm 1: the product is then the ℓ₁ path
    norm (Neyshabur et al. 2015). D inputs, d layers.
    """
    x = _inputs(x)
    paths = np.ones(x.shape[1])
    for weight in weights:
        paths = paths @ np.abs(weight)
    return float(paths.max()), 2 / len(x) * math.sqrt(len(weights) + 1 + math.log(x.shape[1])) * math.sqrt(float((x**2).sum(0).max()))


def margin_bound(
    margins: Numbers,
    weights: Matrices,
    x: Numbers,
    delta: float = 0.05,
    *,
    capacity: Callable[[Matrices, Numbers], tuple[float, float]] = frobenius_capacity,
) -> Bound:
    """Error rate ≤ min_γ (share of margins below γ) + (4 K/γ) · capacity + 3 √(ln(2/δ') / 2n), K classes (Mohri et al. 2018, theorem 9.2).

    The margin of an example is f_y - max_{j≠y} f_j. δ' pays for the choice among the margins of `GRID` and for norms that were not fixed beforehand
    (`stratum`). Sizes of networks never enter, but capacities multiply over layers: for trained networks of any size expect values far above 1.

    Args:
        margins: of the network on the sample [n].
        weights: `matrices(network)`.
        x: the inputs of the sample.
        delta: chance of failure.
        capacity: `frobenius_capacity` or `path_capacity`.

    >>> margin_bound(np.full(100_000, 0.9), [np.eye(2)], np.full((100_000, 2), 0.7)).vacuous
    False
    """
    margins = _finite(margins)
    n, classes = len(margins), weights[-1].shape[1]
    check(n, delta)
    if len(_inputs(x)) != n:
        raise Problem(f"x, margins: expected as many inputs as margins, got {len(_inputs(x))} and {n}.")
    _chained(weights, _inputs(x).shape[1])
    norm, rest = capacity(weights, x)
    norm, price = stratum(norm)
    slack = 3 * math.sqrt((math.log(2 * len(GRID) / delta) + price) / (2 * n))
    value, gamma = _best(margins, lambda gamma: 4 * classes / gamma * norm * rest + slack)
    return Bound(value, float((margins <= 0).mean()), delta, {INDEPENDENT: None}, terms={"margin": gamma, "capacity": norm * rest})


def spectral(margins: Numbers, weights: Matrices, x_norm: float, delta: float = 0.05) -> Bound:
    """Error rate ≤ min_γ (share of margins below γ) + 4 √((KL + ln(6n/δ')) / (n - 1)): Neyshabur, Bhojanapalli & Srebro (2018).

    KL = β² Σ_j (‖W_j‖_F/‖W_j‖₂)² / (2 σ²), σ = γ / (42 d B β̃^{d-1} √(h ln(4 h d))): from their proof, for d layers of at most h units, inputs of norm at
    most B, β the geometric mean of the spectral norms and β̃ the nearest point of a grid of ratio 1 + 1/d, which is paid for, as are the margins of `GRID`.
    β̃ is taken where σ is the smaller. 42 is 4√2 e² rounded up: e from the perturbations of d layers by 1/d each, e from |β - β̃| ≤ β/d, √2 from the norms
    of d Gaussian matrices, 4 from a margin of γ/4. Lemma, σ and KL were checked with the proof as Xiao, Sun & Luo (2023), "PAC-Bayesian
    Spectrally-Normalized Bounds for Adversarially Robust Generalization", repeat it; their ε = 0 is this.

    Args:
        margins: of the network on the sample [n].
        weights: `matrices(network)`.
        x_norm: B, the largest norm that an input can have, known beforehand.
        delta: chance of failure.

    >>> spectral(np.ones(1000), [np.eye(2), np.eye(2)], 1.0).vacuous  # as of all networks of this size
    True
    """
    number(x_norm=x_norm)
    margins = _finite(margins)
    n, depth = len(margins), len(weights)
    check(n, delta)
    if n < 2 or not x_norm > 0:
        raise Problem(f"margins, x_norm: expected at least 2 margins and a positive largest norm, got {n} and {x_norm!r}.")
    _chained(weights)
    width = max(max(weight.shape) for weight in weights)
    tops = [float(np.linalg.norm(weight, 2)) for weight in weights]
    if min(tops) == 0:
        raise Problem("weights: expected matrices that are not zero: a network that ignores its input needs no such bound.")
    beta = math.exp(sum(math.log(top) for top in tops) / depth)
    grid, price = stratum(beta, 1 + 1 / depth)
    spread = sum((float(np.linalg.norm(weight)) / top) ** 2 for weight, top in zip(weights, tops, strict=True))

    def slack(gamma: float) -> float:
        sigma = gamma / (42 * depth * x_norm * grid ** (depth - 1) * math.sqrt(width * math.log(4 * width * depth)))
        divergence = beta**2 * spread / (2 * sigma**2)
        return 4 * math.sqrt((divergence + math.log(6 * n * len(GRID) / delta) + price) / (n - 1))

    value, gamma = _best(margins, slack)
    known: dict[str, bool | None] = {INDEPENDENT: None, f"no input has a norm above {x_norm:g}": None}
    return Bound(value, float((margins <= 0).mean()), delta, known, terms={"margin": gamma, "spectral norm": beta})
