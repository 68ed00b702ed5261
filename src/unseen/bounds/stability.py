"""Bounds for learners that hardly change when one example is replaced by another."""

import math

from unseen._problem import Problem, number, whole
from unseen.bounds.bound import INDEPENDENT, Bound, check

STABLE = "replacing any one training example changes no loss by more than beta"


def uniform_stability(empirical: float, beta: float, n: int, delta: float = 0.05, *, largest: float = 1.0) -> Bound:
    """Mean training loss + β + (2 n β + M) √(ln(1/δ)/2n), for losses in [0, M] (Bousquet & Elisseeff 2002; Mohri et al. 2018, theorem 14.2).

    β limits by how much the loss on any example changes when one training example is replaced. It says something where β falls faster than 1/√n.

    Args:
        empirical: mean loss on the training set, in [0, M].
        beta: β ≥ 0, known before the sample (`ridge_stability`).
        n: training examples.
        delta: chance of failure.
        largest: M, the largest possible loss.

    Raises:
        Problem: numbers out of their range.

    >>> round(uniform_stability(0.02, beta=1e-4, n=1000).value, 4)
    0.0665
    """
    number(beta=beta, largest=largest)
    if not (largest > 0 and math.isfinite(largest)):
        raise Problem(f"largest: expected the largest possible loss, a positive number, got {largest!r}.")
    check(n, delta, empirical, trivial=largest)
    if not beta >= 0:
        raise Problem(f"beta: expected a stability of at least 0, got {beta!r}.")
    value = empirical + beta + (2 * n * beta + largest) * math.sqrt(math.log(1 / delta) / (2 * n))
    return Bound(value, empirical, delta, {INDEPENDENT: None, STABLE: None}, trivial=largest, terms={"beta": beta})


def ridge_stability(ridge: float, n: int, *, slope: float, tested: float | None = None) -> float:
    """β = 2 L L' / (ridge · n) of the minimiser w of mean loss + ridge/2 ‖w‖², the loss of each example convex in w.

    The penalty makes the objective strongly convex, so that one replaced example moves w by at most 2 L / (ridge · n).

    Args:
        ridge: strength of the penalty.
        n: training examples.
        slope: L, the largest norm of the gradient by w of one example's loss: √2 B for the cross-entropy of scores W φ with ‖φ‖ ≤ B.
        tested: L' of the loss that the bound is on, where it is another one: √2 B/γ for the ramp loss of the margin, which falls from 1 at 0 to 0 at γ.

    Source: Bousquet & Elisseeff (2002), theorem 22, for replacing instead of leaving out.

    Raises:
        Problem: numbers that are not positive.

    >>> round(ridge_stability(0.1, 1000, slope=1.0), 6)
    0.02
    """
    whole(n=n)
    number(ridge=ridge, slope=slope)
    tested = slope if tested is None else tested
    if not (ridge > 0 and n >= 1 and slope > 0 and tested > 0):
        raise Problem(f"ridge, n, slope, tested: expected positive numbers, got {ridge!r}, {n!r}, {slope!r} and {tested!r}. Without penalty β is unknown.")
    return 2 * slope * tested / (ridge * n)
