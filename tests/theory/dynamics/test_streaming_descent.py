"""Descent on a stream: against the recursion of all second moments, exact curves of drawn features, known limits, and descents that are really run."""

import jax
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.dynamics.streaming_descent import largest_rate, simulate_streaming, sketched_loss, streaming_loss, volterra

J = np.arange(1.0, 201.0)
EIGENVALUES, TARGET = J**-1.4, J**-1.1


def by_moments(eigenvalues, target, steps, rate, batch, noise):
    """E of the loss from C = E (θ - θ*)(θ - θ*)ᵀ, all of it, off the diagonal too, with Isserlis' theorem for each step."""
    root = np.sqrt(eigenvalues)
    covariance, C, losses = np.diag(eigenvalues), np.outer(target / root, target / root), []
    for _ in range(steps + 1):
        losses.append(np.trace(covariance @ C) + noise**2)
        once, twice = covariance @ C, covariance @ C @ covariance
        fourth = batch * (batch - 1) * twice + batch * (2 * twice + covariance * np.trace(once))
        C = C - rate * batch * (once + once.T) + rate**2 * (fourth + batch * noise**2 * covariance)
    return np.array(losses)


@pytest.mark.parametrize(("batch", "noise"), [(1, 0.0), (1, 0.5), (4, 0.3)])
def test_against_the_recursion_of_second_moments(batch, noise):
    eigenvalues, target = np.array([2.0, 0.7, 0.1]), np.array([1.0, -0.5, 2.0])
    rate = 0.4 * largest_rate(eigenvalues, batch)
    curve = streaming_loss(eigenvalues, target, 40, rate, batch, noise)
    np.testing.assert_allclose(curve.loss, by_moments(eigenvalues, target, 40, rate, batch, noise), rtol=1e-12)


def test_volterra_against_its_definition():
    rng = np.random.default_rng(0)
    forcing, kernel = rng.random(30), rng.random(29) / 40
    solution = volterra(forcing, kernel)
    again = [forcing[r] + sum(kernel[r - 1 - s] * solution[s] for s in range(r)) for r in range(30)]
    np.testing.assert_allclose(solution, again, rtol=1e-13)


def test_the_largest_rate_is_where_the_loss_stops_falling():
    rate = largest_rate(EIGENVALUES, batch=2)
    for share, falls in ((0.98, True), (1.02, False)):
        losses = by_moments(EIGENVALUES[:12], TARGET[:12], 3000, share * largest_rate(EIGENVALUES[:12], 2), 2, 0.0)
        assert (losses[-1] < losses[1500]) == falls
    with pytest.raises(Problem, match="rate: expected a number above 0 and below"):
        streaming_loss(EIGENVALUES, TARGET, 10, rate, batch=2)


def drawn(features, steps, rate, batch, draws):
    """(forcing, loss) [draws, steps + 1] of features that were drawn, exact given these."""
    curves = []
    for rng in map(np.random.default_rng, range(draws)):
        left, singular, _ = np.linalg.svd(np.sqrt(EIGENVALUES)[:, None] * rng.standard_normal((J.size, features)) / np.sqrt(features), full_matrices=False)
        known = left.T @ TARGET
        curve = streaming_loss(singular**2, known, steps, rate, batch, noise=np.sqrt(TARGET @ TARGET - known @ known))
        curves.append([curve.forcing, curve.loss])
    return np.array(curves).transpose(1, 0, 2)


@pytest.mark.parametrize(("features", "batch", "rate"), [(20, 1, 0.2), (80, 1, 0.2), (80, 4, 0.1)])
def test_the_equivalent_is_what_many_features_converge_to(features, batch, rate):
    """Off by at most 4 deviations of the mean over draws and a bias of the order of 1/d, which falls as d grows: 8 % at d = 20, 2 % at 80."""
    curve = sketched_loss(EIGENVALUES, TARGET, features, 200, rate, batch)
    for found, predicted in zip(drawn(features, 200, rate, batch, draws=16), (curve.forcing, curve.loss), strict=True):
        error = found.std(axis=0) / 4  # of the mean of 16 draws
        assert (np.abs(found.mean(axis=0) - predicted) < 4 * error + 1.6 / features * predicted).all()


def test_more_features_than_modes_and_ever_more():
    """With endless features it is the descent on the inputs; with d > 200 nothing is out of reach, so that the forcing falls for ever."""
    predicted = streaming_loss(EIGENVALUES, TARGET, 100, 0.2).loss
    endless = sketched_loss(EIGENVALUES, TARGET, 40_000, 100, 0.2).loss
    np.testing.assert_allclose(endless, predicted, rtol=5e-3)
    assert np.abs(sketched_loss(EIGENVALUES, TARGET, 400, 100, 0.2).loss / predicted - 1).max() > 0.05
    assert sketched_loss(EIGENVALUES, TARGET, 400, 3000, 0.2).forcing[-1] < 0.02 * sketched_loss(EIGENVALUES, TARGET, 20, 3000, 0.2).forcing[-1]


def test_simulation():
    settings = {"steps": 60, "rate": 0.15, "batch": 2, "noise": 0.2}
    losses = simulate_streaming(jax.random.key(0), EIGENVALUES, TARGET, repetitions=100, **settings)
    curve, error = streaming_loss(EIGENVALUES, TARGET, **settings), losses.std(axis=0) / 10
    assert (np.abs(losses.mean(axis=0) - curve.loss) < 4.5 * error + 1e-5).all()
    assert losses.mean(axis=0)[50] - curve.forcing[50] > 8 * error[50]  # the noise that the choice of examples makes is seen


def test_simulation_of_features():
    """The first steps, on which the equivalent is exact but for γ²λ²/d, over many draws of features."""
    settings = {"eigenvalues": EIGENVALUES[:40], "coefficients": TARGET[:40], "features": 20, "steps": 4, "rate": 0.05, "batch": 4}
    losses, curve = simulate_streaming(jax.random.key(0), repetitions=4000, **settings), sketched_loss(**settings)
    assert (np.abs(losses.mean(axis=0) - curve.loss) < 4.5 * losses.std(axis=0) / np.sqrt(4000) + 0.003 * curve.loss).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sketched_loss(EIGENVALUES, TARGET, 200, 10, 0.2), "features: expected at least 1, and not as many"),
        (lambda: sketched_loss(EIGENVALUES, TARGET, 50, 10, 5.0), "rate, features: no curve|rate: expected one at which"),
        (lambda: sketched_loss(EIGENVALUES, TARGET, 50, 10, 0.55), "rate: expected one at which the loss stays bounded"),
        (lambda: sketched_loss(EIGENVALUES, TARGET, 0, 10, 0.2), "features: expected at least 1"),
        (lambda: streaming_loss(-EIGENVALUES, TARGET, 10, 0.2), "eigenvalues: expected numbers above 0"),
        (lambda: streaming_loss(EIGENVALUES * np.nan, TARGET, 10, 0.2), "eigenvalues: expected finite numbers"),
        (lambda: streaming_loss(EIGENVALUES, TARGET[1:], 10, 0.2), "coefficients: expected one for each of 200"),
        (lambda: streaming_loss(EIGENVALUES, TARGET, 0, 0.2), "steps: expected at least 1"),
        (lambda: streaming_loss(EIGENVALUES, TARGET, 10, 0.2, batch=0), "batch, noise: expected at least 1"),
        (lambda: volterra(np.ones(4), np.ones(2)), "kernel: expected at least 3 entries"),
        (lambda: volterra(np.ones(500), np.full(499, 1e3)), "the solution: expected finite numbers"),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(Problem, match=message):
        call()
