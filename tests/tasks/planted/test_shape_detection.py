"""Boxes against the pixels that they should hold, targets against boxes, and what each property of an environment changes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from unseen._types import Problem
from unseen.tasks.planted.shape_detection import ShapeDetection, decoded, encoded

KEY = jax.random.key(0)
TEST = jax.jit(lambda task: task.splits(KEY)["test"])


def images(**changed):
    fields = {"contrast": 1.0, "noise": 0.0, "blur": 0.0, "clutter": 0.0, "scale": 1.0} | changed
    return TEST(ShapeDetection(**{name: jnp.asarray(value) for name, value in fields.items()}))


PLAIN = images()


def test_shapes_fill_their_boxes_and_nothing_lies_outside():
    background = np.asarray(images(contrast=0.0).x)
    for image, empty, boxes in zip(np.asarray(PLAIN.x), background, np.asarray(PLAIN.info["boxes"]), strict=True):
        bright = image > empty + 0.05
        covered = np.zeros_like(bright)
        for left, top, right, bottom, there in boxes:
            inside = (slice(max(int(np.floor(top)), 0), int(np.ceil(bottom))), slice(max(int(np.floor(left)), 0), int(np.ceil(right))))
            if there:
                covered[inside] = True
                share = bright[inside].mean()
                assert share > 0.5, "a disc has π/4 of its box, a rectangle all, less what hangs over pixels"
                assert right - left > 5.9
                assert right - left < 13.1
                assert 0 <= left < right <= 32
        assert not (bright & ~covered).any()


def test_objects_are_as_frequent_as_promised():
    assert np.asarray(PLAIN.info["boxes"])[:, :, 4].mean() == pytest.approx(0.6, abs=0.08)


def test_targets_say_the_boxes():
    for y, boxes in zip(np.asarray(PLAIN.y), np.asarray(PLAIN.info["boxes"]), strict=True):
        true = boxes[boxes[:, 4] > 0, :4]
        found, _ = decoded(jnp.asarray(y))
        at = y[..., 0].ravel() == 1
        assert at.sum() == len(true), "no two objects share a place"
        np.testing.assert_allclose(sorted(map(tuple, np.asarray(found)[at])), sorted(map(tuple, true)), atol=1e-4)
        assert (np.abs(y[..., 1:3]) <= 0.5 + 1e-5).all()


def test_encoding_by_hand():
    y = encoded(jnp.array([[0.0, 0.0, 8.0, 4.0], [20.0, 20.0, 30.0, 31.0]]), jnp.array([1.0, 0.0]))
    expected = np.zeros((8, 8, 5))
    expected[0, 1] = [1, -0.5, 0, 0, np.log(0.5)]
    np.testing.assert_allclose(y, expected, atol=1e-6)
    scores = decoded(jnp.zeros((8, 8, 5)).at[2, 3, 0].set(jnp.log(3.0)))[1]
    assert scores[2 * 8 + 3] == pytest.approx(0.75)
    assert scores[0] == pytest.approx(0.5)


def test_every_property_changes_what_it_should():
    x = np.asarray(PLAIN.x)
    noise = np.asarray(images(noise=0.05).x) - x
    assert noise.std() == pytest.approx(0.05, rel=0.05)
    np.testing.assert_allclose(images(blur=1.0).x, uniform_filter(x, 3, mode="nearest", axes=(1, 2)), atol=0.03)  # clipped after it, not before
    assert (np.asarray(images(contrast=0.5).x) <= x + 1e-6).all()
    small = images(scale=0.5)
    side = [np.asarray(one.info["boxes"][..., 2] - one.info["boxes"][..., 0]) for one in (PLAIN, small)]
    np.testing.assert_allclose(side[1], side[0] / 2, atol=1e-4)
    lines = np.asarray(images(clutter=4.0, contrast=0.0).x) - np.asarray(images(contrast=0.0).x)
    assert (lines >= -1e-6).all()
    assert (lines > 0.1).mean() == pytest.approx(1 - (1 - 0.5 * 0.03) ** 8, rel=0.3), "4 of 8 lines, each about 1/32 of the image"


def test_mistakes_are_named():
    for name, wrong in {"contrast": -1.0, "noise": -1.0, "blur": 2.0, "clutter": 9.0, "scale": 2.0, "test_size": 0}.items():
        with pytest.raises(Problem, match=name):
            ShapeDetection(**{name: wrong})
