import numpy as np
import pytest
from scipy.optimize import minimize

from unseen._problem import Problem
from unseen.theory._search import integral, least, settled


def test_the_lower_of_two_minima():
    wells = lambda x: (x**2 - 1) ** 2 + 0.1 * x  # noqa: E731
    roots = np.roots([4.0, 0.0, -4.0, 0.1])
    assert least(wells, np.linspace(-2, 2, 9)) == pytest.approx(roots.real.min(), abs=1e-7)


@pytest.mark.parametrize("values", [lambda _: np.nan, lambda _: np.inf])
def test_a_function_without_finite_values_has_no_least_one(values):
    with pytest.raises(Problem, match=r"the least value was not found"):
        least(values, np.linspace(-1, 1, 5))


def test_integrals_are_right_or_say_that_they_are_not():
    assert integral(lambda x: np.exp(-(x**2)), -10.0, 10.0) == pytest.approx(np.sqrt(np.pi), rel=1e-12)
    for wild in (lambda x: 1 / abs(x - 0.3), lambda _: np.nan, lambda x: np.sin(1 / x) / x):
        with pytest.raises(Problem, match=r"the integral is"):
            integral(wild, 0.0, 1.0)


def test_settled():
    bowl = lambda x: (float(x @ x), 2 * x)  # noqa: E731
    assert settled(minimize(bowl, np.ones(3), jac=True, method="L-BFGS-B"))
    wrong = lambda x: (float(x @ x), -2 * x)  # noqa: E731 - upwards: the line search fails
    for objective, most in ((bowl, 0), (wrong, 100)):
        assert not settled(minimize(objective, np.full(3, 3.0), jac=True, method="L-BFGS-B", options={"maxiter": most}))
