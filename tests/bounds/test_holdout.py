"""Coverage is exact here: with losses of 0 and 1 it depends on the number of errors only, which is binomial."""

import mpmath as mp
import numpy as np
import pytest
from scipy.stats import binom

from unseen._types import Problem
from unseen.bounds.holdout import chernoff, clopper_pearson, empirical_bernstein, hoeffding
from unseen.stats import binomial_interval

RATES = np.concatenate([[0.001], np.linspace(0.01, 0.99, 50)])
BOUNDS = {
    "hoeffding": lambda k, n, **more: hoeffding(k / n, n, **more).value,
    "chernoff": lambda k, n, **more: chernoff(k / n, n, **more).value,
    "clopper_pearson": lambda k, n, **more: clopper_pearson(k, n, **more).value,
    "empirical_bernstein": lambda k, n, **more: empirical_bernstein((np.arange(n) < k).astype(float), **more).value,
}


def violations(bound, n, **more):
    """For each true rate, the exact chance that the bound lies below it."""
    values = np.array([bound(k, n, **more) for k in range(n + 1)])
    return np.array([binom.pmf(np.arange(n + 1), n, rate)[values < rate].sum() for rate in RATES])


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("n", [10, 60])
def test_violated_at_most_as_often_as_promised(name, n):
    assert violations(BOUNDS[name], n, delta=0.05).max() <= 0.05


@pytest.mark.parametrize("name", BOUNDS)
def test_choosing_the_best_of_many_has_to_be_paid_for(name):
    """Twenty predictors of the same rate: the best-looking one violates some bound unless all are counted."""
    chance = {count: 1 - (1 - violations(BOUNDS[name], 60, delta=0.05, candidates=count)) ** 20 for count in (1, 20)}
    assert chance[20].max() <= 0.05
    if name in ("clopper_pearson", "chernoff"):
        assert chance[1].max() > 0.1, "the wrong variant is caught"


def test_a_wrong_constant_is_caught():
    assert violations(lambda k, n: k / n + np.sqrt(np.log(1 / 0.05) / (8 * n)), 60).max() > 0.05


def test_order_and_known_values():
    for errors in (0, 3, 30):
        exact, kl, plain = clopper_pearson(errors, 100).value, chernoff(errors / 100, 100).value, hoeffding(errors / 100, 100).value
        assert exact <= kl + 1e-12
        assert kl <= plain
        assert exact == pytest.approx(binomial_interval(errors, 100, confidence=0.9)[1])
    assert clopper_pearson(100, 100).value == 1.0


def test_real_losses():
    rng = np.random.default_rng(0)
    losses = rng.beta(0.5, 4.0, (2000, 80))
    assert np.mean([empirical_bernstein(row, delta=0.1).value < 0.5 / 4.5 for row in losses]) <= 0.1
    with pytest.raises(Problem, match="Divide"):
        empirical_bernstein([0.1, 3.0])
    with pytest.raises(Problem, match="errors"):
        clopper_pearson(11, 10)
    with pytest.raises(Problem, match="candidates"):
        chernoff(0.1, 10, candidates=0)


@pytest.mark.parametrize(
    ("errors", "n", "delta", "candidates"), [(0, 10**12, 0.05, 1), (3, 10**9, 1e-3, 1), (20, 10**6, 1e-12, 1), (5, 1000, 0.05, 10**12), (0, 50, 1e-30, 1)]
)
def test_clopper_pearson_in_fifty_digits(errors, n, delta, candidates):
    """At such n SciPy's inverse has 8 digits, and 1 - δ/candidates none of δ."""
    with mp.workdps(50):
        value = mp.mpf(clopper_pearson(errors, n, delta, candidates=candidates).value)
        chance = sum(mp.binomial(n, k) * value**k * (1 - value) ** (n - k) for k in range(errors + 1))
        slope = mp.binomial(n, errors) * (n - errors) * value**errors * (1 - value) ** (n - errors - 1)
        assert abs((chance - mp.mpf(delta) / candidates) / (slope * value)) < 1e-11
