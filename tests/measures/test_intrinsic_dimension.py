"""Against all pairs of distances in plain NumPy, spheres and cubes of known dimension, and the invariances that the docstring promises."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.intrinsic_dimension import intrinsic_dimension


def sphere(n, dimension, seed=0):
    points = np.random.default_rng(seed).normal(size=(n, dimension + 1))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_is_the_formula_over_all_pairs():
    x, k = np.random.default_rng(0).normal(size=(60, 4)), 6
    terms = []
    for i, one in enumerate(x):
        distances = sorted(np.linalg.norm(one - other) for j, other in enumerate(x) if j != i)
        terms += [np.log(distances[k - 1] / distances[j]) for j in range(k - 1)]
    assert intrinsic_dimension(x, neighbours=k) == pytest.approx(1 / np.mean(terms))


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
@pytest.mark.parametrize("neighbours", [3, 10])
def test_finds_the_dimension_of_a_sphere_in_whatever_space(dimension, neighbours):
    frame = np.linalg.qr(np.random.default_rng(1).normal(size=(15, dimension + 1)))[0].T
    assert intrinsic_dimension(sphere(2000, dimension) @ frame, neighbours=neighbours) == pytest.approx(dimension, rel=0.06)


def test_on_a_grown_line_the_inverse_is_the_mean_of_exponential_waits():
    positions = np.cumsum(np.random.default_rng(2).exponential(size=20_000))[:, None]
    assert intrinsic_dimension(positions, neighbours=5) == pytest.approx(1, rel=0.03)


def test_comes_low_in_many_dimensions_by_as_much_as_said():
    found = {m: np.mean([intrinsic_dimension(sphere(2000, m, seed)) for seed in range(3)]) for m in (6, 10)}
    assert found[6] == pytest.approx(0.975 * 6, rel=0.02)
    assert found[10] == pytest.approx(0.925 * 10, rel=0.02)


def test_is_unchanged_by_rotation_shift_scale_copies_and_shape():
    x = sphere(300, 3)
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]
    first = intrinsic_dimension(x)
    assert intrinsic_dimension(7 * x @ rotation + 3) == pytest.approx(first)
    assert intrinsic_dimension(np.concatenate([x, x[:100]])) == pytest.approx(first)
    assert intrinsic_dimension(x.reshape(300, 2, 2)) == pytest.approx(first)


@pytest.mark.parametrize(
    ("x", "neighbours", "message"), [(sphere(5, 2), 5, "fewer than the 5"), (sphere(9, 2), 1, "at least 2"), (np.full((9, 2), np.nan), 3, "finite")]
)
def test_says_what_is_wrong(x, neighbours, message):
    with pytest.raises(Problem, match=message):
        intrinsic_dimension(x, neighbours=neighbours)
