"""Numerical helpers that say when they fail: the least value of a function of one number, an integral, a minimisation that has settled."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.integrate import quad
from scipy.optimize import OptimizeResult, fminbound

from unseen._problem import Problem, number


def least(function: Callable[[float], float], grid: Float[np.ndarray, " k"], xtol: float = 1e-9) -> float:
    """Where a function that may have several minima is least between the neighbours of the best point of a rising grid.

    Raises:
        Problem: values that are not finite there, or a refinement that did not converge.

    >>> round(least(lambda x: (x - 0.3) ** 2, np.linspace(0, 1, 5)), 6)
    0.3
    """
    number(xtol=xtol)
    values = [function(x) for x in grid]
    best = int(np.argmin(values))
    if not np.isfinite(values[best]):
        raise Problem(f"the least value was not found: it is {float(values[best])!r} on a grid. Give less extreme numbers.")
    found, value, failed, calls = fminbound(function, grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)], xtol=xtol, full_output=True, disp=0)
    if failed or not np.isfinite(value):
        raise Problem(f"the least value was not found: {float(value)!r} after {calls} evaluations. Give less extreme numbers.")
    return float(found)


def integral(function: Callable[[float], float], low: float, high: float, *, tolerance: float = 1e-9) -> float:
    """∫ function from `low` to `high` by adaptive quadrature, whose estimate of its own error must be within the tolerance (relative, and 1e-12 absolute).

    Raises:
        Problem: an estimate above it, or a value that is not finite.

    >>> round(integral(np.cos, 0.0, np.pi / 2), 9)
    1.0
    """
    number(low=low, high=high, tolerance=tolerance)
    value, error, *_ = quad(function, low, high, epsabs=1e-12, epsrel=tolerance, limit=200, full_output=1)
    if not (np.isfinite(value) and error <= max(tolerance * abs(value), 1e-12)):
        raise Problem(f"the integral is {value:.6g} with an error of up to {error:.2g}, above the tolerance of {tolerance:g}. Give less extreme numbers.")
    return float(value)


def settled(found: OptimizeResult, slope: float = 1e-5) -> bool:
    """Whether L-BFGS ended at a minimum: by its own rules, or where rounding stops the line search with a gradient of at most `slope` × (1 + |value|).

    >>> settled(OptimizeResult(fun=1.0, jac=np.array([1e-6]), success=False, status=2))
    True
    """
    number(slope=slope)
    small = np.abs(found.jac).max(initial=0.0) <= slope * (1 + abs(float(found.fun)))
    return bool(np.isfinite(found.fun) and (found.success or (found.status != 1 and small)))
