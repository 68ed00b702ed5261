"""Limits against everything that can be tried, on inputs that are not Gaussian too; and what is and is not certified."""

import numpy as np
import pytest
from scipy.integrate import quad

from unseen._types import Problem
from unseen.bounds.testable_halfspace import angle_limit, descend, disagreement_limit, learn, slope

RNG = np.random.default_rng(0)
INPUTS = {
    "Gaussian": RNG.normal(size=(20_000, 3)),
    "uniform": RNG.uniform(-1, 1, size=(20_000, 3)),
    "stretched": RNG.normal(size=(20_000, 3)) * [3.0, 1.0, 0.5],
    "heavy": RNG.standard_t(2.5, size=(20_000, 3)),
}


def unit(*shape):
    v = RNG.normal(size=shape)
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def labelled(x, best, noise):
    """Labels of a halfspace, turned with a probability of `noise` on one side of another."""
    clean = np.where(x @ best > 0, 1.0, -1.0)
    return np.where(RNG.uniform(size=len(x)) < noise * (x @ unit(3) > 0), -clean, clean)


def test_slope_is_a_derivative_of_mass_one():
    def step(t):
        return 1 / (1 + np.exp(t / 0.3))

    t = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(slope(t, 0.3), (step(t - 1e-5) - step(t + 1e-5)) / 2e-5, rtol=1e-5)
    assert quad(lambda at: float(slope(np.array([at]), 0.3)[0]), -10, 10, points=[0])[0] == pytest.approx(1)


@pytest.mark.parametrize("kind", INPUTS)
def test_no_normal_within_the_angle_differs_more_than_the_limit(kind):
    x, w = INPUTS[kind], unit(3)
    for angle in (0.05, 0.3, 1.0):
        limit = disagreement_limit(x, w, angle)
        across = unit(200, 3)
        across = across - (across @ w)[:, None] * w
        across = across / np.linalg.norm(across, axis=1, keepdims=True)
        others = np.cos(angle) * w + np.sin(angle) * across
        worst = ((x @ others.T > 0) != (x @ w > 0)[:, None]).mean(axis=0).max()
        assert worst <= limit <= 1
        if kind == "Gaussian" and angle < 1:
            assert limit < 8 * worst, "not far above"
    assert disagreement_limit(x, w, np.pi / 2) == 1


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_best_normal_is_within_the_angle(kind, noise):
    """For the end of descent, and for normals anywhere near, stationary or not."""
    x, best = INPUTS[kind], unit(3)
    y = labelled(x, best, noise)
    said = 0
    for w in (descend(x, y, unit(3), 0.02), *(best + scale * unit(3) for scale in (0.01, 0.1, 0.5))):
        w = w / np.linalg.norm(w)
        limit = angle_limit(x, y, w, 0.02, noise)
        angle = np.arccos(np.clip(w @ best, -1, 1))
        assert min(angle, np.pi - angle) <= limit + 1e-12
        said += limit < 0.5
    assert said or kind != "Gaussian" or noise, "without noise something is said"


def test_noise_that_hides_the_best_normal_is_allowed_for():
    """Labels are turned only where they would push w = e₁ towards the best normal: at some angle w is stationary, and that angle must be within the limit."""
    x, w, noise, limits = INPUTS["Gaussian"], np.eye(3)[0], 0.3, []
    for angle in np.linspace(0.02, 1.2, 40):
        best = np.array([np.cos(angle), np.sin(angle), 0.0])
        clean = np.where(x @ best > 0, 1.0, -1.0)
        turned = RNG.uniform(size=len(x)) < np.where(clean * x[:, 1] > 0, noise, 0.0)
        limits.append(angle_limit(x, np.where(turned, -clean, clean), w, 0.05, noise))
        assert angle <= limits[-1] + 1e-12
    assert min(limits) < 1.2, "something is said at the stationary angle"


def test_the_limit_of_the_angle_is_reached():
    """Inputs on the boundary, a quarter of whose labels are turned, push as hard as others push back that lie just beyond the best normal's boundary."""
    angle, noise, n = 0.3, 0.25, 200_000
    t = np.tan(angle)
    share = slope(np.array([t]), 1.0)[0] / (slope(np.array([0.0]), 1.0)[0] * (1 - 2 * noise))  # of the first kind, for one of the second
    first = round(n * share / (1 + share))
    kinds = np.repeat([0, 1], [first, n - first])
    sign = np.where(np.arange(n) % 2, 1.0, -1.0)
    x = sign[:, None] * np.where(kinds[:, None] == 0, [0.0, 1.0], [1.0001 * t, -1.0])
    best = np.array([np.cos(angle), np.sin(angle)])
    y = np.where(x @ best > 0, 1.0, -1.0) * np.where((kinds == 0) & (np.arange(n) % 8 < 2), -1.0, 1.0)
    assert angle <= angle_limit(x, y, np.array([1.0, 0.0]), 1.0, noise) <= 1.05 * angle


def test_inputs_just_inside_the_difference():
    """Every input lies where a normal at the angle says something else, but only just: the limit must be the whole."""
    margin = RNG.uniform(-1, 1, 2000)
    x = np.column_stack([margin, 1.001 * margin / np.tan(0.2)])
    assert (x @ [np.cos(0.2), -np.sin(0.2)] * margin < 0).all()
    assert disagreement_limit(x, np.array([1.0, 0.0]), 0.2) == 1
    assert disagreement_limit(x * [1.0, 0.5], np.array([1.0, 0.0]), 0.2) < 0.6, "half as far across they cannot differ so often"


def test_descent_finds_the_halfspace():
    x, best = INPUTS["Gaussian"], unit(3)
    assert descend(x, labelled(x, best, 0.3), unit(3), 0.02) @ best > 0.995


def test_learned_excess_is_below_its_limit_and_clusters_are_not_certified():
    best = unit(3)
    for x in INPUTS.values():
        found = learn(x, labelled(x, best, 0.1), RNG, noise=0.1, sigma=0.02)
        assert ((x @ found.w > 0) != (x @ best > 0)).mean() <= found.excess
    clusters = 3 * unit(8, 3)[RNG.integers(8, size=5000)]
    assert learn(clusters, labelled(clusters, best, 0.1), RNG, noise=0.1, sigma=0.02).excess > 0.3


def test_more_noise_allows_less():
    x, best = INPUTS["Gaussian"], unit(3)
    y = labelled(x, best, 0.0)
    limits = [angle_limit(x, y, best, 0.02, noise) for noise in (0.0, 0.1, 0.2, 0.4)]
    assert (np.diff(limits) > 0).all()


def test_mistakes_are_named():
    x = INPUTS["Gaussian"]
    with pytest.raises(Problem, match="labels"):
        learn(x, np.zeros(len(x)), RNG, noise=0.1)
    with pytest.raises(Problem, match="noise"):
        learn(x, np.ones(len(x)), RNG, noise=0.5)
