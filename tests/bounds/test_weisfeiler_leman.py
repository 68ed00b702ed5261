"""Classes against isomorphism by brute force, published counts, and networks that are run; the dimension by labelling in all ways."""

import itertools

import numpy as np
import pytest

from rates import caught, covers
from unseen._problem import Problem
from unseen.bounds.holdout import hoeffding
from unseen.bounds.weisfeiler_leman import all_graphs, graph_classes, graph_dimension, graph_network_bound


def cycle(n):
    ring = np.roll(np.eye(n), 1, axis=1)
    return ring + ring.T


def canonical(graph):
    """The largest of all orders of its nodes."""
    return max(tuple(graph[np.ix_(order, order)].ravel()) for order in map(list, itertools.permutations(range(len(graph)))))


def network(graph, weights):
    """A message-passing network: states tanh(a own + b sum of neighbours), one number in the end."""
    state = np.ones((len(graph), 1)) @ weights[0]
    for own, near in weights[1]:
        state = np.tanh(state @ own + graph @ state @ near)
    return state.sum(axis=0) @ weights[2]


def drawn(rng, layers, width=6):
    return rng.normal(size=(1, width)), [rng.normal(size=(2, width, width)) for _ in range(layers)], rng.normal(size=width)


def test_up_to_five_nodes_classes_are_those_of_isomorphism():
    """Numbers of graphs on n nodes: 1, 2, 4, 11, 34 (OEIS A000088)."""
    assert [graph_dimension(n) for n in (1, 2, 3, 4, 5)] == [1, 2, 4, 11, 34]
    graphs = all_graphs(4)
    found, wanted = graph_classes(graphs), [canonical(graph) for graph in graphs]
    pairs = set(zip(found.tolist(), wanted, strict=True))
    assert len(pairs) == len(set(found.tolist())) == len(set(wanted))


def test_with_six_nodes_some_are_confused():
    six = [cycle(6), np.kron(np.eye(2), cycle(3))]
    others = [1 - graph - np.eye(6) for graph in six]
    assert len(np.unique(graph_classes(six + others))) == 2, "two hexagon-like graphs, and their complements"
    marked = graph_classes(six, kinds=[[1, 0, 0, 0, 0, 0]] * 2)
    assert len(np.unique(marked)) == 2, "a node of another kind tells them apart"


def test_networks_answer_alike_within_a_class_and_apart_between_classes():
    rng, graphs = np.random.default_rng(0), [*all_graphs(4), cycle(6), np.kron(np.eye(2), cycle(3)), cycle(5)]
    for layers in (1, 2, 4):
        weights, classes = drawn(rng, layers), graph_classes(graphs, layers)
        answers = np.array([network(graph, weights) for graph in graphs])
        first = np.unique(classes, return_index=True)[1]
        np.testing.assert_allclose(answers, answers[first][classes], atol=1e-9)
        assert np.diff(np.sort(answers[first])).min() > 1e-6


def test_more_layers_tell_more_and_the_dimension_is_reached():
    """All labellings of one graph of each class by a readout of random networks' features; and no labelling of two of one class."""
    graphs = all_graphs(4)
    assert [graph_dimension(5, layers) for layers in (0, 1, 2)] == [1, 31, 34], "sequences of degrees (OEIS A004251), then all graphs"
    first = np.unique(graph_classes(graphs), return_index=True)[1]
    rng = np.random.default_rng(1)
    weights = drawn(rng, 3)
    answers = np.array([network(graphs[i], weights) for i in first])
    powers = np.stack([np.cos(k * answers) for k in range(11)], axis=1)
    assert np.linalg.matrix_rank(powers) == 11, "so every labelling is that of some readout"


def test_coverage_for_the_best_network_and_a_bound_for_one_network_is_caught():
    """Labels are fair coins, so that every error rate is 1/2; the best network takes the majority in each of 34 classes."""
    rng, graphs, n, draws = np.random.default_rng(2), all_graphs(5), 100, 60
    classes, violated = graph_classes(graphs), {"all": 0, "one": 0}
    for _ in range(draws):
        chosen, labels = rng.integers(len(graphs), size=n), rng.integers(2, size=n)
        cells = classes[chosen]
        ones = 2 * np.bincount(cells, labels, 34) > np.bincount(cells, minlength=34)
        bound = graph_network_bound(ones[cells].astype(int), labels, [graphs[i] for i in chosen], 2, layers=2)
        violated["all"] += bound.value < 0.5
        violated["one"] += hoeffding(bound.empirical, n).value < 0.5
    assert covers(violated["all"], draws, 0.05)
    assert caught(violated["one"], draws, 0.05)


def test_a_network_that_sees_more_is_refused():
    six = [cycle(6), np.kron(np.eye(2), cycle(3))] * 10
    with pytest.raises(Problem, match="classified alike"):
        graph_network_bound([0, 1] * 10, [0, 1] * 10, six, 2)


@pytest.mark.parametrize("graph", [np.ones((2, 2)), np.array([[0, 1], [0, 0]]), np.zeros((2, 3)), np.array([[0, 0.5], [0.5, 0]])])
def test_what_is_no_graph_is_refused(graph):
    with pytest.raises(Problem, match="graph"):
        graph_classes([graph])


def test_other_refusals():
    with pytest.raises(Problem, match="nodes"):
        all_graphs(7)
    with pytest.raises(Problem, match="layers"):
        graph_classes([cycle(3)], layers=-1)
    with pytest.raises(Problem, match="kinds"):
        graph_classes([cycle(3)], kinds=[[0, 0]])
