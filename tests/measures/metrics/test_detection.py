"""Overlaps by counting pixels, suppression and matching by trying everything, average precision by hand and by an independent definition."""

import itertools

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.metrics.detection import average_precision, box_stability, overlaps, suppressed

RNG = np.random.default_rng(0)


def drawn(n, rng=RNG):
    corner = rng.integers(0, 12, (n, 2))
    return np.concatenate([corner, corner + rng.integers(1, 8, (n, 2))], axis=1).astype(float)


def filled(box):
    image = np.zeros((20, 20), bool)
    left, top, right, bottom = box.astype(int)
    image[top:bottom, left:right] = True
    return image


def test_overlaps_by_counting_pixels():
    a, b = drawn(8), drawn(5)
    for (i, one), (j, other) in itertools.product(enumerate(a), enumerate(b)):
        assert overlaps(a, b)[i, j] == pytest.approx((filled(one) & filled(other)).sum() / (filled(one) | filled(other)).sum())
    assert overlaps(a, a).diagonal() == pytest.approx(1)


def test_suppressed_boxes_overlap_a_better_one_and_kept_ones_do_not():
    boxes, scores = drawn(40), RNG.uniform(size=40)
    kept = suppressed(boxes, scores, least=0.2, overlap=0.3)
    table = overlaps(boxes, boxes)
    assert (np.diff(scores[kept]) <= 0).all()
    for i in range(40):
        better = [j for j in kept if scores[j] > scores[i] and table[i, j] > 0.3]
        assert (i in kept) == (scores[i] >= 0.2 and not better)


def test_stability_by_trying_every_matching():
    first, second = [drawn(3), drawn(4), drawn(2), np.zeros((0, 4))], [drawn(4), drawn(2), np.zeros((0, 4)), drawn(1)]
    best = []
    for one, other in zip(first[:2], second[:2], strict=True):
        table = overlaps(one, other)
        table = table if len(one) <= len(other) else table.T
        best.append(max(np.mean([table[i, j] for i, j in enumerate(way)]) for way in itertools.permutations(range(table.shape[1]), len(table))))
    assert box_stability(first, second) == pytest.approx(np.mean(best))
    assert box_stability(first, [one[::-1] for one in first]) == pytest.approx(1)
    assert np.isnan(box_stability(first[3:], second[3:]))


BOX = np.array([[0.0, 0.0, 10.0, 10.0]])


def test_average_precision_by_hand():
    far, half = BOX + 50, np.array([[0.0, 0.0, 10.0, 7.2]])
    assert average_precision([half], [np.ones(1)], [BOX]) == pytest.approx(0.5), "right at overlaps of 0.5, 0.55, 0.6, 0.65 and 0.7"
    one = [0.5]
    assert average_precision([np.concatenate([far, BOX])], [np.array([0.9, 0.8])], [BOX], one) == pytest.approx(0.5)
    assert average_precision([np.concatenate([BOX, BOX])], [np.array([0.9, 0.8])], [BOX], one) == 1, "a double after the last recall costs nothing"
    two = np.concatenate([BOX, BOX + 20])
    doubled = average_precision([np.concatenate([BOX, BOX, BOX + 20])], [np.array([0.9, 0.8, 0.7])], [two], one)
    assert doubled == pytest.approx((51 + 50 * 2 / 3) / 101), "51 recalls up to 0.5 at precision 1, 50 at 2/3"
    assert average_precision([BOX[:0]], [np.zeros(0)], [BOX]) == 0
    assert np.isnan(average_precision([BOX], [np.ones(1)], [BOX[:0]]))
    assert average_precision([BOX, far], [np.array([0.3]), np.array([0.9])], [BOX, BOX[:0]], one) == pytest.approx(0.5), "scores are ranked over images"


def test_average_precision_against_scikit_learn():
    """Where every found box is right or wrong by itself: the interpolated precision at 101 recalls, from scikit-learn's curve."""
    from sklearn.metrics import precision_recall_curve

    right, scores = RNG.integers(0, 2, 60), RNG.uniform(size=60)
    found = [BOX if is_right else BOX + 50 for is_right in right]
    precision, recall, _ = precision_recall_curve(right, scores)
    expected = np.mean([precision[recall >= r - 1e-12].max() for r in np.linspace(0, 1, 101)])
    true = [BOX if is_right else BOX[:0] for is_right in right]
    assert average_precision(found, list(scores[:, None]), true, [0.5]) == pytest.approx(expected)


def test_mistakes_are_named():
    with pytest.raises(Problem, match="1, 1 and 2"):
        average_precision([BOX], [np.ones(1)], [BOX, BOX])
