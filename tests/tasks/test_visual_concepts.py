"""What the six sets are: shapes whose area is known, digits that are scikit-learn's, pieces of photographs, and entropies that rise."""

import itertools

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.measures.complexity.attribute_representativeness import local_entropy
from unseen.tasks.visual_concepts import SETS, SHAPES, VisualConcepts

DATA = VisualConcepts().load()


def test_flat_discs_and_squares_have_the_area_of_discs_and_squares():
    names = list(SHAPES)
    area = DATA[0].reshape(10, 150, -1).sum(axis=2).mean(axis=1)
    radius2 = np.mean(np.linspace(3.8, 5.5, 1000) ** 2)
    assert area[names.index("disc")] == pytest.approx(np.pi * radius2, rel=0.03)
    assert area[names.index("square")] == pytest.approx((2 * 0.85) ** 2 * radius2, rel=0.03)
    assert area[names.index("half disc")] == pytest.approx(np.pi * radius2 / 2, rel=0.05)
    assert set(np.unique(DATA[0])) == {0, 1}
    assert len(np.unique(DATA[1])) > 1000, "lit shapes have shades"


def test_composed_concepts_are_the_same_shapes_with_and_without_stripes():
    shape = (DATA[2] > 0).reshape(5, 2, 150, -1).mean(axis=(2, 3))
    np.testing.assert_allclose(shape[:, 0], shape[:, 1], rtol=0.1)
    dark = ((DATA[2] > 0) & (DATA[2] < 0.25)).reshape(5, 2, 150, -1).mean(axis=(2, 3)) / shape
    assert (dark[:, 0] < 0.02).all()
    assert (dark[:, 1] > 0.2).all()


def test_handwriting_is_that_of_scikit_learn():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    large = np.pad(images.reshape(-1, 8, 8).repeat(2, axis=1).repeat(2, axis=2) / 16, ((0, 0), (2, 2), (2, 2)))
    for digit, row in itertools.product(range(10), range(3)):
        image = DATA[3, 150 * digit + row]
        moved = (large[labels == digit, i : i + 16, j : j + 16] for i in range(5) for j in range(5))
        assert any((abs(some - image).max(axis=(1, 2)) < 1e-6).any() for some in moved)
    assert (DATA[4] >= DATA[3] - 1e-6).all()
    assert (DATA[4] > DATA[3]).mean() > 0.5


def test_entropy_rises():
    entropy = [np.mean([local_entropy(image) for image in level[::10]]) for level in DATA]
    assert (np.diff(entropy) > 0.1).all()


def test_levels_and_divisions():
    splits = jax.jit(lambda level, key: VisualConcepts(level=level, train_size=1400).splits(key, DATA))
    for level in range(len(SETS)):
        found = splits(float(level), jax.random.key(level))
        assert len(found["train"]) == 1400
        assert len(found["test"]) == 100
        both = np.concatenate([np.asarray(part.x).reshape(len(part), -1) for part in found.values()])
        np.testing.assert_allclose(np.sort(both.sum(axis=1)), np.sort(DATA[level].reshape(1500, -1).sum(axis=1)), rtol=1e-4, atol=1e-4)
        index = {image.tobytes(): i for i, image in enumerate(DATA[level])}
        assert [index[np.asarray(x).tobytes()] // 150 for x in found["test"].x[:20]] == pytest.approx(np.asarray(found["test"].y[:20]), abs=9 * (level == 5))


def test_mistakes_are_named():
    with pytest.raises(Problem, match="level"):
        VisualConcepts(level=6)
    with pytest.raises(Problem, match="train_size"):
        VisualConcepts(train_size=1500)
