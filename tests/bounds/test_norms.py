from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rates import caught, covers
from unseen._types import Classes, Problem, Reals, outputs
from unseen.bounds.bound import stratum
from unseen.bounds.norms import GRID, frobenius_capacity, margin_bound, matrices, path_capacity, spectral
from unseen.models.mlp import MLP

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(size=(50, 4))


@pytest.mark.parametrize("parametrization", ["standard", "ntk"])
def test_matrices_are_the_network(parametrization):
    network = MLP(hidden=(5, 6), parametrization=parametrization).build(Reals((2, 2)), Classes(3), KEY)
    z = X
    for weight in matrices(network)[:-1]:
        z = np.maximum(z @ weight, 0)
    np.testing.assert_allclose(outputs(network, jnp.asarray(X.reshape(-1, 2, 2))), z @ matrices(network)[-1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("spec", [MLP(bias=True), MLP(activation="tanh"), MLP(batch_norm=True), MLP(output_scale=2.0)])
def test_what_is_no_plain_relu_network_is_refused(spec):
    with pytest.raises(Problem, match="homogeneous"):
        matrices(spec.build(Reals((4,)), Classes(3), KEY))
    with pytest.raises(Problem, match="MLP"):
        matrices(jnp.ones(3))


def test_capacities_against_what_they_limit():
    """One layer: the empirical Rademacher complexities are known, E max over the ball of Σ ε_i w·x_i / n."""
    rng = np.random.default_rng(1)
    signed = rng.choice([-1.0, 1.0], (4000, 50)) @ X / 50
    weight = rng.normal(size=(4, 3))
    norm, rest = frobenius_capacity([weight], X)
    assert norm == pytest.approx(np.linalg.norm(weight, axis=0).max())
    assert np.linalg.norm(signed, axis=1).mean() <= rest <= 4 * np.linalg.norm(signed, axis=1).mean()
    norm, rest = path_capacity([weight], X)
    assert norm == pytest.approx(np.abs(weight).sum(axis=0).max())
    assert np.abs(signed).max(axis=1).mean() <= rest <= 6 * np.abs(signed).max(axis=1).mean()


def test_path_norm_against_all_paths():
    rng = np.random.default_rng(2)
    first, second, third = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=(2, 2))
    paths = [sum(abs(first[i, j] * second[j, k] * third[k, out]) for i, j, k in product(range(4), range(3), range(2))) for out in range(2)]
    assert path_capacity([first, second, third], X)[0] == pytest.approx(max(paths))
    scaled = [first * np.array([2.0, 3.0, 0.1]), second / np.array([[2.0], [3.0], [0.1]]), third]
    assert path_capacity(scaled, X)[0] == pytest.approx(max(paths)), "rescaled units: the same function, the same norm"


def test_margin_bound_says_something_where_there_is_enough():
    """Unit inputs, unit weights, margins of 2: non-vacuous from some tens of thousands of examples, and never for wrong answers."""
    x = np.ones((40_000, 1))
    weights = [np.array([[1.0, -1.0]])]
    good = margin_bound(np.full(40_000, 2.0), weights, x)
    assert not good.vacuous
    assert good.empirical == 0
    assert margin_bound(np.full(40_000, 2.0), weights, x, capacity=path_capacity).value < 1
    assert margin_bound(np.full(400, 2.0), weights, x[:400]).value > good.value
    assert margin_bound(np.full(40_000, -1.0), weights, x).vacuous
    huge = margin_bound(np.full(40_000, 2.0), [1e4 * weights[0]], x)
    assert huge.vacuous
    assert huge.value > 100, "a vacuous bound says how vacuous"


def by_heart(rng, depth):
    """(margins, weights, inputs) of 1,000 different directions whose labels are fair coins: the error rate on new ones is 1/2, that on these 0."""
    y = rng.choice([-1.0, 1.0], 1000)
    weights = [np.stack([y, -y], axis=1), np.array([[1.0, -1.0], [-1.0, 1.0]])]
    return np.full(1000, 2.0), weights[:depth], np.eye(1000)


def best_coordinate(rng, depth):
    """Idem, of the one sign among 4,096 that agrees best with 20 fair coins; errors have a margin below 0."""
    x, y = rng.choice([-1.0, 1.0], (20, 4096)), rng.choice([-1.0, 1.0], 20)
    best = int((y @ x).argmax())
    first = np.zeros((4096, 2))
    first[best] = 1.0, -1.0
    return 2 * y * x[:, best], [first, np.array([[1.0, -1.0], [-1.0, 1.0]])][:depth], x


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(("learned", "capacity"), [(by_heart, frobenius_capacity), (best_coordinate, path_capacity)])
def test_margin_bounds_cover_and_a_part_of_their_slack_would_not_do(learned, capacity, depth):
    """The part is one in 25 for one layer, and for two half of that, as capacities double: √2 for either matrix."""
    draws, rng, violated = 60, np.random.default_rng(3), {"whole": 0, "part": 0}
    for _ in range(draws):
        margins, weights, x = learned(rng, depth)
        bound = margin_bound(margins, weights, x, capacity=capacity)
        below = (margins < bound.terms["margin"]).mean()
        violated["whole"] += bound.value < 0.5
        violated["part"] += below + (bound.value - below) / (25 * depth) < 0.5
    assert covers(violated["whole"], draws, 0.05)
    assert caught(violated["part"], draws, 0.05)


def test_spectral_bound_rests_on_weights_that_may_be_shaken_and_not_sixty_times_as_much():
    """It is thousands of times above what a simulation can violate. So its ingredient: noise of the σ that its divergence tells moves no output by γ/4."""
    rng, n, reach = np.random.default_rng(4), 1000, 1.0
    weights = [rng.normal(size=shape) / 3 for shape in ((6, 8), (8, 8), (8, 3))]
    found = spectral(np.full(n, 64.0), weights, reach)
    tops = [np.linalg.norm(weight, 2) for weight in weights]
    beta, spread = np.prod(tops) ** (1 / 3), sum((np.linalg.norm(weight) / top) ** 2 for weight, top in zip(weights, tops, strict=True))
    divergence = (found.value / 4) ** 2 * (n - 1) - np.log(6 * n * len(GRID) / 0.05) - stratum(beta, 4 / 3)[1]
    sigma, x = beta * np.sqrt(spread / (2 * divergence)), rng.normal(size=(200, 6))
    x *= reach / np.linalg.norm(x, axis=1, keepdims=True)

    def out(layers):
        z = x
        for layer in layers[:-1]:
            z = np.maximum(z @ layer, 0)
        return z @ layers[-1]

    def stays(factor):
        shaken = [out([weight + factor * sigma * rng.normal(size=weight.shape) for weight in weights]) for _ in range(100)]
        return np.mean([np.abs(one - out(weights)).max() <= found.terms["margin"] / 4 for one in shaken])

    assert found.terms["spectral norm"] == pytest.approx(beta)
    assert stays(1) == 1
    assert stays(60) < 0.5, "half of the draws have to stay within it"


def test_spectral_bound_by_hand():
    """W₁ = 3 I₄, W₂ = 2 I₄ₓ₂: ‖W‖_F²/‖W‖₂² = 4 and 2, β² = 6, β̃ = 1.5³ as 1.5² < √6, paid for with ln 3 + 2 ln 4; d = 2, h = 4, B = 1/2.

    Lemma 1 and theorem 1 of Neyshabur, Bhojanapalli & Srebro (2018), 4 √((KL + ln(6 n/δ)) / (n - 1)), with the 17 margins of the grid paid for.
    """
    weights, n = [3 * np.eye(4), 2 * np.eye(4)[:, :2]], 4_000_000

    def slack(gamma):
        sigma = gamma / (42 * 2 * 0.5 * 3.375 * 2 * 1.8616487)  # √(4 ln(4 · 4 · 2)) = 2 √3.4657359
        return 4 * np.sqrt((6 * (4 + 2) / (2 * sigma**2) + np.log(6 * n * 17 / 0.05) + 1.0986123 + 2 * 1.3862944) / (n - 1))

    bound = spectral(np.repeat([8.0, 32.0], (n // 4, 3 * n // 4)), weights, 0.5)
    assert bound.terms["margin"] == 32
    assert bound.value == pytest.approx(0.25 + slack(32), rel=1e-6)
    assert 0.25 + slack(32) < slack(8) < 1, "either margin says something, and the better one is taken"
    assert spectral(np.full(n, 32.0), weights, 0.5).value == pytest.approx(slack(32), rel=1e-6)
    assert spectral(np.full(n, 32.0), weights, 1.0).value == pytest.approx(slack(16), rel=1e-6), "inputs twice as long cost as much as half of the margin"


def test_margin_bound_by_hand():
    """Margins of 1 to 8 in equal shares, norm 1: at the γ that was chosen, share below + 4 K/γ · norm · rest + slack."""
    n, weights = 4_000_000, [np.array([[1.0, -1.0]])]
    x, margins = np.ones((n, 1)), np.repeat([1.0, 2.0, 4.0, 8.0], n // 4)
    bound = margin_bound(margins, weights, x)
    gamma, (norm, rest) = bound.terms["margin"], frobenius_capacity(weights, x)
    slack = 3 * np.sqrt((np.log(2 * len(GRID) / 0.05) + np.log(3)) / (2 * n))
    assert norm == 1
    assert bound.value == pytest.approx((margins < gamma).mean() + 4 * 2 / gamma * rest + slack)
    assert bound.value == min(bound.value, *((margins < g).mean() + 8 / g * rest + slack for g in GRID))


def test_a_network_that_returns_nan_is_not_certified():
    for bound in (margin_bound, lambda margins, weights, x: spectral(margins, weights, 1.0)):
        with pytest.raises(Problem, match="margins: expected finite"):
            bound(np.array([2.0, np.nan]), [np.ones((1, 2))], np.ones((2, 1)))


def test_spectral():
    weights = [np.eye(4), np.eye(4)[:, :2]]
    one, many = (spectral(np.full(n, 1.0), weights, x_norm=1.0) for n in (100, 100_000_000))
    assert many.value < one.value
    assert many.terms["spectral norm"] == pytest.approx(1.0)
    assert not many.vacuous
    with pytest.raises(Problem, match="zero"):
        spectral(np.ones(10), [np.zeros((4, 2))], 1.0)
    with pytest.raises(Problem, match="as many inputs"):
        margin_bound(np.ones(3), weights, X)
