"""Graphs that no message-passing network tells apart, by the colours of Weisfeiler and Leman; and what that says of all such networks at once."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int
from numpy.typing import ArrayLike

from unseen._problem import Problem, real_numbers, whole
from unseen.bounds.bound import Bound
from unseen.bounds.partition import partition_bound

MOST = 5
"""Nodes up to which all graphs are listed."""


def _adjacency(graph: ArrayLike) -> np.ndarray:
    found = real_numbers("graph", graph)
    if found.ndim != 2 or found.shape[0] != found.shape[1] or not np.isin(found, (0, 1)).all() or not np.array_equal(found, found.T) or found.trace():
        raise Problem(f"graph: expected a symmetric matrix of 0 and 1 with an empty diagonal, got shape {found.shape}. Weights and directions are not seen.")
    return found.astype(bool)


def graph_classes(graphs: Sequence[ArrayLike], layers: int | None = None, kinds: Sequence[Sequence[int]] | None = None) -> Int[np.ndarray, " graphs"]:
    """For each graph the number of its class: graphs of one class have the same multiset of colours after that many rounds of refinement.

    In a round a node's colour becomes the pair of its colour and the multiset of its neighbours' colours. A network of so many layers, each of which makes a
    node's state from its own and the sum (or mean, or maximum) of its neighbours', answers alike for graphs of one class; and some tell all classes apart
    (Xu et al. 2019, Morris et al. 2019).

    Args:
        graphs: adjacency matrices.
        layers: rounds; None: until no class splits any more.
        kinds: whole numbers that tell kinds of nodes, for each graph; None: all nodes alike.

    Raises:
        Problem: matrices that are no graphs, kinds that do not match, or a number of layers below 0.

    >>> hexagon, triangles = np.roll(np.eye(6), 1, axis=1), np.kron(np.eye(2), np.roll(np.eye(3), 1, axis=1))
    >>> graph_classes([hexagon + hexagon.T, triangles + triangles.T, np.zeros((6, 6))]).tolist()
    [0, 0, 1]
    """
    if layers is not None:
        whole(layers=layers)
    edges = [_adjacency(graph) for graph in graphs]
    if layers is not None and layers < 0:
        raise Problem(f"layers: expected at least 0, or None, got {layers!r}.")
    if not edges or (kinds is not None and [len(one) for one in kinds] != [len(one) for one in edges]):
        raise Problem("graphs, kinds: expected at least one graph, and a kind for each of its nodes.")
    colours = [list(one) for one in kinds] if kinds is not None else [[0] * len(one) for one in edges]
    neighbours = [[np.flatnonzero(row).tolist() for row in one] for one in edges]
    classes, most = _numbered([tuple(sorted(one)) for one in colours]), max(len(one) for one in edges)
    for _ in range(most if layers is None else layers):
        told = [
            [(own, tuple(sorted(one[j] for j in near))) for own, near in zip(one, nodes, strict=True)] for one, nodes in zip(colours, neighbours, strict=True)
        ]
        names: dict[object, int] = {}
        colours = [[names.setdefault(colour, len(names)) for colour in one] for one in told]
        classes = _numbered([tuple(sorted(one)) for one in colours])
    return classes


def _numbered(keys: Sequence[object]) -> np.ndarray:
    names: dict[object, int] = {}
    return np.array([names.setdefault(key, len(names)) for key in keys])


def all_graphs(nodes: int) -> list[np.ndarray]:
    """All 2^(n(n-1)/2) graphs on n nodes that have names.

    >>> len(all_graphs(4))
    64
    """
    whole(nodes=nodes)
    if not 1 <= nodes <= MOST:
        raise Problem(f"nodes: expected from 1 to {MOST}, as all graphs are listed, got {nodes!r}.")
    first, second = np.triu_indices(nodes, 1)
    found = []
    for bits in range(2 ** len(first)):
        graph = np.zeros((nodes, nodes))
        graph[first, second] = graph[second, first] = (bits >> np.arange(len(first))) & 1
        found.append(graph)
    return found


def graph_dimension(nodes: int, layers: int | None = None) -> int:
    """Vapnik-Chervonenkis dimension of all message-passing networks of so many layers, of any width, on graphs of n nodes: the number of classes.

    One graph of each class is labelled in all ways, and two of one class never differently (Morris, Geerts, Tönshoff & Grohe 2023, "WL meet VC", whose
    abstract was read). It goes on growing with n, about as 2^(n²/2)/n!: where sizes are not limited it is infinite.

    >>> [graph_dimension(nodes) for nodes in (1, 2, 3, 4)]  # up to five nodes all graphs are told apart
    [1, 2, 4, 11]
    """
    whole(nodes=nodes)
    return len(np.unique(graph_classes(all_graphs(nodes), layers)))


def graph_network_bound(
    predicted: ArrayLike,
    labels: ArrayLike,
    graphs: Sequence[ArrayLike],
    classes: int,
    delta: float = 0.05,
    *,
    layers: int | None = None,
    kinds: Sequence[Sequence[int]] | None = None,
) -> Bound:
    """Error rate on new graphs, for all message-passing networks of so many layers at once: `partition_bound` with `graph_classes` as cells.

    It says something where graphs of one class come again and again, as small ones do; not where each is a class of its own. The dimension needs no sample,
    and `vapnik_chervonenkis` takes it; the cells of the sample tell more.

    Args:
        predicted: classes that the network gives [n].
        labels: true classes, from 0 [n].
        graphs: adjacency matrices of the sample.
        classes: number of classes.
        delta: chance of failure.
        layers: of the network.
        kinds: of nodes, if the network sees them.

    Raises:
        Problem: graphs that no such network tells apart, and that are predicted differently: so it sees more than is said here.

    >>> paths = [np.eye(n, k=1) + np.eye(n, k=-1) for n in (2, 3)] * 1000
    >>> bound = graph_network_bound([0, 1] * 1000, [0, 1] * 1000, paths, 2, layers=1)
    >>> round(bound.value, 3), bound.terms["cells"]
    (0.116, 2.0)
    """
    whole(classes=classes)
    return partition_bound(predicted, labels, graph_classes(graphs, layers, kinds), classes, delta)
