"""The discriminant on shifted samples: against the authors' formulas, numerical integration, a fit by scikit-learn, search, and wrong formulas."""

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from unseen._types import Problem
from unseen.theory.classification.shifted_samples import best_count, best_weight, harmful_count, simulate_shifted, target_error, threshold_law


def authors_error(n, m, mu, sigma, delta, alpha=0.5):
    """`expected_risk` of the authors' notebook 1-univariate_fld, in its own words and units."""
    mean = ((1 - alpha) * m / (alpha * n + (1 - alpha) * m)) * (delta / sigma)
    spread = np.sqrt((alpha**2 * n + (1 - alpha) ** 2 * m) / (alpha * n + (1 - alpha) * m) ** 2)
    return 0.5 * (1 + norm.cdf((mean - mu / sigma) / np.sqrt(1 + spread**2)) - norm.cdf((mean + mu / sigma) / np.sqrt(1 + spread**2)))


@pytest.mark.parametrize("delta", [0.0, 0.8, 1.6, 20.0])
@pytest.mark.parametrize("alpha", [0.5, 0.8])
def test_authors_formula_where_the_order_is_never_wrong(delta, alpha):
    for m in (0, 28, 200):
        assert target_error(0.5, 100, m, delta / 10, alpha) == pytest.approx(authors_error(100, m, 5, 10, delta, alpha), abs=5e-7)


@pytest.mark.parametrize(("m", "shift", "weight"), [(0, 0.0, 0.5), (4, 0.8, 0.5), (8, 1.5, 0.9)])
def test_integral_over_the_two_class_means(m, shift, weight):
    """n = 4: the order of the means is wrong so often that the authors' formula is off."""
    mean, variance = threshold_law(4, m, shift, weight)
    spread = np.sqrt(2 * variance)  # of either class mean

    def error(high, low):
        at = (low + high) / 2
        wrong = (norm.cdf(at - 1) + norm.cdf(-at - 1)) / 2
        return (wrong if high > low else 1 - wrong) * norm.pdf(low, mean - 1, spread) * norm.pdf(high, mean + 1, spread)

    box = [(mean + side - 8 * spread, mean + side + 8 * spread) for side in (-1, 1)]
    low = dblquad(error, *box[0], lambda _: box[1][0], lambda low: min(max(low, box[1][0]), box[1][1]), epsabs=1e-8)[0]
    high = dblquad(error, *box[0], lambda low: min(max(low, box[1][0]), box[1][1]), lambda _: box[1][1], epsabs=1e-8)[0]
    assert target_error(1.0, 4, m, shift, weight) == pytest.approx(low + high, abs=1e-6)
    assert m or abs(authors_error(4, m, 1, 1, shift, weight) - low - high) > 0.01


@pytest.mark.parametrize(("separation", "n", "m", "shift", "weight"), [(0.5, 20, 40, 0.7, 0.5), (1.0, 4, 8, 0.8, 0.8), (0.5, 20, 40, 2.0, 0.5)])
def test_simulation(separation, n, m, shift, weight):
    found = simulate_shifted(np.random.default_rng(1), separation, shift, n, (0, m), (weight, weight), repetitions=40_000)
    error = found.std(axis=1) / np.sqrt(found.shape[1])
    for side, count in enumerate((0, m)):
        assert abs(found[side].mean() - target_error(separation, n, count, shift, weight)) < 4 * error[side]
    rivals = [(separation, n, m, 0.0, weight), (separation, n, m, shift, 1.3 - weight), (separation, n, m // 2, shift, weight)]
    assert all(abs(found[1].mean() - target_error(*rival)) > 4 * error[1] for rival in rivals)


def test_a_fit_by_scikit_learn():
    """One training set after the other; as many target as shifted samples, all counted alike, and each half as often as the target."""
    n = m = 6
    weights = (0.5, 2 / 3)
    found = simulate_shifted(np.random.default_rng(3), 0.7, 0.9, n, (m, m), weights, repetitions=30)
    rng, means = np.random.default_rng(3), 0.7 * np.array([[-1.0], [1.0]])
    target, other = rng.standard_normal((30, 2, n // 2)) + means, rng.standard_normal((30, 2, m // 2)) + means + 0.9
    fresh = np.linspace(-6, 6, 12_001)
    for sets in (np.concatenate([target, other], axis=2), np.concatenate([target, target, other], axis=2)):
        row = found[0 if sets.shape[2] == 6 else 1]
        for one, error in zip(sets, row, strict=True):
            fitted = LinearDiscriminantAnalysis().fit(one.reshape(-1, 1), np.repeat([0, 1], one.shape[1]))
            wrong = np.where(fitted.predict(fresh[:, None]) == 1, norm.pdf(fresh + 0.7), norm.pdf(fresh - 0.7)) / 2
            assert wrong.sum() * 0.001 == pytest.approx(error, abs=1e-3)


@pytest.mark.parametrize("shift", [0.16, 0.18, 0.3])
def test_counts_against_the_curve_of_errors(shift):
    errors = np.array([target_error(0.5, 100, m, shift) for m in range(0, 200, 2)])
    assert abs(2 * errors.argmin() - best_count(100, shift)) < 3
    assert abs(2 * np.flatnonzero(errors[1:] > errors[0])[0] + 2 - harmful_count(100, shift)) < 3


def test_the_three_regimes():
    none, some, far = (np.array([target_error(0.5, 100, m, shift) for m in range(0, 4000, 2)]) for shift in (0.06, 0.09, 0.8))
    assert (np.diff(none) < 0).all()
    assert best_count(100, 0.06) == harmful_count(100, 0.06) == np.inf
    assert np.diff(some)[-1] > 0
    assert (some[1:] < some[0]).all()
    assert best_count(100, 0.09) < harmful_count(100, 0.09) == np.inf
    assert (np.diff(far) > 0).all()
    assert harmful_count(100, 0.8) < 2


@pytest.mark.parametrize("shift", [0.0, 0.16, 0.5])
def test_best_weight_against_search(shift):
    for m in (2, 28, 200):

        def squared(weight, m=m):
            mean, variance = threshold_law(100, m, shift, weight)
            return mean**2 + variance

        assert best_weight(m, shift) == pytest.approx(minimize_scalar(squared, bounds=(0.01, 1), method="bounded", options={"xatol": 1e-9}).x, abs=1e-6)
        least = minimize_scalar(lambda weight, m=m: target_error(0.5, 100, m, shift, weight), bounds=(0.01, 1), method="bounded").fun
        assert target_error(0.5, 100, m, shift, best_weight(m, shift)) == pytest.approx(least, abs=1e-7)
        assert squared(best_weight(m, shift)) == pytest.approx((1 / m + shift**2) / (1 + 100 / m + 100 * shift**2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: threshold_law(3, 0, 0.1), "n, m: expected even"),
        (lambda: threshold_law(4, 3, 0.1), "n, m: expected even"),
        (lambda: threshold_law(0, 2, 0.1), "n: expected a whole number of at least 2"),
        (lambda: threshold_law(4, 2, float("nan")), "shift: expected a finite number"),
        (lambda: threshold_law(4, 2, 0.1, 0.0), "weight: expected a weight"),
        (lambda: target_error(0.0, 4, 2, 0.1), "separation: expected a finite number above 0"),
        (lambda: best_count(4, -0.1), "shift: expected a finite number"),
        (lambda: best_weight(-2, 0.1), "m: expected a whole number"),
        (lambda: simulate_shifted(np.random.default_rng(0), 1.0, 0.1, 4, (0, 2), (0.5,)), "counts, weights: expected equally many"),
        (lambda: simulate_shifted(np.random.default_rng(0), 1.0, 0.1, 4, (0,), (0.5,), repetitions=0), "repetitions"),
        (lambda: simulate_shifted(np.random.default_rng(0), np.inf, 0.1, 4, (0,), (0.5,)), "separation"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
