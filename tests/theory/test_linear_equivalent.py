import numpy as np
import pytest
from scipy.special import erf
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from unseen._problem import Problem
from unseen.theory.linear_equivalent import (
    LinearEquivalent,
    information,
    information_given,
    least_error,
    least_error_given,
    linear_equivalent,
    linear_error_given,
)
from unseen.theory.ridge import ridge_risk

MODEL = LinearEquivalent(0.7, 0.2)


@pytest.mark.parametrize("slope", [0.5, 2.0, 10.0])
def test_coefficients_of_erf_are_known(slope):
    signal = 2 * slope / np.sqrt(np.pi * (1 + 2 * slope**2))
    square = 2 / np.pi * np.arcsin(2 * slope**2 / (1 + 2 * slope**2))
    np.testing.assert_allclose(linear_equivalent(lambda z: erf(slope * z)), (signal, square - signal**2), atol=1e-9)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 5.0])
def test_least_error_is_that_of_the_best_ridge_by_the_eigenframework(ratio):
    noise, d = 0.4, 100
    unknown = noise**2 + MODEL.remainder
    risks = [
        ridge_risk(np.ones(d), np.full(d, MODEL.signal / np.sqrt(d)), ratio * d, scale * d * unknown / MODEL.signal**2, np.sqrt(unknown)).test - noise**2
        for scale in (0.8, 1.0, 1.25)
    ]
    assert least_error(MODEL, ratio, noise) == pytest.approx(risks[1], rel=1e-9)
    assert min(risks) == risks[1]


def test_least_error_of_few_and_of_many_examples_and_without_noise():
    assert least_error(MODEL, 1e-9, 0.3) == pytest.approx(MODEL.signal**2 + MODEL.remainder)
    assert least_error(MODEL, 1e9, 0.3) == pytest.approx(MODEL.remainder)
    assert [least_error(LinearEquivalent(1.0, 0.0), ratio, 0.0) for ratio in (0.25, 2.0)] == [0.75, 0.0]
    assert least_error(LinearEquivalent(0.0, 1.0), 3.0, 0.5) == 1.0


@pytest.mark.parametrize("ratio", [0.5, 3.0])
def test_information_and_least_error_are_those_of_a_large_linear_model(ratio):
    rng, d, noise = np.random.default_rng(0), 600, 0.5
    x, new = rng.standard_normal((int(ratio * d), d)), rng.standard_normal((500, d))
    kernel = MODEL.signal**2 * x @ x.T / d + MODEL.remainder * np.eye(len(x))
    assert information(MODEL, ratio, noise) == pytest.approx(information_given(kernel, noise), rel=0.01)
    variances = MODEL.signal**2 * np.sum(new**2, axis=1) / d + MODEL.remainder
    given = least_error_given(kernel, MODEL.signal**2 * x @ new.T / d, variances, noise)
    assert least_error(MODEL, ratio, noise) == pytest.approx(given, rel=0.02)


def test_given_inputs_as_scikit_learn_has_it():
    rng = np.random.default_rng(1)
    x, new = rng.standard_normal((20, 3)), rng.standard_normal((7, 3))
    process = GaussianProcessRegressor(RBF(), alpha=0.09, optimizer=None).fit(x, np.zeros(20))
    _, spread = process.predict(new, return_std=True)
    assert least_error_given(RBF()(x), RBF()(x, new), np.ones(7), 0.3) == pytest.approx(np.mean(spread**2), rel=1e-6)
    evidence = process.log_marginal_likelihood_value_  # of targets 0: -ln det(2π (K + σ²))/2
    assert information_given(RBF()(x), 0.3) * 20 == pytest.approx(-evidence - 10 * np.log(2 * np.pi * 0.09), rel=1e-6)


def test_error_of_ridge_regression_is_that_of_many_targets():
    rng = np.random.default_rng(2)
    x, new, coefficients = rng.standard_normal((8, 3)), rng.standard_normal((5, 3)), rng.standard_normal((6, 100_000))
    features = np.concatenate([np.tanh(np.concatenate([x, new])), np.concatenate([x, new]) ** 2], axis=1)
    moments, clean = features @ features.T, features @ coefficients
    y = clean[:8] + 0.3 * rng.standard_normal((8, 100_000))
    fitted = new @ np.linalg.solve(x.T @ x + 2 * np.eye(3), x.T @ y)
    predicted = linear_error_given(x, new, moments[:8, :8], moments[:8, 8:], moments[8:, 8:].diagonal(), noise=0.3, ridge=2.0)
    assert predicted == pytest.approx(np.mean((fitted - clean[8:]) ** 2), rel=0.02)


def test_mistakes_are_named():
    with pytest.raises(Problem, match="odd"):
        linear_equivalent(lambda z: np.maximum(z, 0))
    with pytest.raises(Problem, match="ratio"):
        least_error(MODEL, 0.0, 0.3)
    with pytest.raises(Problem, match="infinite"):
        information(MODEL, 1.0, 0.0)
