"""A network whose matrices are moved by products of two thin ones: low-rank adapters."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Fixed, Inputs, Outputs, expect, trainable
from unseen.models.mlp import MLP
from unseen.models.model import Model

Factors = tuple[Float[Array, "inputs rank"], Float[Array, "rank outputs"]]


class Adapted(eqx.Module):
    """The network of `Adapters`: `initial`, with the product of its factors added to each matrix."""

    factors: tuple[Factors, ...]
    initial: Fixed

    @property
    def network(self) -> Any:
        """The whole network with its present matrices."""
        params, rest = trainable(self.initial.value)
        leaves, structure = jax.tree.flatten(params)
        products = iter(self.factors)
        moved = [leaf + jnp.matmul(*next(products)) if leaf.ndim == 2 else leaf for leaf in leaves]
        return eqx.combine(jax.tree.unflatten(structure, moved), rest)

    def __call__(self, x: PyTree[Array], *, key: PRNGKeyArray | None = None) -> PyTree[Array]:
        return self.network(x, key=key)


class Adapters(Model):
    """W = W₀ + A B for each matrix of a network, with A [inputs, rank] and B [rank, outputs]; only A and B are trained (Hu et al. 2022, "LoRA").

    A is N(0, 1/inputs) at the start and B is 0, so that the network starts as it was. Biases, norms and other arrays stay. In a `Subspace` it is
    the parametrisation of Lotfi et al. (2024), "SubLoRA": Subspace(Adapters(model, rank=4), dimension=256).

    Attributes:
        model: the network whose matrices are moved.
        rank: of each product, at least 1.

    >>> from unseen._types import Classes, Reals
    >>> network = Adapters(MLP(hidden=(8,)), rank=2).build(Reals((3,)), Classes(2), jax.random.key(0))
    >>> [[part.shape for part in pair] for pair in network.factors]
    [[(3, 2), (2, 8)], [(8, 2), (2, 2)]]
    """

    model: Any = MLP()
    rank: int = eqx.field(static=True, default=4)

    def __check_init__(self) -> None:
        expect(self, rank=(lambda r: r >= 1, "a rank of at least 1"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Adapted:
        """A network at its initial weights."""
        start, at_factors = jax.random.split(key)
        initial = self.model.build(inputs, outputs, start)
        matrices = [leaf for leaf in jax.tree.leaves(trainable(initial)[0]) if leaf.ndim == 2]
        keys = jax.random.split(at_factors, len(matrices))
        factors = tuple(self.pair(k, matrix) for k, matrix in zip(keys, matrices, strict=True))
        return Adapted(factors, Fixed(initial))

    def pair(self, key: PRNGKeyArray, matrix: Float[Array, "inputs outputs"]) -> Factors:
        """Fresh factors."""
        rows, columns = matrix.shape
        return jax.random.normal(key, (rows, self.rank)) / jnp.sqrt(rows), jnp.zeros((self.rank, columns))
