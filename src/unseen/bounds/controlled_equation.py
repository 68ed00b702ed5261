"""A generalization bound for neural controlled differential equations that depends on how much their paths vary, and how often they are sampled.

The equation, on a path known at K + 1 times and held constant between them: z₀ = tanh(U x₀ + v), z_{k+1} = z_k + G(z_k)(x_{k+1} - x_k), and f(x) = φ·z_K, where
the field is G(z) = tanh(A z + b), a matrix [p, d]. tanh is 1-Lipschitz and 0 at 0, so that with ‖A‖ ≤ a and so on (Frobenius norms), a path of
variation V = Σ‖x_{k+1} - x_k‖, and ‖x₀‖ ≤ r, Gronwall's inequality for sums gives

- growth: E = Π (1 + a ‖x_{k+1} - x_k‖) ≤ (1 + a V / K)^K ≤ e^{a V}, and ‖z_k‖ ≤ M = E (‖U‖ r + ‖v‖ + ‖b‖ V);
- sensitivity: moving a weight by ε moves f by at most ε times M for φ; ‖φ‖ E V M for A; ‖φ‖ E V for b; ‖φ‖ E r for U; ‖φ‖ E for v.

So balls of weights are covered by balls of weights: log N(ε) = Σ_j m_j log(1 + 10 B_j S_j / ε), m_j numbers within B_j, of sensitivity S_j, each given
ε / 5. With Massart's lemma the Rademacher complexity is at most ε + F √(2 log N(ε) / n), F = ‖φ‖ M, at ε = F / √n. Bleistein & Guilloux 2023 (arXiv
2305.16791, ICLR 2024) prove a bound of this kind by covering numbers, for deep fields too; its constants are not those here, which are derived as told.
"""

import math
from dataclasses import astuple, dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from unseen._problem import Problem, number, whole
from unseen.bounds.bound import INDEPENDENT, Bound, check

Weights = tuple[Float[Array, "p d p"], Float[Array, "p d"], Float[Array, "p d"], Float[Array, " p"], Float[Array, " p"]]  # A, b, U, v, φ


def solve(weights: Weights, path: Float[Array, "times d"]) -> Float[Array, ""]:
    """f(x) = φ·z_K of the equation above, on one path.

    >>> A, b, U, v = jnp.zeros((1, 1, 1)), jnp.full((1, 1), jnp.inf), jnp.zeros((1, 1)), jnp.zeros(1)
    >>> float(solve((A, b, U, v, jnp.ones(1)), jnp.array([[0.0], [2.0], [3.0]])))  # a field of 1 adds up the path
    3.0
    """
    field, shift, start, offset, readout = weights

    def step(z: Array, change: Array) -> tuple[Array, None]:
        return z + jnp.tanh(field @ z + shift) @ change, None

    return readout @ jax.lax.scan(step, jnp.tanh(start @ path[0] + offset), jnp.diff(path, axis=0))[0]


def variation(path: Float[Array, "times d"]) -> Float[Array, ""]:
    """Σ‖x_{k+1} - x_k‖ of a path as it is sampled."""
    return jnp.sum(jnp.linalg.norm(jnp.diff(path, axis=0), axis=1))


@dataclass(frozen=True)
class Limits:
    """The largest Frobenius norms that weights may have, each above 0: of A, b, U, v and φ."""

    field: float
    shift: float
    start: float
    offset: float
    readout: float

    def __post_init__(self) -> None:
        if not all(limit > 0 and math.isfinite(limit) for limit in astuple(self)):
            raise Problem(f"Limits: expected five positive finite norms, got {astuple(self)}. A block of weights that is never used may have a small one.")

    def project(self, weights: Weights) -> Weights:
        """The nearest weights within the limits."""
        norms = [jnp.sqrt(jnp.sum(one**2) + 1e-30) for one in weights]
        kept = [one * jnp.minimum(1.0, limit / norm) for one, limit, norm in zip(weights, astuple(self), norms, strict=True)]
        return kept[0], kept[1], kept[2], kept[3], kept[4]


def growth(limits: Limits, variation: float, steps: int, first: float) -> tuple[float, float]:
    """(E, M): how much an error may grow, and how long z may become, on paths of at most that variation from a point within `first` of 0.

    >>> growth(Limits(field=1.0, shift=1.0, start=1.0, offset=1.0, readout=1.0), variation=0.5, steps=1, first=1.0)
    (1.5, 3.75)
    """
    whole(steps=steps)
    number(variation=variation, first=first)
    if not (variation >= 0 and first >= 0 and steps >= 1):
        raise Problem(f"variation, first, steps: expected numbers ≥ 0 and at least one step, got {variation!r}, {first!r} and {steps!r}.")
    power = steps * math.log1p(limits.field * variation / steps)
    factor = math.exp(power) if power < 700 else math.inf
    return factor, factor * (limits.start * first + limits.offset + limits.shift * variation)


def sensitivities(limits: Limits, variation: float, steps: int, first: float) -> tuple[float, ...]:
    """How far the answer moves at most, per norm of a move of A, b, U, v and φ within the limits.

    >>> sensitivities(Limits(field=1.0, shift=1.0, start=1.0, offset=1.0, readout=1.0), variation=0.5, steps=1, first=1.0)
    (2.8125, 0.75, 1.5, 1.5, 3.75)
    """
    factor, size = growth(limits, variation, steps, first)
    inner = limits.readout * factor
    return inner * variation * size, inner * variation, inner * first, inner, size


def controlled_equation_bound(
    empirical: float,
    n: int,
    limits: Limits,
    sizes: tuple[int, int],
    variation: float,
    steps: int,
    first: float,
    delta: float = 0.05,
    *,
    lipschitz: float = 1.0,
    trivial: float = 1.0,
) -> Bound:
    """The expected loss of a controlled equation whose weights were chosen, within limits fixed beforehand, by looking at n paths.

    R ≤ R_n + 2 L (ε + F √(2 log N(ε) / n)) + trivial √(ln(1/δ) / (2n)), as told above.

    Args:
        empirical: mean loss on the paths, in [0, trivial].
        n: paths.
        limits: of the weights.
        sizes: (p, d), hidden units and channels of a path.
        variation: no path varies more.
        steps: no path has more times than this and one.
        first: no path starts farther from 0.
        delta: chance of failure, in (0, 1).
        lipschitz: L, of the loss in the answer.
        trivial: the largest possible loss.

    Raises:
        Problem: numbers out of range.

    >>> bound = controlled_equation_bound(0.2, 100_000, Limits(0.5, 0.5, 0.5, 0.5, 1.0), (2, 2), variation=1.0, steps=10, first=1.0)
    >>> bound.vacuous, round(bound.slack, 2)
    (False, 0.29)
    """
    whole(steps=steps)
    number(lipschitz=lipschitz)
    check(n, delta, empirical, trivial=trivial)
    p, d = sizes
    if not (p >= 1 and d >= 1 and lipschitz >= 0):
        raise Problem(f"sizes, lipschitz: expected at least one hidden unit and one channel, and a number ≥ 0, got {sizes!r} and {lipschitz!r}.")
    largest = limits.readout * growth(limits, variation, steps, first)[1]
    assumptions = {INDEPENDENT: None, "every path keeps to the variation, steps and start given": None, "the weights keep to the limits": None}
    if not math.isfinite(largest):
        return Bound(math.inf, empirical, delta, assumptions, trivial, {"largest answer": largest})
    width, counts = largest / math.sqrt(n), (p * d * p, p * d, p * d, p, p)
    moved = sensitivities(limits, variation, steps, first)
    covered = sum(count * math.log1p(10 * limit * move / width) for count, limit, move in zip(counts, astuple(limits), moved, strict=True))
    complexity = width + largest * math.sqrt(2 * covered / n)
    value = empirical + 2 * lipschitz * complexity + trivial * math.sqrt(math.log(1 / delta) / (2 * n))
    return Bound(value, empirical, delta, assumptions, trivial, {"log covering number": covered, "largest answer": largest, "complexity": complexity})
