import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma
from scipy.stats import levy_stable

from unseen._types import Problem
from unseen.theory.stable_chain import distance, excess, kernel, lattice, linear_scale, long_run, mean_absolute, stability_limit

NODES = lattice(5.0, 0.05)
TAILS = {alpha: excess(alpha) for alpha in (1.2, 1.5, 2.0)}


@pytest.mark.parametrize("alpha", TAILS)
@pytest.mark.parametrize("u", [0.0, 0.3, 4.0])
def test_excess_is_the_integral_of_scipys_survival_function(alpha, u):
    near = quad(lambda v: levy_stable.sf(v, alpha, 0), u, 20, limit=50, epsabs=1e-6)[0]
    far = excess(alpha)(np.array(20.0))
    assert TAILS[alpha](np.array(-u)) == pytest.approx(near + far, abs=2e-5)


def test_far_excess_has_the_known_tail():
    """P(L > v) → sin(πα/2) Γ(α) / π · v^{-α}."""
    for alpha in (1.2, 1.5):
        known = np.sin(np.pi * alpha / 2) * gamma(alpha) / np.pi * 1e6 ** (1 - alpha) / (alpha - 1)
        assert TAILS[alpha](np.array(1e6)) == pytest.approx(known, rel=1e-4)


@pytest.mark.parametrize("alpha", TAILS)
def test_a_linear_chain_has_its_stable_law(alpha):
    m, eta, sigma = 0.7, 0.1, 0.5
    transition = kernel(NODES, NODES * (1 - eta * m), sigma * eta ** (1 / alpha), TAILS[alpha])
    np.testing.assert_allclose(transition.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(transition[100:-100] @ NODES, NODES[100:-100] * (1 - eta * m), rtol=2e-3, atol=1e-6)
    found, scale = long_run(NODES, transition), linear_scale(alpha, m, eta, sigma)
    assert found.law @ np.abs(NODES) == pytest.approx(scale * mean_absolute(alpha), rel=0.02)
    at = np.searchsorted(NODES, [-1.0, 0.5, 2.0])
    between = np.cumsum(found.law)[at] - found.law[at] / 2
    np.testing.assert_allclose(between, levy_stable.cdf(NODES[at] / scale, alpha, 0), atol=5e-3)
    wrong = long_run(NODES, kernel(NODES, NODES * (1 - eta * m), sigma * eta**0.5, TAILS[alpha]))
    assert alpha == 2 or abs(wrong.law @ np.abs(NODES) / (scale * mean_absolute(alpha)) - 1) > 0.1, "noise must scale with the rate's α-th root"


def test_moved_linear_chains_are_as_far_apart_as_their_means_and_the_limit_is_reached():
    alpha, m, eta, shift = 1.5, 0.7, 0.1, 0.02
    one, two = (long_run(NODES, kernel(NODES, NODES * (1 - eta * m) + b, 0.1, TAILS[alpha])) for b in (0.0, eta * shift))
    assert one.forgetting == pytest.approx(1 / (eta * m), rel=1e-4)
    assert distance(NODES, one.law, two.law) == pytest.approx(shift / m, rel=1e-3)
    assert stability_limit(one, two, np.full(len(NODES), eta * shift)) == pytest.approx(shift / m, rel=1e-3)


def test_limit_holds_for_two_wells():
    """Against simulated chains; a displacement that is everywhere the same is felt as much as the limit says but for where it is felt."""

    def means(x, tilt):
        return x - 0.1 * (0.15 * x - x * np.exp(-(x**2) / 2) + tilt)

    transitions = [kernel(NODES, means(NODES, tilt), 0.5 * 0.1 ** (1 / 1.5), TAILS[1.5]) for tilt in (0.0, 0.05)]
    one, two = (long_run(NODES, transition) for transition in transitions)
    found, limit = distance(NODES, one.law, two.law), stability_limit(one, two, means(NODES, 0.0) - means(NODES, 0.05))
    assert found <= limit
    assert found > limit / 8
    rng, x, y, apart = np.random.default_rng(0), np.zeros(4000), np.zeros(4000), []
    for step in range(1500):
        noise = 0.5 * 0.1 ** (1 / 1.5) * levy_stable.rvs(1.5, 0, size=4000, random_state=rng)
        x, y = means(x, 0.0) + noise, means(y, 0.05) + noise
        if step >= 500 and step % 10 == 0:
            apart.append(np.abs(np.sort(x) - np.sort(y)).mean())
    assert np.mean(apart) == pytest.approx(found, rel=0.1)


def test_bad_input():
    with pytest.raises(Problem, match="tail index"):
        excess(1.0)
    with pytest.raises(Problem, match="product"):
        linear_scale(1.5, -1.0, 0.1, 1.0)
    with pytest.raises(Problem, match="iterate"):
        kernel(NODES, NODES, 0.0, TAILS[2.0])
    with pytest.raises(Problem, match="increasing"):
        kernel(NODES[::-1], NODES, 1.0, TAILS[2.0])
    with pytest.raises(Problem, match="lattice"):
        lattice(1.0, 2.0)


def test_integrals_that_are_not_accurate_are_refused():
    with pytest.raises(Problem, match=r"alpha: expected a tail index at which the integral is accurate"):
        excess(1.01)
