"""Effective ranks: against sums, equal eigenvalues, Hurwitz' zeta function, and the exact variance of interpolators, which the two terms have to follow."""

import numpy as np
import pytest
from scipy.special import zeta

from unseen._problem import Problem
from unseen.theory.effective_ranks import benign_terms, effective_ranks
from unseen.theory.ridge import ridge_risk, simulate_ridge

POWERS = np.arange(1, 20_001.0)


def test_against_sums_and_what_the_paper_proves_of_them():
    eigenvalues = np.random.default_rng(0).exponential(size=40)
    small, large = effective_ranks(eigenvalues)
    down = np.sort(eigenvalues)[::-1]
    np.testing.assert_allclose(small, [down[k:].sum() / down[k] for k in range(40)], rtol=1e-12)
    np.testing.assert_allclose(large, [down[k:].sum() ** 2 / (down[k:] ** 2).sum() for k in range(40)], rtol=1e-12)
    squared = effective_ranks(eigenvalues**2).small
    np.testing.assert_allclose(small**2, squared * large, rtol=1e-12)  # lemma 5: r_k(Σ)² = r_k(Σ²) R_k(Σ)
    tiny = 1e-12
    assert (squared >= 1 - tiny).all()
    assert (squared <= small + tiny).all()
    assert (small <= large + tiny).all()
    assert (large <= small**2 + tiny).all()


def test_equal_eigenvalues_of_any_size():
    for scale in (1.0, 1e-200):
        for ranks in effective_ranks(np.append(np.full(30, scale), 0.0)):
            np.testing.assert_allclose(ranks, np.arange(30, 0, -1.0), rtol=1e-12)
    assert benign_terms(np.ones(400), 100) == (0, 0.0, 0.25)
    assert benign_terms(np.ones(400), 400) == (0, 0.0, 1.0)
    assert benign_terms(np.ones(400), 401) == (np.inf,) * 3


@pytest.mark.parametrize("alpha", [1.2, 2.0, 3.0])
def test_power_laws_against_the_zeta_function(alpha):
    """Σ_{i>k} i^-α = ζ(α, k + 1) - ζ(α, m + 1) of the first m; r_k ~ k/(α - 1) and R_k ~ k (2α - 1)/(α - 1)², so that no power law is benign."""
    k = np.arange(2000)
    left, squares = (zeta(power, k + 1) - zeta(power, POWERS.size + 1) for power in (alpha, 2 * alpha))
    small, large = effective_ranks(POWERS**-alpha)
    np.testing.assert_allclose(small[:2000], left * (k + 1.0) ** alpha, rtol=1e-9)
    np.testing.assert_allclose(large[:2000], left**2 / squares, rtol=1e-9)
    if alpha > 1.5:  # else what is cut off is seen
        terms = benign_terms(POWERS**-alpha, 500)
        assert terms.k / 500 == pytest.approx(alpha - 1, rel=0.2)
        assert terms.tail == pytest.approx((alpha - 1) / (2 * alpha - 1), rel=0.2)


def spectra():
    """From very benign to not at all: spikes over a floor, a floor alone, the paper's 1/(i ln²(i + 1)), powers, and exponential decays above a floor."""
    yield from (np.concatenate([np.full(k, 50.0), np.full(20_000, floor)]) for k, floor in ((2, 0.01), (20, 0.01), (50, 0.1)))
    yield from (np.ones(400), np.ones(8000))
    yield 1 / (POWERS * np.log(POWERS + 1) ** 2)
    yield POWERS**-1.1
    yield POWERS**-1.5
    yield from (np.exp(-POWERS[:2000] / 10) + floor for floor in (1e-3, 1e-2))


def test_the_variance_of_interpolators_follows_the_terms_and_not_either_alone():
    n = 100
    variance = np.array([ridge_risk(one, np.zeros(one.size), n, noise=1.0).test - 1 for one in spectra()])
    _, head, tail = np.array([benign_terms(one, n) for one in spectra()]).T
    ratio = variance / (head + tail)
    assert variance.max() > 40 * variance.min()
    assert ratio.max() / ratio.min() < 4, "the theorem's constants"
    for alone in (head, tail):
        part = variance / np.maximum(alone, 1e-12)
        assert part.max() / part.min() > 25


def test_of_equal_eigenvalues_the_variance_is_known_and_simulated():
    """n/(d - n - 1), where the terms say n/d."""
    d, n = 800, 100
    simulated = simulate_ridge(np.random.default_rng(1), np.ones(d), np.zeros(d), n, noise=1.0, repetitions=8).test - 1
    assert simulated.mean() == pytest.approx(n / (d - n - 1), rel=0.1)
    assert benign_terms(np.ones(d), n).tail == n / d


def test_what_cannot_be():
    for call, told in (
        (lambda: effective_ranks(np.zeros(3)), "eigenvalues: expected numbers"),
        (lambda: effective_ranks(np.array([1.0, np.nan])), "eigenvalues: expected finite"),
        (lambda: benign_terms(np.ones(3), 0), "n, b: expected"),
        (lambda: benign_terms(np.ones(3), 5, b=np.nan), "n, b: expected"),
    ):
        with pytest.raises(Problem, match=told):
            call()
