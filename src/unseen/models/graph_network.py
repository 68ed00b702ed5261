"""A graph network: messages along edges, summed, and a readout that does not see how nodes are numbered."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Inputs, Outputs, Problem, Reals, expect
from unseen.models.layers import normal, output_shape
from unseen.models.model import Model
from unseen.models.product import product


class Layered(eqx.Module):
    """Two affine maps with a relu between them."""

    first: Float[Array, "inputs width"]
    shift: Float[Array, " width"]
    second: Float[Array, "width outputs"]
    offset: Float[Array, " outputs"]

    def __call__(self, x: Float[Array, "*n inputs"]) -> Float[Array, "*n outputs"]:
        """On the last axis."""
        return product(jax.nn.relu(product(x, self.first) + self.shift), self.second) + self.offset


class Passing(eqx.Module):
    """The network of `GraphNetwork`."""

    rounds: tuple[Layered, ...]
    readout: Layered
    shape: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x: Float[Array, "n m"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        nodes, others = x.shape
        h, sent = jnp.ones((nodes, 1), x.dtype), jnp.ones((others, 1), x.dtype)
        for layer in self.rounds:
            h = sent = jax.nn.relu(layer(jnp.concatenate([h, product(x, sent) / math.sqrt(others)], axis=1)))
        return self.readout(jnp.sum(h, axis=0) / math.sqrt(nodes)).reshape(self.shape)


class GraphNetwork(Model):
    """h_i ← relu(F(h_i, Σ_j A_ij h_j/√n)) for each node, `rounds` times from h = 1, then G(Σ_i h_i/√n).

    F and G are perceptrons with one hidden layer; sums of messages are as expressive as any (Xu et al. 2019). An input is an adjacency matrix A of any
    weights; the output does not change when rows and columns are permuted together. After one round it is a function of the degrees alone, and A may be
    [n, m]: edges from n nodes to m others. Weights start as N(0, 2/fan-in), shifts at 0.

    Attributes:
        rounds: how often messages are passed, at least 1.
        width: of nodes' states and of hidden layers.

    Raises:
        Problem: when inputs are not matrices, or not square ones for more than one round.

    >>> from unseen._types import Classes
    >>> network = GraphNetwork(width=8).build(Reals((5, 5)), Classes(2), jax.random.key(0))
    >>> network(jnp.eye(5)).shape
    (2,)
    """

    rounds: int = eqx.field(static=True, default=1)
    width: int = eqx.field(static=True, default=64)

    def __check_init__(self) -> None:
        expect(self, rounds=(lambda k: k >= 1, "at least one round"), width=(lambda w: w >= 1, "at least one unit"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Passing`."""
        if not isinstance(inputs, Reals) or len(inputs.shape) != 2 or (self.rounds > 1 and inputs.shape[0] != inputs.shape[1]):
            wanted = "square matrices" if self.rounds > 1 else "matrices"
            raise Problem(f"GraphNetwork: expected a task whose inputs are {wanted} of reals, got {inputs!r}. Use an MLP for other inputs.")
        shape = output_shape(outputs)
        keys = jax.random.split(key, self.rounds + 1)
        rounds = tuple(self.layered(k, 2 if i == 0 else 2 * self.width, self.width) for i, k in enumerate(keys[:-1]))
        return Passing(rounds, self.layered(keys[-1], self.width, math.prod(shape)), shape)

    def layered(self, key: PRNGKeyArray, inputs: int, outputs: int) -> Layered:
        """A freshly initialised perceptron."""
        first, second = jax.random.split(key)
        return Layered(
            normal(first, (inputs, self.width), math.sqrt(2 / inputs)),
            jnp.zeros(self.width),
            normal(second, (self.width, outputs), math.sqrt(2 / self.width)),
            jnp.zeros(outputs),
        )
