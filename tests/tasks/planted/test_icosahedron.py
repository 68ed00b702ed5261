"""Against the shares of the published data, the rotations of the icosahedron, and a count in plain Python."""

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._problem import Problem
from unseen.tasks.planted.icosahedron import VERTICES, Icosahedron, label

PATTERNS = ((np.arange(4096)[:, None] >> np.arange(12)) & 1).astype(float)
LABELS = np.asarray(label(jnp.array(PATTERNS)))


def rotation(axis, turn):
    axis = axis / np.linalg.norm(axis)
    cross = np.cross(np.eye(3), axis)
    return np.eye(3) * np.cos(turn) - cross * np.sin(turn) + (1 - np.cos(turn)) * np.outer(axis, axis)


def test_has_the_shares_of_the_published_data():
    shares = [round(float(LABELS[PATTERNS.sum(axis=1) == k].mean()), 4) for k in range(13)]
    assert shares == [0, 0, 0, 0, 0, 0.0758, 0.5758, 0.9242, 1, 1, 1, 1, 1]  # var_u.mat
    assert LABELS.mean() == 2118 / 4096


def test_rotations_leave_the_label_unchanged():
    for turn in (rotation(VERTICES[0], 2 * np.pi / 5), rotation(VERTICES[3], 2 * np.pi / 5), np.roll(np.eye(3), 1, axis=0)):
        distance = np.linalg.norm((VERTICES @ turn.T)[:, None] - VERTICES, axis=2)
        goes_to = distance.argmin(axis=1)
        assert distance.min(axis=1).max() < 1e-9
        assert sorted(goes_to) == list(range(12))
        assert (np.asarray(label(jnp.array(PATTERNS[:, goes_to]))) == LABELS).all()
    other = np.roll(np.arange(12), 1)  # no rotation: some label changes
    assert (np.asarray(label(jnp.array(PATTERNS[:, other]))) != LABELS).any()


def test_is_the_rule_in_plain_python():
    for code in (5, 819, 1234, 3000, 4001):
        there = np.flatnonzero(PATTERNS[code])
        score = 23 * len(there)
        for i, j in combinations(there, 2):
            angle = np.degrees(np.arccos(np.clip(VERTICES[i] @ VERTICES[j] / (VERTICES[0] @ VERTICES[0]), -1, 1)))
            score += {63: 1, 117: -5, 180: -8}[round(angle)]
        assert LABELS[code] == (score >= 99)


def test_the_splits_are_a_partition():
    splits = Icosahedron(train_size=4000).splits(jax.random.key(1))
    codes = np.concatenate([np.asarray(splits[name].x) @ 2 ** np.arange(12) for name in ("train", "test")])
    assert len(splits["test"]) == 96
    assert sorted(codes) == list(range(4096))


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="from 1 to 4095"):
        Icosahedron(train_size=4096)
