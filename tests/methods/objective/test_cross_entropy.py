"""Losses against SciPy, in double precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from unseen._types import Problem
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.exponential import Exponential
from unseen.methods.objective.hinge import Hinge
from unseen.methods.objective.logistic import Logistic
from unseen.methods.objective.regularized import Regularized
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.objective.stablemax import StableMax

RNG = np.random.default_rng(0)
Z, Y = 3 * RNG.normal(size=(6, 5)), RNG.integers(0, 5, 6)
ROWS = np.arange(6)


def test_places_that_are_not_asked_do_not_count():
    logits, y = 3 * RNG.normal(size=(4, 7, 5)), RNG.integers(-1, 5, (4, 7))
    y[0], y[1] = -1, [2, *[-1] * 6]
    found = CrossEntropy().each(jnp.asarray(logits), jnp.asarray(y))
    for row, labels, loss in zip(log_softmax(logits, axis=2), y, found, strict=True):
        asked = [-row[place, label] for place, label in enumerate(labels) if label >= 0]
        np.testing.assert_allclose(loss, np.mean(asked) if asked else 0.0, rtol=1e-5)
    gradient = jax.grad(lambda z: CrossEntropy(smoothing=0.1).each(z, jnp.asarray(y)).sum())(jnp.asarray(logits))
    assert np.all(np.asarray(gradient)[y < 0] == 0)
    assert np.all(np.asarray(gradient)[y >= 0] != 0)


@pytest.mark.parametrize("objective", [CrossEntropy(), SquaredError(), StableMax(), Regularized(SquaredError())])
def test_every_objective_of_places_is_the_mean_over_those_that_are_asked(objective):
    logits, y = jnp.asarray(RNG.normal(size=(3, 4, 5))), jnp.asarray([[-1, 2, 0, -1], [4, 4, 1, 3], [-1, -1, -1, 0]])
    one_by_one = [
        [float(objective.losses(z[None], label[None])[0]) for z, label in zip(row, labels, strict=True) if label >= 0]
        for row, labels in zip(logits, y, strict=True)
    ]
    np.testing.assert_allclose(objective.each(logits, y), [np.mean(row) for row in one_by_one], rtol=1e-5)
    np.testing.assert_array_equal(objective.each(logits[:, 0], jnp.array([1, 2, 3])), objective.losses(logits[:, 0], jnp.array([1, 2, 3])))


def test_cross_entropy():
    expected = -log_softmax(Z, axis=1)[ROWS, Y]
    np.testing.assert_allclose(CrossEntropy().losses(jnp.asarray(Z), jnp.asarray(Y)), expected, rtol=1e-5)
    soft = RNG.dirichlet(np.ones(5), 6)
    np.testing.assert_allclose(CrossEntropy().losses(jnp.asarray(Z), jnp.asarray(soft)), -(soft * log_softmax(Z, axis=1)).sum(1), rtol=1e-5)
    q = 0.9 * np.eye(5)[Y] + 0.02
    np.testing.assert_allclose(CrossEntropy(smoothing=0.1).losses(jnp.asarray(Z), jnp.asarray(Y)), -(q * log_softmax(Z, axis=1)).sum(1), rtol=1e-5)


def test_positions_are_averaged():
    z, y = RNG.normal(size=(2, 3, 5)), RNG.integers(0, 5, (2, 3))
    expected = -np.take_along_axis(log_softmax(z, axis=-1), y[..., None], -1)[..., 0].mean(1)
    np.testing.assert_allclose(CrossEntropy().losses(jnp.asarray(z), jnp.asarray(y)), expected, rtol=1e-5)


def test_precision_of_the_loss():
    """Softmax collapses when logits differ by more than the type resolves: at 12 half precision sees no loss, at 12 single does."""
    z, y = jnp.array([[12.0, 0.0]]), jnp.array([0])
    assert float(CrossEntropy(dtype="float16").losses(z, y)[0]) == 0.0 < float(CrossEntropy().losses(z, y)[0])
    assert float(CrossEntropy().losses(2 * z, y)[0]) == 0.0
    with pytest.raises(Problem, match="precision"):
        CrossEntropy(dtype="float64").losses(z, y)
    with jax.enable_x64(True):
        assert float(CrossEntropy(dtype="float64").losses(jnp.array([[24.0, 0.0]], "float64"), y)[0]) == pytest.approx(np.exp(-24), rel=1e-3)


def test_stablemax():
    s = np.where(Z >= 0, Z + 1, 1 / (1 - Z))
    expected = -np.log((s / s.sum(1, keepdims=True))[ROWS, Y])
    np.testing.assert_allclose(StableMax().losses(jnp.asarray(Z), jnp.asarray(Y)), expected, rtol=1e-5)
    small = StableMax().losses(jnp.array([[1e9, -1e9]]), jnp.array([0]))
    np.testing.assert_allclose(small, 1e-18, rtol=1e-4)
    gradient = jax.grad(lambda z: StableMax().losses(z, jnp.array([0]))[0])(jnp.zeros((1, 3)))
    np.testing.assert_allclose(gradient, [[-2 / 3, 1 / 3, 1 / 3]], rtol=1e-5)  # s'(0) = 1 from both sides


@pytest.mark.parametrize(
    ("objective", "formula"), [(Logistic(), lambda m: np.log1p(np.exp(-m))), (Exponential(), lambda m: np.exp(-m)), (Hinge(), lambda m: np.maximum(0, 1 - m))]
)
def test_margin_losses(objective, formula):
    f, sign = RNG.normal(size=8), RNG.choice([-1, 1], 8)
    pairs = jnp.stack([jnp.zeros(8), jnp.asarray(f)], axis=1)
    for outputs, y in ((jnp.asarray(f), sign), (jnp.asarray(f)[:, None], 1.0 * sign), (pairs, (sign + 1) // 2)):
        np.testing.assert_allclose(objective.losses(outputs, jnp.asarray(y)), formula(sign * f), rtol=1e-5, atol=1e-6)


def test_squared_error():
    np.testing.assert_allclose(SquaredError().losses(jnp.asarray(Z), jnp.asarray(Y)), ((Z - np.eye(5)[Y]) ** 2).mean(1), rtol=1e-5)
    np.testing.assert_allclose(SquaredError("sum").losses(jnp.asarray(Z), jnp.asarray(Z + 2)), np.full(6, 20.0), rtol=1e-5)
    np.testing.assert_allclose(SquaredError().losses(jnp.asarray(Z[:, 0]), jnp.asarray(Z[:, 0] + 3)), np.full(6, 9.0), rtol=1e-5)


def test_mistakes():
    for wrong in (lambda: CrossEntropy(smoothing=2.0), lambda: CrossEntropy(dtype="int32"), lambda: SquaredError("average")):
        with pytest.raises(Problem, match="expected"):
            wrong()
