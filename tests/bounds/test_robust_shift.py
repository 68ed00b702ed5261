"""Coverage where the target is known, with each term taken away in turn; robustness against the worst point of a cell."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.robust_shift import relative_sharpness, robust_shift_bound, robustness_of_sharpness


def repeated(losses, robustness, target, draws=1000):
    """Bounds over draws of 400 points of two cells, of which the second has the probability `target`; it has 20 of 100 examples."""
    rng = np.random.default_rng(0)
    return [robust_shift_bound(np.repeat(losses, [80, 20]), np.repeat([0, 1], [80, 20]), rng.binomial(1, target, 400), 2, robustness) for _ in range(draws)]


def rate(truth, bounds, without=None):
    """How often the truth lies above the bound, or above what is left of it without one of its terms."""
    return np.mean([truth > bound.value - (bound.terms[without] if without else 0.0) for bound in bounds])


def test_it_holds_where_the_target_is_as_bad_as_allowed_and_not_without_robustness_or_distance():
    bounds, truth = repeated([0.0, 0.9], 0.1, 0.5), 0.5 * 0.9 + 0.1
    assert rate(truth, bounds) <= 0.05
    assert rate(truth, bounds, without="robustness") > 0.2
    assert rate(truth, bounds, without="distance") == 1.0


def test_it_needs_the_confidence_term():
    bounds = repeated([0.0, 1.0], 0.0, 0.5)
    assert rate(0.5, bounds) <= 0.05
    assert rate(0.5, bounds, without="confidence") > 0.4


def test_terms_by_hand():
    bound = robust_shift_bound(np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 0, 1, 2]), np.array([0, 1, 1, 3]), 4, 0.05, delta=0.05, trivial=2.0)
    assert bound.terms["distance"] == pytest.approx((0.25 + 0.25 + 0.25 + 0.25) / 2)
    assert bound.terms["confidence"] == pytest.approx(np.sqrt((4 * np.log(2) + np.log(20)) / 8))
    assert bound.value == pytest.approx(0.5 + 0.05 + 2.0 * min(1.0, 0.5 + bound.terms["confidence"]))


def test_moving_within_cells_is_free_and_across_them_is_not():
    draws = np.tile([0, 1], 10_000)
    same, other = (robust_shift_bound(np.full(4, 0.1), np.array([0, 0, 1, 1]), target, 4, 0.0) for target in (draws, draws + 2))
    assert same.terms["distance"] == 0.0
    assert other.terms["distance"] == 1.0
    assert other.vacuous
    assert not same.vacuous


def test_the_confidence_term_is_the_tail_of_the_total_variation():
    """P(TV(q, q̂) > term) ≤ δ by simulation over 5 cells, and δ is not far too large."""
    rng, q = np.random.default_rng(1), np.full(5, 0.2)
    counts = rng.multinomial(200, q, size=20_000) / 200
    term = robust_shift_bound(np.zeros(1), np.zeros(1, int), np.zeros(200, int), 5, 0.0, delta=0.05).terms["confidence"]
    distance = 0.5 * np.abs(counts - q).sum(axis=1)
    assert np.mean(distance > term) <= 0.05
    assert np.mean(distance > term / 2) > 0.05


def test_relative_sharpness_is_that_of_the_hessian_and_ignores_the_units_of_the_inputs():
    rng = np.random.default_rng(2)
    x, weight = rng.normal(size=(20, 3)), rng.normal(size=3)
    trace = float(jnp.trace(jax.hessian(lambda w: jnp.mean((jnp.array(x) @ w) ** 2))(jnp.array(weight))))
    assert relative_sharpness(weight, x) == pytest.approx(weight @ weight * trace, rel=1e-4)
    assert relative_sharpness(weight / 7, 7 * x) == pytest.approx(relative_sharpness(weight, x))


def test_no_point_of_a_cell_is_worse_than_robustness_says_and_one_nearly_is():
    rng, diameter, slope = np.random.default_rng(3), 0.3, 0.8
    x = rng.normal(size=(200, 2))
    weight, labels = rng.normal(size=2), rng.normal(size=200)
    losses = (x @ weight - labels) ** 2
    limit = robustness_of_sharpness(relative_sharpness(weight, x), x, diameter, slope=slope, worst=losses.max())
    moves = rng.normal(size=(4000, 200, 2))
    moves *= diameter / np.linalg.norm(moves, axis=2, keepdims=True)
    rise = ((x + moves) @ weight - labels - slope * diameter * rng.choice([-1, 1], size=(4000, 200))) ** 2 - losses
    assert 0.95 * limit < rise.max() <= limit


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"losses": np.array([0.1, 1.5])}, "losses"),
        ({"losses": np.array([]), "cells": np.array([], int)}, "losses, cells"),
        ({"cells": np.array([0, 2])}, "cells"),
        ({"target_cells": np.array([-1])}, "target_cells"),
        ({"robustness": -0.1}, "robustness"),
        ({"target_cells": np.array([], int)}, "n"),
        ({"delta": 1.0}, "delta"),
    ],
)
def test_mistakes_are_named(change, named):
    with pytest.raises(Problem, match=f"^{named}:"):
        robust_shift_bound(
            **({"losses": np.array([0.1, 0.2]), "cells": np.array([0, 1]), "target_cells": np.array([0, 1]), "count": 2, "robustness": 0.1} | change)
        )


def test_a_negative_number_is_named():
    with pytest.raises(Problem, match=r"^slope:"):
        robustness_of_sharpness(1.0, np.ones((1, 1)), 0.1, slope=-1.0, worst=0.1)
