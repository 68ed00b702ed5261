"""Transductive learning: from the labelled nodes of a graph, or of any finite set, to the others; and the Lipschitz constants of graph networks."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, number, whole
from unseen.bounds.bound import Bound, check

MASSES = math.sqrt(32 * math.log(4 * math.e) / 3)


def transductive_rademacher(lipschitz: float, radius: float, parameters: int, m: int, u: int) -> float:
    """A limit of the transductive Rademacher complexity of losses ℓ_i(w), i = 1 … m + u, that are `lipschitz` in w, over ‖w - w₀‖ ≤ `radius`.

    (1/m + 1/u) E sup_w Σ_i σ_i ℓ_i(w), σ_i = ±1 with probability mu / (m + u)² each, else 0, is at most 12 c (m + u)^{3/2} / (mu) · L r √p, with p
    parameters and c = ∫₀¹ √ln(3 / t) dt = 1.42, by Dudley's integral: Σ σ_i (ℓ_i(w) - ℓ_i(w')) is subgaussian of variance (m + u) L² ‖w - w'‖². In the
    unit of the loss.

    >>> round(transductive_rademacher(1.0, 0.01, 4, 100, 100), 3)
    0.096
    """
    whole(parameters=parameters, m=m, u=u)
    number(lipschitz=lipschitz, radius=radius)
    if not (lipschitz >= 0 and radius >= 0 and parameters >= 1 and 1 <= m < math.inf and 1 <= u < math.inf):
        raise Problem(f"expected lipschitz, radius ≥ 0 and parameters, m, u ≥ 1, got {lipschitz!r}, {radius!r}, {parameters!r}, {m!r}, {u!r}.")
    integral = math.sqrt(math.log(3)) + 1.5 * math.sqrt(math.pi) * math.erfc(math.sqrt(math.log(3)))
    return 12 * integral * (m + u) ** 1.5 / (m * u) * lipschitz * radius * math.sqrt(parameters)


def transductive_bound(empirical: float, complexity: float, m: int, u: int, *, delta: float = 0.05, trivial: float = 1.0) -> Bound:
    """The mean loss of the u unlabelled examples, from the mean loss of m labelled ones that were chosen at random from all m + u.

    empirical + complexity + B c₀ Q √min(m, u) + B √(S Q ln(1/δ) / 2), Q = 1/m + 1/u, S = (m + u) / ((m + u - 1/2)(1 - 1 / (2 max(m, u)))),
    c₀ = √(32 ln(4e) / 3), B = `trivial`; `complexity` is the transductive Rademacher complexity of the losses (`transductive_rademacher`). Source: El-Yaniv &
    Pechyony (2009), "Transductive Rademacher complexity and its applications", theorem 1, from memory.

    >>> bound = transductive_bound(0.1, 0.05, 10_000, 10_000)
    >>> round(bound.value, 3), bound.vacuous
    (0.268, False)
    """
    whole(m=m, u=u)
    number(complexity=complexity)
    check(m, delta, empirical, trivial=trivial)
    check(u, delta)
    if not complexity >= 0:
        raise Problem(f"complexity: expected a number of at least 0, got {complexity!r}.")
    q, s = 1 / m + 1 / u, (m + u) / ((m + u - 0.5) * (1 - 1 / (2 * max(m, u))))
    terms = {"complexity": complexity, "masses": trivial * MASSES * q * math.sqrt(min(m, u)), "deviation": trivial * math.sqrt(s * q * math.log(1 / delta) / 2)}
    assumptions = {"the labelled examples are a random subset of all": None, "the class was fixed before labels were seen": None}
    return Bound(empirical + sum(terms.values()), empirical, delta, assumptions, trivial, terms)


def row_norm(matrix: Float[np.ndarray, "n n"]) -> float:
    """‖A‖_∞, the largest sum of absolute values of a row: how much one propagation can enlarge the longest row of features.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> row_norm(np.array([[0.5, -1.0], [1.0, 0.0]]))
    1.5
    """
    fitting(matrix=(matrix, "n n"))
    return float(np.abs(matrix).sum(axis=1).max())


def lipschitz_chain(propagated: float, norms: Sequence[float]) -> float:
    """Lipschitz constant in all weights of the cross-entropy at any node of a network of graph convolutions: √2 κ √(Σ_l Π_{k ≠ l} ‖W_k‖²).

    The network is W-linear in each layer, with activations that are 1-Lipschitz and 0 at 0 (relu) between; `propagated` is κ, a limit of the length of a row
    of features after all propagation: ‖A‖_∞^K · max_i ‖x_i‖ for K propagations by A. So for GCN (K layers), SGC (one layer, K propagations) and APPNP (two
    layers, then a fixed propagation P: κ = ‖P‖_∞ max_i ‖x_i‖). `norms` are spectral norms that all weights in question keep to.

    >>> round(lipschitz_chain(1.0, [3.0]), 3), round(lipschitz_chain(1.0, [3.0, 4.0]), 3)
    (1.414, 7.071)
    """
    number(propagated=propagated)
    if not (propagated >= 0 and len(norms) and min(norms) >= 0):
        raise Problem(f"propagated, norms: expected a number of at least 0 and at least one norm, got {propagated!r} and {norms!r}.")
    return math.sqrt(2 * sum(math.prod(other for k, other in enumerate(norms) if k != layer) ** 2 for layer in range(len(norms)))) * propagated
