"""An embedding that is read through distances alone."""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, Problem, expect
from unseen.models.layers import need_tokens, normal, output_shape
from unseen.models.model import Model


class Distances(eqx.Module):
    """The network of `DistanceEmbedding`."""

    embed: Float[Array, "vocabulary dimension"]
    p: int = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        places = self.embed[x]
        return -jnp.sum(jnp.abs(places[1:] - places[0]) ** self.p, axis=1).reshape(self.shape)


class DistanceEmbedding(Model):
    """Output k = -‖w_{x_0} - w_{x_{k+1}}‖_p^p: which of the later tokens is nearest to the first, by the places w of tokens in `dimension` dimensions.

    One output for each later token; with cross-entropy and two of them it is the logistic triplet loss. w ~ N(0, init_scale² / dimension).

    Attributes:
        dimension: of the places, at least 1.
        p: of the norm, a whole number of at least 1.
        init_scale: above 0.

    >>> import jax
    >>> network = DistanceEmbedding(dimension=4).build(Tokens(3, 5), Classes(2), jax.random.key(0))
    >>> network(jnp.array([0, 1, 0])).round(2)[1]  # a token is at no distance from itself
    Array(-0., dtype=float32)
    """

    dimension: int = eqx.field(static=True, default=2)
    p: int = eqx.field(static=True, default=2)
    init_scale: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(
            self,
            dimension=(lambda d: d >= 1, "at least 1"),
            p=(lambda p: type(p) is int and p >= 1, "a whole number of at least 1"),
            init_scale=(lambda s: s > 0, "a number above 0"),
        )

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Distances`."""
        tokens, shape = need_tokens(self, inputs), output_shape(outputs)
        if math.prod(shape) != tokens.length - 1:
            raise Problem(f"DistanceEmbedding: expected outputs for each of the {tokens.length - 1} later tokens, got {outputs!r}.")
        return Distances(normal(key, (tokens.vocabulary, self.dimension), self.init_scale / math.sqrt(self.dimension)), self.p, shape)
