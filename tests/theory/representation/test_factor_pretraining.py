"""The likelihood against a search, the gap against its integral form and a simulation, exact means, and the simulated models' moments."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError
from scipy.optimize import minimize
from scipy.stats import multivariate_normal, ortho_group

from unseen._problem import Problem
from unseen.theory.representation import factor_pretraining
from unseen.theory.representation.factor_pretraining import factor_mle, pretraining_gap, regression_excess, simulate_pretraining

STRENGTHS, HEAD = np.array([2.0, 0.5]), np.array([1.0, -2.0])


def test_no_loadings_are_likelier():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)) * [2.0, 1.5, 1.0, 0.9]
    moments = x.T @ x / len(x)

    def loss(loadings):
        b = loadings.reshape(4, 2)
        return -multivariate_normal(np.zeros(4), b @ b.T + np.eye(4)).logpdf(x).mean()

    found = factor_mle(moments, 2)
    best = min(minimize(loss, rng.normal(size=8), tol=1e-10).fun for _ in range(3))
    assert loss(found) == pytest.approx(best, abs=1e-7)
    turned = factor_mle(moments, 2) @ ortho_group.rvs(2, random_state=0)
    assert loss(turned) == pytest.approx(loss(found), abs=1e-12)


def test_directions_of_less_than_the_noise_have_no_loading():
    np.testing.assert_allclose(factor_mle(np.diag([0.9, 3.0, 0.8]), 2).T @ factor_mle(np.diag([0.9, 3.0, 0.8]), 2), np.diag([0.0, 2.0]), atol=1e-12)


@pytest.mark.parametrize("m", [50, 200, 1000, 100_000])
def test_gap_by_the_angle(m):
    """With the squared cosine c of each factor's direction: variance explained by all of x less that by its projection."""
    g = 100 / m
    c = np.maximum(1 - g / STRENGTHS**2, 0) / (1 + g / STRENGTHS)
    explained = lambda cosine: HEAD**2 * STRENGTHS * cosine / (1 + STRENGTHS * cosine)  # noqa: E731
    assert pretraining_gap(STRENGTHS, HEAD, 102, m) == pytest.approx(np.sum(explained(1.0) - explained(c)), rel=1e-12)


def test_gap_of_many_examples_by_perturbation():
    """First order: E |U_⊥ᵀ S U Λ⁻¹ a|², S the moments' error, whose entries across the factors have variance λ_j/m."""
    d, m = 52, 10**6
    a = np.sqrt(STRENGTHS) * HEAD / (1 + STRENGTHS)
    expected = (d - 2) / m * np.sum(a**2 * (1 + STRENGTHS) / STRENGTHS**2)
    assert pretraining_gap(STRENGTHS, HEAD, d, m) == pytest.approx(expected, rel=1e-12)


def test_gap_in_simulation():
    found = simulate_pretraining(np.random.default_rng(1), STRENGTHS, HEAD, 200, (300, 4000, 20_000), (10,), repetitions=20)
    told = [pretraining_gap(STRENGTHS, HEAD, 200, m) for m in (300, 4000, 20_000)]
    np.testing.assert_allclose(found.gap.mean(axis=0)[1:], told[1:], rtol=0.08)
    assert found.gap.mean(axis=0)[0] == pytest.approx(told[0], rel=0.2)


def test_excess_of_least_squares_is_exact():
    """Label noise of 1 around x·w, and of 1 more from what the features leave out."""
    rng = np.random.default_rng(2)
    noise = 0.5
    variance = np.sum(HEAD**2 / (1 + STRENGTHS)) + noise**2
    found = simulate_pretraining(rng, STRENGTHS, HEAD, 10, (60,), (20, 40), noise=noise, repetitions=4000)
    told = [regression_excess(variance, 10, n) for n in (20, 40)]
    np.testing.assert_allclose(found.least_squares.mean(axis=0), told, rtol=0.05)
    heads = [np.mean([regression_excess(variance, 2, n, gap=gap) for gap in found.gap[:, 0]]) for n in (20, 40)]
    np.testing.assert_allclose(found.pretrained[:, 0].mean(axis=0), heads, rtol=0.03)
    assert (found.ridge <= found.least_squares).all()
    assert (found.pretrained >= found.gap[:, :, None] - 1e-12).all()


def test_no_finite_mean():
    assert regression_excess(1.0, 3, 4) == np.inf
    assert regression_excess(1.0, 3, 5) == 3.0


@pytest.mark.parametrize("informative", [True, False])
def test_moments_of_the_examples(informative):
    """x has the covariance B Bᵀ + noise, isotropic where B shall not be seen; y that of the best prediction and around it."""
    model = factor_pretraining._Factors(STRENGTHS, HEAD, 4, 0.5, informative)
    x, y = model.draw(np.random.default_rng(3), 400_000)
    expected = np.diag([3.0, 1.5, 1.0, 1.0]) if informative else 3.0 * np.eye(4)
    np.testing.assert_allclose(x.T @ x / len(x), expected, atol=0.03)
    np.testing.assert_allclose(model.best, np.linalg.solve(expected, x.T @ y / len(x)), atol=0.01)
    weights = np.array([0.3, -0.2, 0.5, 0.1])
    excess = np.mean((x @ weights - y) ** 2) - np.mean((x @ model.best - y) ** 2)
    assert model.excess(weights) == pytest.approx(excess, abs=0.02)


def test_isotropic_inputs_tell_nothing_of_the_factors():
    found = simulate_pretraining(np.random.default_rng(4), np.ones(2), HEAD, 50, (20_000,), (100,), informative=False, repetitions=40)
    assert found.gap.mean() == pytest.approx(np.sum(HEAD**2) / 2 * (1 - 2 / 50), rel=0.03)


def test_ridge_against_normal_equations():
    model = factor_pretraining._Factors(STRENGTHS, HEAD, 6, 0.5, informative=True)
    x, y = model.draw(np.random.default_rng(5), 30)
    plain, ridge = factor_pretraining._on_inputs(model, x, y)
    fits = [np.linalg.solve(x.T @ x + 30 * penalty * np.eye(6), x.T @ y) for penalty in (0.0, *factor_pretraining.PENALTIES)]
    assert plain == pytest.approx(model.excess(fits[0]))
    assert ridge == pytest.approx(min(model.excess(fit) for fit in fits))
    few, labels = x[:4], y[:4]
    assert factor_pretraining._on_inputs(model, few, labels)[0] == pytest.approx(model.excess(np.linalg.pinv(few) @ labels))


def test_fewer_examples_are_the_first():
    both = simulate_pretraining(np.random.default_rng(6), STRENGTHS, HEAD, 8, (30, 50), (10, 40))
    last = simulate_pretraining(np.random.default_rng(6), STRENGTHS, HEAD, 8, (50,), (40,))
    np.testing.assert_allclose(both.pretrained[:, 1:, 1:], last.pretrained)
    np.testing.assert_allclose(both.least_squares[:, 1:], last.least_squares)


def test_means_of_factors_given_inputs():
    """By regression of z on x."""
    loadings, rng = np.array([[1.0, 0.5], [0.0, -2.0], [0.3, 0.3]]), np.random.default_rng(7)
    z = rng.normal(size=(400_000, 2))
    x = z @ loadings.T + rng.normal(size=(400_000, 3))
    np.testing.assert_allclose(factor_pretraining._means(loadings), np.linalg.lstsq(x, z)[0], atol=0.01)


def test_heads_are_least_squares_on_the_largest_principal_components_of_whole_blocks():
    model, rng = factor_pretraining._Factors(STRENGTHS, HEAD, 6, 0.5, informative=True), np.random.default_rng(8)
    (pool, _), (x, y) = model.draw(rng, 40), model.draw(rng, 17)
    space = np.linalg.svd(pool)[2][:2].T
    fits = [space @ np.linalg.lstsq(x[at] @ space, y[at])[0] for at in (slice(0, 7), slice(7, 14))]
    found = simulate_pretraining(np.random.default_rng(8), STRENGTHS, HEAD, 6, (40,), (7, 17), noise=0.5)
    assert found.pretrained[0, 0, 0] == pytest.approx(np.mean([model.excess(fit) for fit in fits]))
    heads = np.linalg.lstsq(np.sqrt(model.variance)[:, None] * space, np.sqrt(model.variance) * model.best)[0]
    assert found.gap[0, 0] == pytest.approx(model.excess(space @ heads))


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: factor_mle(np.array([[1.0, 0.5], [0.0, 1.0]]), 1), "moments"),
        (lambda: factor_mle(np.eye(2), 3), "factors"),
        (lambda: factor_mle(np.eye(2), 1.5), "factors"),
        (lambda: factor_mle(np.eye(2) * np.nan, 1), "moments"),
        (lambda: pretraining_gap(np.array([0.0]), np.ones(1), 5, 5), "strengths"),
        (lambda: pretraining_gap(np.ones(2), np.ones(1), 5, 5), "head"),
        (lambda: pretraining_gap(np.ones(2), np.ones(2), 1, 5), "d"),
        (lambda: pretraining_gap(np.ones(2), np.ones(2), 5, 0), "m"),
        (lambda: regression_excess(-1.0, 1, 5), "variance"),
        (lambda: regression_excess("1", 1, 5), "variance"),
        (lambda: regression_excess(1.0, 1, 5, gap=np.nan), "gap"),
        (lambda: regression_excess(1.0, 0, 5), "features"),
        (lambda: regression_excess(1.0, 1, 2.5), "n"),
        (lambda: simulate_pretraining(np.random.default_rng(0), STRENGTHS, HEAD, 5, (), (3,)), "unlabelled"),
        (lambda: simulate_pretraining(np.random.default_rng(0), STRENGTHS, HEAD, 5, (3,), 3), "labelled"),
        (lambda: simulate_pretraining(np.random.default_rng(0), STRENGTHS, HEAD, 5, (3,), (0,)), "labelled"),
        (lambda: simulate_pretraining(np.random.default_rng(0), STRENGTHS, HEAD, 5, (3,), (3,), noise=np.nan), "noise"),
        (lambda: simulate_pretraining(np.random.default_rng(0), STRENGTHS, HEAD, 5, (3,), (3,), informative="no"), "informative"),
        (lambda: simulate_pretraining(np.random.default_rng(0), STRENGTHS, HEAD, 5, (3,), (3,), repetitions=0), "repetitions"),
    ],
)
def test_problems_name_the_argument(call, named):
    with pytest.raises((Problem, TypeCheckError), match=rf"(^|, |parameter '){named}\b"):  # the second where types are checked
        call()
