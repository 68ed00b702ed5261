"""How far labels of random graphs that count the nodes of some degrees are correlated: what a correlational query can tell of the set of degrees."""

import math

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, whole
from unseen._types import unknown

LINKS = ("parity", "majority")


def covariance(nodes: int, one: np.ndarray, other: np.ndarray, link: str = "parity") -> float:
    """Covariance, in [-1, 1], of the labels ±1 that two sets of degrees give to the graphs of `tasks.degree_parity.DegreeParity`.

    Degrees of the n nodes are independent Binomial(n, 1/2). For parities E[f] = (1 - 2 P(S))^n and E[f g] = (1 - 2 P(S Δ T))^n: sets of probability about
    1/2 give correlations that fall faster than any power of n. For majorities the joint distribution of both counts is computed exactly, up to rounding.

    Args:
        nodes: n.
        one: whether each degree 0 … n is in S.
        other: the same for T.
        link: "parity" or "majority" (more than half of the nodes).

    Raises:
        Problem: another link, or sets of the wrong length.

    >>> covariance(1, np.array([True, False]), np.array([True, False]))
    1.0
    """
    whole(nodes=nodes)
    if link not in LINKS:
        raise unknown("link", link, LINKS)
    if not np.shape(one) == np.shape(other) == (nodes + 1,):
        raise Problem(f"one, other: expected a boolean for each of the degrees 0 to {nodes}, got shapes {np.shape(one)} and {np.shape(other)}.")
    p = degree_probabilities(nodes)
    if link == "parity":
        return float((1 - 2 * p @ (one ^ other)) ** nodes - (1 - 2 * p @ one) ** nodes * (1 - 2 * p @ other) ** nodes)
    cells = np.zeros((nodes + 1, nodes + 1))
    for i, j in np.ndindex(2, 2):
        cells[i, j] = p @ ((one == bool(i)) & (other == bool(j)))
    joint = np.fft.ifft2(np.fft.fft2(cells) ** nodes).real  # of both counts: the sum over nodes is a convolution
    sign = np.where(2 * np.arange(nodes + 1) > nodes, 1.0, -1.0)
    return float(sign @ joint @ sign - (sign @ joint.sum(axis=1)) * (sign @ joint.sum(axis=0)))


def degree_probabilities(nodes: int) -> Float[np.ndarray, " degrees"]:
    """Binomial(n, 1/2) at 0 … n.

    >>> degree_probabilities(2).tolist()
    [0.25, 0.5, 0.25]
    """
    whole(0, nodes=nodes)
    return np.array([math.comb(nodes, degree) for degree in range(nodes + 1)]) / 2.0**nodes
