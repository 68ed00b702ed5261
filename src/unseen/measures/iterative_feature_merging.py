"""Iterative feature merging: how many units of a layer remain when those that do the same are merged."""

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from unseen._types import Fixed, Problem
from unseen.models.mlp import Perceptron

Groups = tuple[tuple[int, ...], ...]


def iterative_feature_merging(
    network: Perceptron, beta: float, *, widths: tuple[int, ...] | None = None, rng: np.random.Generator | None = None
) -> tuple[Perceptron, tuple[Groups, ...]]:
    """(merged network, for each hidden layer the groups of its former units); the number of groups is the layer's feature complexity.

    Chen, Zhou & Yan (2024), as in their code. Two units of a layer are D_mn = ‖in_m - in_n‖² + ‖out_m - out_n‖² apart, by their incoming and their
    outgoing weights; biases do not count. While min D ≤ β max D, the closest two become one: in ← in_m + in_n, bias likewise, and
    out ← (c_m out_m + c_n out_n) / (c_m + c_n), where c counts the units that went into each. Layers take turns, one merge at a time. The function of a
    ReLU network stays the same when units merge whose incoming weights and biases are c times one vector, or whose outgoing weights are equal and incoming
    ones multiples, above 0, of one vector. As sums grow, the third of three copies lies apart from the sum of the first two. Computed in
    float64 and given back in the network's own type. No data are needed.

    Args:
        network: a perceptron with a trained readout and without batch normalisation.
        beta: the threshold β in [0, 1]; 1 merges all that `widths` lets it.
        widths: for each hidden layer the number of units, at least 1, at which it stops; None is 1.
        rng: random pairs are merged in place of the closest ones, for a comparison; when to stop is decided as before.

    Raises:
        Problem: a network of another kind, or a number out of range.

    >>> import jax
    >>> from unseen._types import Classes, Reals
    >>> from unseen.models.mlp import MLP
    >>> network = MLP(hidden=(8,)).build(Reals((3,)), Classes(2), jax.random.key(0))
    >>> merged, groups = iterative_feature_merging(network, beta=1.0, widths=(4,))
    >>> merged.first.shape, len(groups[0])
    ((3, 4), 4)
    """
    if not 0 <= beta <= 1:
        raise Problem(f"beta: expected a number in [0, 1], got {beta!r}.")
    layers = _Layers(*_arrays(network))
    least = (1,) * len(layers.groups) if widths is None else widths
    if len(least) != len(layers.groups) or min(least) < 1:
        raise Problem(f"widths: expected {len(layers.groups)} numbers of at least 1, one for each hidden layer, got {widths!r}.")
    merging = True
    while merging:  # a merge changes the distances in the neighbouring layers too, so that each is asked again
        merging = False
        for layer, units in enumerate(least):
            pair = layers.pair(layer, beta, rng) if len(layers.groups[layer]) > units else None
            if pair is not None:
                layers.merge(layer, *pair)
                merging = True
    return _replaced(network, layers.weights, layers.biases), tuple(tuple(groups) for groups in layers.groups)


def keep_units(network: Perceptron, kept: tuple[Int[np.ndarray, " _"], ...]) -> Perceptron:
    """The network with the units `kept` of each hidden layer alone: the others are cut out, with their weights.

    Raises:
        Problem: a network of another kind, or not one array of indices for each hidden layer.

    >>> import jax
    >>> from unseen._types import Classes, Reals
    >>> from unseen.models.mlp import MLP
    >>> network = MLP(hidden=(8,)).build(Reals((3,)), Classes(2), jax.random.key(0))
    >>> keep_units(network, (np.arange(5),)).readout.shape
    (5, 2)
    """
    weights, biases = _arrays(network)
    if len(kept) != len(weights) - 1:
        raise Problem(f"kept: expected {len(weights) - 1} arrays of indices, one for each hidden layer, got {len(kept)}.")
    for layer, index in enumerate(kept):
        weights[layer], biases[layer], weights[layer + 1] = weights[layer][:, index], biases[layer][index], weights[layer + 1][index]
    return _replaced(network, weights, biases)


@dataclass
class _Layers:
    """Weights [in, out] and biases of all layers, and for each hidden one the groups of units and the distances [units, units] between them."""

    weights: list[Float[np.ndarray, "in out"]]
    biases: list[Float[np.ndarray, " out"]]

    def __post_init__(self) -> None:
        hidden = range(len(self.weights) - 1)
        self.groups: list[list[tuple[int, ...]]] = [[(unit,) for unit in range(len(self.biases[layer]))] for layer in hidden]
        self.distances = [_distances(np.hstack([self.weights[layer].T, self.weights[layer + 1]])) for layer in hidden]

    def pair(self, layer: int, beta: float, rng: np.random.Generator | None) -> tuple[int, int] | None:
        """The two units to merge, or None where even the closest are too far apart."""
        distances = self.distances[layer]
        if len(distances) < 2:
            return None
        farthest = distances.max()
        np.fill_diagonal(distances, np.inf)
        one, other = np.unravel_index(distances.argmin(), distances.shape)
        closest = distances[one, other]
        np.fill_diagonal(distances, 0)
        if closest > beta * farthest:
            return None
        one, other = (one, other) if rng is None else rng.choice(len(distances), 2, replace=False)
        return int(min(one, other)), int(max(one, other))

    def merge(self, layer: int, one: int, other: int) -> None:
        """Puts the sum of two units in the place of the first, and brings the distances of this layer and of its neighbours up to date."""
        first, second = (len(self.groups[layer][unit]) for unit in (one, other))
        incoming = self.weights[layer][:, one] + self.weights[layer][:, other]
        outgoing = (first * self.weights[layer + 1][one] + second * self.weights[layer + 1][other]) / (first + second)
        if layer > 0:
            self._shift(layer - 1, incoming, self.weights[layer][:, [one, other]].T)
        if layer + 1 < len(self.distances):
            self._shift(layer + 1, outgoing, self.weights[layer + 1][[one, other]])
        self.weights[layer][:, one], self.weights[layer + 1][one, :] = incoming, outgoing
        self.biases[layer][one] += self.biases[layer][other]
        self.groups[layer][one] += self.groups[layer].pop(other)
        self.weights[layer] = np.delete(self.weights[layer], other, axis=1)
        self.weights[layer + 1] = np.delete(self.weights[layer + 1], other, axis=0)
        self.biases[layer] = np.delete(self.biases[layer], other)
        vectors = np.hstack([self.weights[layer].T, self.weights[layer + 1]])
        distances = np.delete(np.delete(self.distances[layer], other, axis=0), other, axis=1)
        anew = np.sum((vectors - vectors[one]) ** 2, axis=1)
        distances[one, :], distances[:, one] = anew, anew
        self.distances[layer] = distances

    def _shift(self, layer: int, after: Float[np.ndarray, " units"], before: Float[np.ndarray, "2 units"]) -> None:
        change = sum(sign * np.subtract.outer(row, row) ** 2 for sign, row in ((1, after), (-1, before[0]), (-1, before[1])))
        self.distances[layer] = np.maximum(self.distances[layer] + change, 0)


def _distances(vectors: Float[np.ndarray, "units size"]) -> Float[np.ndarray, "units units"]:
    squares = np.sum(vectors**2, axis=1)
    found = np.maximum(squares[:, None] + squares - 2 * vectors @ vectors.T, 0)
    np.fill_diagonal(found, 0)
    return found


def _arrays(network: Perceptron) -> tuple[list[np.ndarray], list[np.ndarray]]:
    if not isinstance(network, Perceptron) or isinstance(network.readout, Fixed) or network.batch_norm:
        raise Problem(f"network: expected a Perceptron with a trained readout and no batch normalisation, got {type(network).__name__}. Build it with MLP().")
    weights = [np.array(weight, float) for weight in (network.first, *network.hidden, network.readout)]
    return weights, [np.array(bias, float) for bias in network.biases or [np.zeros(weight.shape[1]) for weight in weights]]


def _replaced(network: Perceptron, weights: list[np.ndarray], biases: list[np.ndarray]) -> Perceptron:
    dtype = network.first.dtype
    first, *hidden, readout = (jnp.asarray(weight, dtype) for weight in weights)
    changed = eqx.tree_at(lambda one: (one.first, one.hidden, one.readout), network, (first, tuple(hidden), readout))
    return changed if network.biases is None else eqx.tree_at(lambda one: one.biases, changed, tuple(jnp.asarray(bias, dtype) for bias in biases))
