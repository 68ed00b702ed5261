from decimal import Decimal, localcontext

import mpmath as mp
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import entropy

from unseen._types import Problem
from unseen.bounds.binary_kl import binary_kl, kl_lower, kl_upper


def test_against_scipy():
    for q, p in ((0.1, 0.3), (0.5, 0.5), (0.9, 0.2)):
        assert binary_kl(q, p) == pytest.approx(entropy([q, 1 - q], [p, 1 - p]))
    assert np.isinf(binary_kl(0.5, 0.0))
    for q, budget in ((0.1, 0.05), (0.0, 0.3), (0.7, 1e-4)):
        assert kl_upper(q, budget) == pytest.approx(brentq(lambda p, q=q, c=budget: binary_kl(q, p) - c, q, 1 - 1e-12), abs=1e-9)


def test_edges():
    np.testing.assert_allclose(kl_upper([0.0, 1.0, 0.3], [0.2, 0.5, 0.0]), [1 - np.exp(-0.2), 1.0, 0.3], atol=1e-9)
    assert kl_lower(0.3, 0.1) < 0.3 < kl_upper(0.3, 0.1)
    with pytest.raises(Problem, match="rates"):
        kl_upper(1.2, 0.1)


def exact(q, p):
    """The divergence of the very doubles q and p, with 80 digits."""
    with localcontext() as context:
        context.prec = 80
        pairs = [(Decimal(q), Decimal(p)), (1 - Decimal(q), 1 - Decimal(p))]
        return sum((a * (a / b).ln() for a, b in pairs if a), Decimal(0))


RATES = (0.0, 1e-20, 1e-9, 1e-3, 0.1, 0.5, 0.9, 1 - 1e-9)


@pytest.mark.parametrize("q", RATES)
def test_no_digits_are_lost_near_0_and_near_each_other(q):
    others = [1e-300, 2e-20, 1.0000001e-9, 0.1000001, 0.5 + 1e-9, 0.74, 0.76, 1 - 2**-53] if q else [2e-20, 1e-9, 0.3]
    np.testing.assert_allclose(binary_kl(q, np.array(others)), [float(exact(q, p)) for p in others], rtol=1e-13)
    assert (binary_kl(q, np.array(others)) >= 0).all()


@pytest.mark.parametrize("q", RATES)
def test_inverses_of_tiny_rates_and_budgets_are_exact_and_on_the_safe_side(q):
    """The divergence there is the budget: it is crossed within a relative 1e-13 of p - q, or the last digits of p."""
    for budget in (1e-30, 1e-18, 1e-9, 1e-3, 0.1, 1.0):
        found = float(kl_upper(q, budget))
        step = Decimal("1e-13") * Decimal(found) + Decimal(4 * np.spacing(found))
        assert exact(q, max(Decimal(found) - step, Decimal(q))) <= Decimal(budget)
        assert found >= 1 - np.spacing(1.0) or exact(q, min(Decimal(found) + step, 1 - Decimal("1e-60"))) >= Decimal(budget)
        low = float(kl_lower(q, budget))
        if low > 1e-290:
            step = Decimal("1e-12") * Decimal(low)
            assert exact(q, min(Decimal(low) + step, Decimal(q))) <= Decimal(budget) <= exact(q, Decimal(low) - step)


def test_rates_and_budgets_out_of_range():
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(Problem, match=r"q: expected rates"):
            binary_kl(wrong, 0.5)
        for inverse in (kl_upper, kl_lower):
            with pytest.raises(Problem, match=r"q, budget"):
                inverse(wrong, 0.1)
    assert float(kl_upper(0.2, np.inf)) == 1.0
    assert float(kl_lower(0.2, np.inf)) == 0.0


def divergence(q, p):
    return mp.inf if p == 1 else q * mp.log(q / p) + (1 - q) * mp.log((1 - q) / (1 - p))


def last_inside(q, budget, low, high, rate):
    """The last place from `low` towards `high`, to 30 digits, whose rate is not farther than the budget."""
    for _ in range(140):
        middle = (low + high) / 2
        low, high = (middle, high) if divergence(q, rate(middle)) <= budget else (low, middle)
    return low


@pytest.mark.parametrize("budget", [1e-18, 1e-9, 1e-2, 1.0, 50.0])
@pytest.mark.parametrize("q", [1e-300, 1e-12, 1e-3, 0.5, 1 - 1e-12])
def test_inverses_in_fifty_digits(q, budget):
    with mp.workdps(50):
        rate, limit = mp.mpf(q), mp.mpf(budget)
        upper = last_inside(rate, limit, rate, mp.mpf(1), lambda p: p)
        lower = rate * mp.exp(-last_inside(rate, limit, mp.mpf(0), min(1 + limit / rate, mp.mpf(800)), lambda t: rate * mp.exp(-t)))
        assert abs(float(kl_upper(q, budget)) / upper - 1) < 4e-16
        assert abs(float(kl_lower(q, budget)) - lower) < 2e-14 * lower + 1e-305
