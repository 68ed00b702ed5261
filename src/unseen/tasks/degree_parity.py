"""Whether the nodes of a random graph that have certain degrees are odd in number."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, Stream, expect
from unseen.tasks.task import Task

LINKS = ("parity", "majority")


class DegreeParity(Task):
    """Class 1 where the number of nodes with an out-degree in a hidden set S is odd; or, for the link "majority", where it is more than half of the nodes.

    Graphs are directed; each of the n² edges (self-loops too) is there with probability 1/2, so that degrees are independent Binomial(n, 1/2). The label is
    invariant to renumbering of the nodes, and a graph network of one round can give it; but parities for different S are nearly uncorrelated, so that
    gradients tell little of S: Kiani, Le, Lawrence, Jegelka & Weber (2024). S is the one of 8 random subsets of the degrees 0 … n whose probability is
    nearest 1/2.
    `train` is an endless stream of graphs.

    Attributes:
        nodes: n.
        test_size: graphs of the test split.
        link: "parity" or "majority".

    >>> splits = DegreeParity(nodes=5).splits(jax.random.key(0))
    >>> splits["train"].draw(jax.random.key(1), 3).x.shape, splits["test"].x.shape
    ((3, 5, 5), (1000, 5, 5))
    """

    nodes: int = eqx.field(static=True, default=8)
    test_size: int = eqx.field(static=True, default=1000)
    link: str = eqx.field(static=True, default="parity")

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution, fresh graphs"}

    def __check_init__(self) -> None:
        expect(
            self,
            nodes=(lambda n: n >= 2, "at least two nodes"),
            test_size=(lambda n: n >= 1, "at least one graph"),
            link=(lambda name: name in LINKS, f"one of {LINKS}"),
        )

    @property
    def inputs(self) -> Reals:
        """Adjacency matrices, 1 for an edge and -1 for none; row i holds the edges that leave node i."""
        return Reals((self.nodes, self.nodes))

    @property
    def outputs(self) -> Classes:
        """Two classes."""
        return Classes(2)

    def subset(self, key: PRNGKeyArray) -> Bool[Array, " degrees"]:
        """Whether each degree 0 … n is in the set S of `splits(key)`."""
        probability = jnp.array([math.comb(self.nodes, degree) / 2**self.nodes for degree in range(self.nodes + 1)])
        candidates = jax.random.bernoulli(jax.random.fold_in(key, 0), 0.5, (8, self.nodes + 1))
        return candidates[jnp.argmin(jnp.abs(candidates @ probability - 0.5))]

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """`train`, a stream, and `test`."""
        stream = _Graphs(self.subset(key), self.nodes, self.link)
        return {"train": stream, "test": stream.draw(jax.random.fold_in(key, 1), self.test_size)}


def degrees(graphs: Float[Array, "n nodes nodes"]) -> Array:
    """The out-degrees, whole numbers [n, nodes].

    >>> degrees(jnp.array([[[1.0, 1.0], [-1.0, -1.0]]])).tolist()
    [[2, 0]]
    """
    return jnp.sum(graphs > 0, axis=-1)


class _Graphs(Stream):
    """Random graphs with their labels."""

    subset: Bool[Array, " degrees"]
    nodes: int = eqx.field(static=True)
    link: str = eqx.field(static=True)

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        x = jax.random.rademacher(key, (n, self.nodes, self.nodes), jnp.result_type(float))
        count = jnp.sum(self.subset[degrees(x)], axis=1)
        return Examples(x, (count % 2 if self.link == "parity" else 2 * count > self.nodes).astype(jnp.int32))
