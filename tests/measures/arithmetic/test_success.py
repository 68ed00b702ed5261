"""The success criterion: by hand, against published intervals, and against SciPy's likelihoods."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import beta, chi2, gamma

from unseen._types import Examples, Problem, Reals, Values
from unseen.engine.schedule import LinSpaced
from unseen.measures.arithmetic.success import Excess, beta_mean, excess, gamma_mean, sparsity_error, success
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.models.arithmetic_units import AdditionUnit, MultiplicationUnit, UnitNetwork
from unseen.models.mlp import MLP
from unseen.models.nalu import NALU
from unseen.stats import binomial_interval
from unseen.study import Study
from unseen.tasks.subset_arithmetic import SubsetArithmetic


def near(task, key, off):
    """The solution of a task of products whose first layer is off by so much."""
    exact = task.selection(key)
    return UnitNetwork((AdditionUnit(exact + off * (1 - 2 * exact)), MultiplicationUnit(jnp.ones((2, 1)))), (1,))


@pytest.mark.parametrize("split", ["test", "larger", "mixed"])
def test_a_solution_is_solved_up_to_the_epsilon(split):
    task, key = SubsetArithmetic(size=8, epsilon=1e-3, test_size=500), jax.random.key(3)
    part = task.splits(key)[split]
    assert float(excess(near(task, key, 0.0), part)) == pytest.approx(0.0, abs=1e-6)
    assert float(excess(near(task, key, 1e-3), part)) == pytest.approx(1.0, rel=1e-2)
    assert float(excess(near(task, key, 0.9e-3), part)) < 1 < float(excess(near(task, key, 1.1e-3), part))


def test_examples_must_say_what_is_tolerated():
    with pytest.raises(Problem, match="tolerance"):
        excess(lambda x, key: x, Examples(jnp.zeros((2, 1)), jnp.zeros((2, 1))))


def test_sparsity_error():
    task, key = SubsetArithmetic(size=8), jax.random.key(3)
    assert float(sparsity_error(near(task, key, 0.0))) == 0
    assert float(sparsity_error(near(task, key, 0.2))) == pytest.approx(0.2)
    flipped = jax.tree.map(jnp.negative, near(task, key, 0.2))
    assert float(sparsity_error(flipped)) == pytest.approx(0.2)
    units = NALU(("add", "add")).build(Reals((5,)), Values((1,)), key)
    sizes = np.abs(np.concatenate([np.ravel(np.tanh(unit.raw) / (1 + np.exp(-unit.mask))) for unit in units.units]))
    assert float(sparsity_error(units)) == pytest.approx(max(min(one, abs(1 - one)) for one in sizes), rel=1e-5)
    plain = MLP(hidden=(2,), activation="identity").build(Reals((3,)), Values((1,)), key)
    arrays = np.concatenate([np.abs(np.ravel(one)) for one in jax.tree.leaves(plain)])
    assert float(sparsity_error(plain)) == pytest.approx(np.max(np.minimum(arrays, np.abs(1 - arrays))), rel=1e-6)


@pytest.mark.parametrize(("solved", "above", "below"), [(31, 10, 8), (0, 4, 0), (100, 0, 4), (14, 8, 5), (7, 7, 4), (24, 9, 7), (62, 9, 10)])
def test_intervals_of_success_are_those_of_the_papers(solved, above, below):
    """Percentages of 100 seeds as printed by Madsen & Johansen (2020)."""
    low, high = binomial_interval(solved, 100, method="wilson")
    assert (round(100 * high - solved), round(solved - 100 * low)) == (above, below)


def test_gamma_mean_is_where_scipys_likelihood_falls():
    x = np.array([0.9, 1.4, 2.2, 2.9, 5.0]) * 1e5
    best, low, high = gamma_mean(x)
    shape, _, scale = gamma.fit(x, floc=0)
    assert best == pytest.approx(shape * scale, rel=1e-6)
    shapes = np.exp(np.linspace(-3, 5, 8001))
    highest = gamma.logpdf(x[:, None], shape, scale=scale).sum()
    for end in (low, high):
        profile = gamma.logpdf(x[:, None], shapes, scale=end / shapes).sum(axis=0).max()
        assert 2 * (highest - profile) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-3)
    np.testing.assert_allclose(np.array(gamma_mean(x / 1e5)) * 1e5, (best, low, high), rtol=1e-6)


def test_beta_mean_is_where_scipys_likelihood_falls():
    x = np.array([0.03, 0.11, 0.2, 0.24, 0.41])
    best, low, high = beta_mean(x)
    a, b, _, _ = beta.fit(x, floc=0, fscale=0.5)
    assert best == pytest.approx(0.5 * a / (a + b), rel=1e-3)
    v = np.exp(np.linspace(-4, 8, 8001))
    highest = beta.logpdf(x, a, b, scale=0.5).sum()
    for end in (low, high):
        profile = beta.logpdf(x[:, None], 2 * end * v, (1 - 2 * end) * v, scale=0.5).sum(axis=0).max()
        assert 2 * (highest - profile) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-3)
    np.testing.assert_allclose(0.5 - np.array(beta_mean(0.5 - x)), (best, high, low), rtol=1e-4)


@pytest.mark.parametrize("mean", [gamma_mean, beta_mean])
def test_few_or_equal_values(mean):
    assert np.isnan(mean(np.array([]))).all()
    value, *limits = mean(np.array([0.25]))
    assert value == 0.25
    assert np.isnan(limits).all()
    assert [float(one) for one in mean(np.full(3, 0.25))] == [0.25, 0.25, 0.25]
    with pytest.raises(Problem, match="expected numbers"):
        mean(np.array([-1.0, 0.2]))


def test_gamma_intervals_cover_the_mean():
    rng = np.random.default_rng(0)
    inside = [low <= 6.0 <= high for _, low, high in (gamma_mean(rng.gamma(2.0, 3.0, size=12)) for _ in range(300))]
    assert 0.90 <= np.mean(inside) <= 0.975


def test_runs_are_summed_up():
    study = Study(
        SubsetArithmetic("add", size=4, epsilon=1e-2, test_size=50),
        MLP(hidden=(2,), activation="identity"),
        Method(order=Sample(32), objective=SquaredError(), update=AdamW(3e-2, weight_decay=0.0)),
        steps=1200,
        seeds=4,
        record=(Excess(),),
        at=LinSpaced(13),
    )
    runs = study.run(jobs=0, estimate=False)
    found = success(runs)
    steps, curves = runs.curve("larger_excess")
    assert found.solved.all()
    assert found.rate.value == 1
    by_hand = [next(step for step, value in zip(steps, curve, strict=True) if value < 1) for curve in curves]
    assert min(by_hand) > 0
    assert max(by_hand) < 1200
    assert found.first.value == pytest.approx(np.mean(by_hand))
    assert not success(study.with_({"steps": 5}).run(jobs=0, estimate=False)).solved.any()
