"""Against the regression line of NumPy, points of known dimension, and the other estimator where noise has a scale."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.intrinsic_dimension import intrinsic_dimension
from unseen.measures.intrinsic_dimension_two_nn import two_nn_dimension


def torus(n, dimension, seed=0):
    """Uniform on a product of circles: no edges, so that nothing biases the estimate but curvature."""
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, size=(n, dimension))
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


def test_is_the_line_through_the_origin():
    x, n = np.random.default_rng(0).normal(size=(80, 3)), 80
    ratios = []
    for i, one in enumerate(x):
        first, second = sorted(np.linalg.norm(one - other) for j, other in enumerate(x) if j != i)[:2]
        ratios.append(second / first)
    logs = np.log(sorted(ratios)[:72])
    slope = np.linalg.lstsq(logs[:, None], np.array([-np.log(1 - i / n) for i in range(72)]), rcond=None)[0][0]
    assert two_nn_dimension(x) == pytest.approx(slope)


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_finds_the_dimension_of_a_torus_in_whatever_space(dimension):
    frame = np.linalg.qr(np.random.default_rng(1).normal(size=(15, 2 * dimension)))[0].T
    assert two_nn_dimension(torus(3000, dimension) @ frame) == pytest.approx(dimension, rel=0.06)


def test_looks_at_a_smaller_scale_than_more_neighbours_do():
    """A line with noise as wide as the distance between neighbours, a tenth of that to the twentieth."""
    rng = np.random.default_rng(2)
    x = np.stack([rng.uniform(0, 40, 2000), 0.02 * rng.normal(size=2000)], axis=1)
    assert two_nn_dimension(x) > 1.7
    assert intrinsic_dimension(x, neighbours=20) < 1.3


def test_is_unchanged_by_rotation_shift_scale_copies_and_shape():
    x = torus(300, 2)
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]
    first = two_nn_dimension(x)
    assert two_nn_dimension(7 * x @ rotation + 3) == pytest.approx(first)
    assert two_nn_dimension(np.concatenate([x, x[:100]])) == pytest.approx(first)
    assert two_nn_dimension(x.reshape(300, 2, 2)) == pytest.approx(first)


@pytest.mark.parametrize(
    ("x", "discard", "message"), [(np.eye(2), 0.1, "at least 3"), (torus(9, 1), 1.0, "share in"), (np.full((9, 2), np.nan), 0.1, "finite")]
)
def test_says_what_is_wrong(x, discard, message):
    with pytest.raises(Problem, match=message):
        two_nn_dimension(x, discard=discard)
