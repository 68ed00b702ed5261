import equinox as eqx
import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.degree_parity import DegreeParity
from unseen.theory.degree_parity import degree_probabilities


@pytest.mark.parametrize("link", ["parity", "majority"])
def test_labels_by_hand_and_the_same_set_in_both_splits(link):
    task, key = DegreeParity(nodes=5, test_size=400, link=link), jax.random.key(3)
    splits, chosen = eqx.filter_jit(lambda task, key: task.splits(key))(task, key), np.asarray(task.subset(key))
    for split in (splits["test"], splits["train"].draw(jax.random.key(1), 300)):
        x = np.asarray(split.x)
        assert set(np.unique(x)) == {-1.0, 1.0}
        counts = [sum(bool(chosen[int((row == 1).sum())]) for row in graph) for graph in x]
        wanted = [count % 2 if link == "parity" else int(count > 2.5) for count in counts]
        np.testing.assert_array_equal(split.y, wanted)


def test_the_set_is_about_half_of_all_degrees_and_edges_are_fair():
    for seed in range(10):
        task, key = DegreeParity(nodes=9, test_size=200), jax.random.key(seed)
        assert abs(degree_probabilities(9) @ np.asarray(task.subset(key)) - 0.5) < 0.2
        assert abs(float(task.splits(key)["test"].x.mean())) < 5 / np.sqrt(200 * 81)


def test_the_label_does_not_see_the_numbering_of_nodes():
    splits = DegreeParity(nodes=6).splits(jax.random.key(0))
    order = np.random.default_rng(0).permutation(6)
    relabelled = np.asarray(splits["test"].x)[:, order][:, :, order]
    np.testing.assert_array_equal((relabelled > 0).sum(axis=2), (np.asarray(splits["test"].x) > 0).sum(axis=2)[:, order])


@pytest.mark.parametrize("wrong", [{"nodes": 1}, {"test_size": 0}, {"link": "odd"}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        DegreeParity(**wrong)
