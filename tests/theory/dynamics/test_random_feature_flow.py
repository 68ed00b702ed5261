"""Random features trained on the same examples for ever: against exponentials, the Marchenko-Pastur law, the limits of late times, a stream, and real flows."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.dynamics.random_feature_flow import random_feature_flow, responses, simulate_flow
from unseen.theory.dynamics.streaming_descent import sketched_loss
from unseen.theory.linear_gradient_flow import expected_losses, marchenko_pastur
from unseen.theory.random_features import random_feature_risk

J = np.arange(1.0, 301.0)
EIGENVALUES, TARGET = J**-1.5, J**-0.8
TIMES = np.array([0.0, 0.1, 1.0, 10.0, 100.0, 1e3, 1e5])


def test_endless_examples_and_features_are_exponentials():
    known = np.exp(-2 * np.multiply.outer(TIMES, EIGENVALUES)) @ TARGET**2 + 0.09
    for found in random_feature_flow(EIGENVALUES, TARGET, TIMES, np.inf, np.inf, 0.3):
        np.testing.assert_allclose(found, known, atol=1e-8)


@pytest.mark.parametrize("aspect", [0.5, 2.0])
def test_equal_eigenvalues_against_the_marchenko_pastur_law(aspect):
    """Aspect: dimension over examples. The other implementation averages over targets, which makes no difference here."""
    times = TIMES[:-2]
    train, test = expected_losses(times, marchenko_pastur(aspect), init=0.0)
    found = random_feature_flow(np.ones(300), np.full(300, 300**-0.5), times, 300 / aspect)
    np.testing.assert_allclose(found.test, test, atol=1e-7)
    np.testing.assert_allclose(found.train, train, atol=1e-7)


@pytest.mark.parametrize(("examples", "features"), [(40, 90), (90, 40), (40, np.inf), (100, 180)])
def test_late_times_against_ridgeless_regression(examples, features):
    """Another derivation (Simon et al. 2023), checked by others: what is left where nothing moves any more."""
    for noise in (0.0, 0.5):
        late = random_feature_flow(EIGENVALUES, TARGET, np.array([1e7]), examples, features, noise)
        known = random_feature_risk(EIGENVALUES, TARGET, examples, features, 0.0, noise)
        assert late.test.item() == pytest.approx(known.test, rel=1e-6)
        assert late.train.item() == pytest.approx(known.train, rel=1e-5, abs=1e-7)


def test_endless_examples_against_descent_on_a_stream_of_small_steps():
    rate = 1e-3
    forcing = sketched_loss(EIGENVALUES, TARGET, 40, 5000, rate, noise=0.2).forcing
    steps = np.array([500, 1000, 5000])
    found = random_feature_flow(EIGENVALUES, TARGET, rate * steps, np.inf, 40, 0.2)
    np.testing.assert_allclose(found.test, forcing[steps], rtol=3e-3)
    np.testing.assert_allclose(found.test, found.train, rtol=1e-10)


@pytest.mark.parametrize(("examples", "features"), [(60, 120), (120, 60), (None, 40), (60, None)])
def test_against_the_flow_itself(examples, features):
    """Off by at most 4 errors of the mean over 60 draws and a bias of the order of 1/P + 1/N."""
    found = simulate_flow(np.random.default_rng(0), EIGENVALUES, TARGET, TIMES, examples, features, 0.3, repetitions=60)
    predicted = random_feature_flow(EIGENVALUES, TARGET, TIMES, examples or np.inf, features or np.inf, 0.3)
    bias = 1.5 * (1 / (examples or np.inf) + 1 / (features or np.inf))
    for simulated, curve in zip(found, predicted, strict=True):
        error = simulated.std(axis=0) / np.sqrt(60)
        assert (np.abs(simulated.mean(axis=0) - curve) < 4 * error + bias * curve + 1e-9).all()
    if examples:
        fresh = random_feature_flow(EIGENVALUES, TARGET, TIMES, np.inf, features or np.inf, 0.3)
        assert fresh.test[-1] < 0.9 * predicted.test[-1], "without reuse it would be lower"
        assert fresh.train[-1] > 2 * predicted.train[-1]


def test_the_flow_against_small_steps_of_descent():
    n, d, k = 6, 8, 5
    eigenvalues, target = np.linspace(0.5, 1.5, d), np.ones(d)
    found = simulate_flow(np.random.default_rng(3), eigenvalues, target, np.array([2.0]), n, k, 0.5)
    rng = np.random.default_rng(3)
    phi = rng.standard_normal((n, d))
    y = phi @ target + 0.5 * rng.standard_normal(n)
    sketch = rng.standard_normal((d, k)) * np.sqrt(eigenvalues / k)[:, None]
    w, x = np.zeros(k), phi @ sketch
    for _ in range(20_000):
        w -= 1e-4 * x.T @ (x @ w - y) / n
    assert found.test.item() == pytest.approx(np.sum((sketch @ w - target) ** 2) + 0.25, rel=1e-3)
    assert found.train.item() == pytest.approx(np.mean((x @ w - y) ** 2), rel=1e-3)


@pytest.mark.parametrize(("examples", "features"), [(20, 10), (50, None), (None, 8), (None, None)])
def test_repetitions_together_are_one_after_another(examples, features):
    """Also where they are so many that they are computed in two blocks."""
    together, rng = np.random.default_rng(5), np.random.default_rng(5)
    found = simulate_flow(together, EIGENVALUES, TARGET, TIMES, examples, features, 0.3, repetitions=50)
    singly = [simulate_flow(rng, EIGENVALUES, TARGET, TIMES, examples, features, 0.3) for _ in range(50)]
    for many, one in zip(found, zip(*singly, strict=True), strict=True):
        np.testing.assert_allclose(many, np.concatenate(one), rtol=1e-9, atol=1e-12)
    assert together.random() == rng.random()
    if examples is features is None:
        np.testing.assert_allclose(found.test[49], np.exp(-2 * np.multiply.outer(TIMES, EIGENVALUES)) @ TARGET**2 + 0.09, rtol=1e-9)


def test_responses_fulfil_their_equations():
    s = 2.0 * (1 + 1j * np.append(0.0, np.linspace(0.1, 2, 12))) ** 2
    kappa, data, features = responses(s, EIGENVALUES, 40, 70)
    transfer = 1 / (s[:, None] + EIGENVALUES * (data * features)[:, None])
    np.testing.assert_allclose(transfer, (kappa / s)[:, None] / (EIGENVALUES + kappa[:, None]), rtol=1e-8)
    for response, count in ((data, 40), (features, 70)):
        np.testing.assert_allclose(response, 1 - data * features * (transfer @ EIGENVALUES) / count, rtol=1e-8)
    with pytest.raises(Problem, match="lost on the way"):
        responses(np.array([1.0 + 0j, -0.5 + 1e-9j]), EIGENVALUES, 40, 70)
    for wrong in (np.array([], complex), np.array([np.nan + 0j]), np.array([1j]), np.array([-1.0 + 0j])):
        with pytest.raises(Problem, match="s, eigenvalues: expected finite frequencies"):
            responses(wrong, EIGENVALUES, 40, 70)


def test_the_training_loss_falls_at_a_thousand_times():
    losses = random_feature_flow(J**-1.5, J**-0.8, np.geomspace(0.01, 1e6, 1000), 200, 100, 0.1)
    assert (np.diff(losses.train) < 1e-8).all()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"eigenvalues": np.zeros(300)}, "eigenvalues: expected numbers above 0"),
        ({"coefficients": np.ones(3)}, "coefficients: expected shape"),
        ({"times": np.array([-1.0])}, "times, noise: expected"),
        ({"noise": -1.0}, "times, noise: expected"),
        ({"examples": 0}, "examples, features: expected at least 1"),
        ({"features": float("nan")}, "examples, features: expected at least 1"),
    ],
)
def test_what_cannot_be(given, told):
    usual = {"eigenvalues": EIGENVALUES, "coefficients": TARGET, "times": TIMES, "examples": 40}
    with pytest.raises(Problem, match=told):
        random_feature_flow(**usual | given)
