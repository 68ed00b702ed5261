import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import PolynomialFeatures

from unseen._types import Problem
from unseen.theory.layerwise_network import train_layerwise


def sample(rng, n, d):
    x = rng.normal(size=(n, d))
    return x, np.tanh(x[:, 0] * x[:, 1]) + x[:, 2] ** 3


def test_the_first_stage_is_regression_on_all_polynomials_of_degree_two():
    """On the first half of the examples, whatever the random inner weights."""
    rng = np.random.default_rng(0)
    x, y = sample(rng, 300, 4)
    network = train_layerwise(rng, x, y, width=40, decay=(1e-12, 1e-4))
    quadratics = PolynomialFeatures(2).fit_transform(x)
    best = LinearRegression(fit_intercept=False).fit(quadratics[:150], y[:150])
    np.testing.assert_allclose(network.feature(x), best.predict(quadratics), atol=1e-4)


def test_the_second_stage_is_ridge_regression_on_the_other_half():
    rng = np.random.default_rng(1)
    x, y = sample(rng, 200, 3)
    network = train_layerwise(rng, x, y, width=20, outer=30, decay=(1e-6, 1e-3))
    g = network.feature(x)
    features = np.maximum(g[:, None] * network.signs + network.shifts, 0)
    ridge = Ridge(alpha=1e-3 * np.square(features[100:]).sum() / 30, fit_intercept=False).fit(features[100:], (y - g)[100:])
    np.testing.assert_allclose(network.readout, ridge.coef_, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(network(x), g + ridge.predict(features), rtol=1e-5, atol=1e-6)


def test_it_learns_a_link_that_no_polynomial_of_degree_two_can():
    rng = np.random.default_rng(2)
    x, fresh = rng.normal(size=(4000, 4)), rng.normal(size=(1000, 4))

    def target(x):
        p = x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3]
        return p + np.sin(2 * p)

    network = train_layerwise(rng, x, target(x), width=40)
    error = np.mean((network(fresh) - target(fresh)) ** 2)
    assert error < 0.3 * np.mean((network.feature(fresh) - target(fresh)) ** 2)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"outer": 0}, {"decay": (0.0, 1.0)}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match="decay"):
        train_layerwise(np.random.default_rng(0), np.zeros((9, 2)), np.zeros(9), **({"width": 3} | wrong))
