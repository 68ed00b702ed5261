import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import erf

from unseen._types import Problem
from unseen.theory.linear_gradient_flow import accuracy, expected_losses, marchenko_pastur, time_to


@pytest.mark.parametrize("aspect", [0.1, 0.5, 0.9, 2.0])
def test_marchenko_pastur_against_its_density_and_moments(aspect):
    eigenvalues, weights = marchenko_pastur(aspect)
    low, high = (1 - aspect**0.5) ** 2, (1 + aspect**0.5) ** 2
    direct = quad(lambda x: np.exp(-x) * np.sqrt(max((high - x) * (x - low), 0.0)) / (2 * np.pi * aspect * x), low, high, limit=400)[0]
    np.testing.assert_allclose(weights @ np.exp(-eigenvalues), direct + max(0.0, 1 - 1 / aspect), rtol=1e-6)
    np.testing.assert_allclose([weights.sum(), weights @ eigenvalues, weights @ eigenvalues**2], [1.0, 1.0, 1 + aspect], rtol=1e-9)


@pytest.mark.parametrize("aspect", [0.5, 2.0])
def test_marchenko_pastur_against_a_sampled_covariance(aspect):
    d = 800
    X = np.random.default_rng(0).normal(size=(int(d / aspect), d))
    sampled = np.linalg.eigvalsh(X.T @ X / len(X)).clip(0)
    eigenvalues, weights = marchenko_pastur(aspect)
    for time in (0.3, 3.0, 30.0):
        np.testing.assert_allclose(np.exp(-time * sampled).mean(), weights @ np.exp(-time * eigenvalues), rtol=0.03)


@pytest.mark.parametrize(("n", "decay", "init"), [(30, 0.0, 1.0), (30, 0.05, 0.5), (8, 0.02, 2.0)])
def test_losses_against_the_differential_equation(n, decay, init):
    """Averages over teachers and starts of an ODE solved numerically, at the sampled spectrum."""
    rng = np.random.default_rng(1)
    d, draws, times, scale = 12, 40000, np.array([0.5, 5.0, 40.0]), 1.5
    X = rng.normal(size=(n, d))
    covariance = X.T @ X / n
    spectrum = np.linalg.eigvalsh(covariance).clip(0), np.full(d, 1 / d)

    def errors_from(start, teacher):
        solved = solve_ivp(lambda _, w: -covariance @ (w - teacher) - decay * w, (0, times[-1]), start, t_eval=times, rtol=1e-9, atol=1e-11)
        return (solved.y - teacher[:, None]).T

    responses = [np.stack([errors_from(row, np.zeros(d)) for row in np.eye(d)], -1), np.stack([errors_from(np.zeros(d), row) for row in np.eye(d)], -1)]
    starts, teachers = init * rng.normal(size=(d, draws)) / d**0.5, scale * rng.normal(size=(d, draws)) / d**0.5
    train, test = expected_losses(times, spectrum, decay=decay, init=init, teacher=scale)
    for i in range(len(times)):
        error = responses[0][i] @ starts + responses[1][i] @ teachers
        np.testing.assert_allclose((error**2).sum(0).mean(), test[i], rtol=0.02)
        np.testing.assert_allclose(((X @ error) ** 2).mean(), train[i], rtol=0.02, atol=1e-12)


def test_limits_in_time():
    spectrum = marchenko_pastur(2.0)
    train, test = expected_losses(np.array([0.0, 1e5]), spectrum, init=0.5)
    np.testing.assert_allclose([train[0], test[0]], 1.25)
    np.testing.assert_allclose([train[1], test[1]], [0.0, 0.5 * 1.25], atol=1e-6)  # half of the directions are never seen
    _, ridge = expected_losses(np.array(1e5), marchenko_pastur(0.5), decay=0.1)
    rng, d = np.random.default_rng(2), 400
    X = rng.normal(size=(2 * d, d))
    inverse = np.linalg.inv(X.T @ X / len(X) + 0.1 * np.eye(d))
    np.testing.assert_allclose(ridge, 0.1**2 * np.trace(inverse @ inverse) / d, rtol=0.02)


def test_accuracy_against_sampling_and_the_error_function():
    np.testing.assert_allclose(accuracy(np.array([0.1, 1.0]), 0.05), erf(np.sqrt(0.05 / (2 * np.array([0.1, 1.0])))))
    sampled = ((np.random.default_rng(3).normal(size=(200_000, 5)) * 0.3) ** 2).mean(1) <= 0.1
    np.testing.assert_allclose(accuracy(0.09, 0.1, outputs=5), sampled.mean(), atol=0.005)


def test_time_to_a_level():
    spectrum = marchenko_pastur(0.8)
    when = time_to(0.9, lambda t: float(expected_losses(t, spectrum)[1]), 0.01, outputs=3)
    np.testing.assert_allclose(accuracy(expected_losses(when, spectrum)[1], 0.01, 3), 0.9, rtol=1e-6)
    assert time_to(0.9, lambda t: 1.0, 0.01) == np.inf
    assert time_to(0.9, lambda t: 0.0, 0.01) == 0.0


def test_a_wrong_aspect_is_told():
    with pytest.raises(Problem, match="aspect"):
        marchenko_pastur(0.0)


@pytest.mark.parametrize("aspect", [1 - 1e-2, 1.0, 1 + 1e-2, 1 + 1e-3])
def test_the_spectrum_near_the_threshold_is_exact_or_refused(aspect):
    """Mass 1 with the atom, mean 1, E λ² = 1 + aspect, and E 1/λ = 1/(1 - aspect) below 1."""
    if aspect == 1 + 1e-3:
        with pytest.raises(Problem, match=r"nodes: expected at least 30015 for an aspect"):
            marchenko_pastur(aspect)
    eigenvalues, weights = marchenko_pastur(aspect, nodes=4000 if aspect != 1 + 1e-3 else 41_000)
    np.testing.assert_allclose([weights @ eigenvalues**k for k in range(3)], [1, 1, 1 + aspect], rtol=1e-11)
    if aspect < 1:
        np.testing.assert_allclose(weights @ (1 / eigenvalues), 1 / (1 - aspect), rtol=1e-9)


def test_losses_that_are_no_numbers_never_reach_a_level():
    with pytest.raises(Problem, match=r"loss: expected numbers"):
        time_to(0.5, lambda _: float("nan"), 0.1)
    with pytest.raises(Problem, match=r"level, tolerance, outputs"):
        time_to(1.0, lambda time: 1 / (1 + time), 0.1)
    assert time_to(0.5, lambda _: 1.0, 0.01) == np.inf


@pytest.mark.parametrize("aspect", [1e-12, 1e-4, 0.25, 4.0, 1e4])
def test_edges_and_moments_for_any_aspect(aspect):
    """Support between (1 - √aspect)² and (1 + √aspect)², reached to within the nodes; moments 1, 1, 1 + aspect, and 1 + 3 aspect + aspect²."""
    eigenvalues, weights = marchenko_pastur(aspect)
    inside = eigenvalues[:4000]
    low, high = (1 - np.sqrt(aspect)) ** 2, (1 + np.sqrt(aspect)) ** 2
    assert low < inside.min() < low + 1e-5 * (high - low) + 1e-15
    assert high - 1e-5 * (high - low) - 1e-15 < inside.max() < high
    moments = [weights @ eigenvalues**k for k in range(4)]
    np.testing.assert_allclose(moments, [1, 1, 1 + aspect, 1 + 3 * aspect + aspect**2], rtol=1e-11)


@pytest.mark.parametrize(("aspect", "z"), [(0.5, 1e-8), (0.99, 1e-8), (0.99, 1.0), (1.0, 1e-4), (1.01, 1e-4), (2.0, 1e-2)])
def test_stieltjes_transform_in_fifty_digits(aspect, z):
    """Just below the lower edge, which is at 2.5e-5 for the aspects next to 1."""
    eigenvalues, weights = marchenko_pastur(aspect)
    with mp.workdps(50):
        a, at = mp.mpf(aspect), mp.mpf(z)
        wanted = (mp.sqrt((1 - a + at) ** 2 + 4 * a * at) - (1 - a + at)) / (2 * a * at)
        assert abs(np.sum(weights / (eigenvalues + z)) / wanted - 1) < 5e-15


def test_late_times_at_an_aspect_of_one_need_nodes():
    """E e^(-λt) = e^(-2t) (I₀(2t) + I₁(2t)); the error appears beyond t = nodes²/40."""

    def error(t):
        eigenvalues, weights = marchenko_pastur(1.0, nodes=100)
        with mp.workdps(50):
            wanted = mp.exp(-2 * t) * (mp.besseli(0, 2 * t) + mp.besseli(1, 2 * t))
            return float(abs(weights @ np.exp(-eigenvalues * t) / wanted - 1))

    assert error(250) < 1e-12 < 1e-6 < error(1000)
