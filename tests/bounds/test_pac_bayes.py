import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import softmax
from scipy.stats import norm

from unseen._types import Problem
from unseen.bounds.binary_kl import kl_upper
from unseen.bounds.pac_bayes import catoni, gaussian_divergence, mcallester, sampled, seeger


def test_closed_forms():
    budget = (5.0 + np.log(2 * np.sqrt(1000) / 0.05)) / 1000
    assert seeger(0.0, 5.0, 1000).value == pytest.approx(1 - np.exp(-budget))
    for empirical in (0.0, 0.05, 0.4):
        assert seeger(empirical, 5.0, 1000).value <= mcallester(empirical, 5.0, 1000).value
        dense = [catoni(empirical, 5.0, 1000, temperatures=(c,)).value for c in np.geomspace(1e-3, 50, 4000)]
        assert min(dense) == pytest.approx(kl_upper(empirical, (5.0 + np.log(1 / 0.05)) / 1000), abs=1e-5), "the best temperature inverts kl"
    assert seeger(0.1, np.inf, 1000).vacuous


def test_every_temperature_that_is_tried_is_paid_for():
    tried = (0.5, 1.0, 4.0)
    alone = [catoni(0.1, 5.0, 1000, 0.06 / 3, temperatures=(c,)).value for c in tried]
    assert catoni(0.1, 5.0, 1000, 0.06, temperatures=tried).value == pytest.approx(min(alone))


def test_divergence_against_an_integral():
    def integrand(w):
        return norm.pdf(w, 0.3, 0.5) * (norm.logpdf(w, 0.3, 0.5) - norm.logpdf(w, -0.2, 2.0))

    one = quad(integrand, -6, 6)[0]
    assert gaussian_divergence(0.3, 0.5, -0.2, 2.0) == pytest.approx(one)
    assert gaussian_divergence(np.full(7, 0.3), 0.5, -0.2, 2.0) == pytest.approx(7 * one)
    with pytest.raises(Problem, match="spread"):
        gaussian_divergence(0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("bound", [seeger, mcallester, catoni])
def test_holds_for_a_posterior_that_follows_the_data_and_not_without_its_price(bound):
    """Five thousand coins, all of rate 0.5; the posterior takes those that looked best."""
    rng, n, delta = np.random.default_rng(0), 40, 0.1
    broken = {"as it is": 0, "without divergence": 0}
    for _ in range(120):
        rates = rng.binomial(n, 0.5, 5_000) / n
        posterior = softmax(-200 * rates)
        empirical, divergence = float(posterior @ rates), float(np.sum(posterior * np.log(np.maximum(posterior, 1e-300) * 5_000)))
        broken["as it is"] += bound(empirical, divergence, n, delta).value < 0.5
        broken["without divergence"] += bound(empirical, 0.0, n, delta).value < 0.5
    assert broken["as it is"] <= delta * 120
    assert broken["without divergence"] > 2 * delta * 120


def test_sampled_rates_cover():
    rng = np.random.default_rng(1)
    rates = rng.beta(1, 9, (500, 50))
    assert np.mean([sampled(row, delta=0.1) < 0.1 for row in rates]) <= 0.1
    assert np.mean(rates.mean(axis=1) < 0.1) > 0.1, "the mean that was seen is no limit"


def test_bad_numbers():
    with pytest.raises(Problem, match="divergence"):
        seeger(0.1, -1.0, 100)
    with pytest.raises(Problem, match="at least 8"):
        seeger(0.1, 1.0, 5)
    with pytest.raises(Problem, match="temperatures"):
        catoni(0.1, 1.0, 100, temperatures=())
