"""A network with one noisy layer, whose noise is learned: a stochastic encoder and a linear classifier."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Inputs, Outputs, Values, expect
from unseen.models.layers import output_shape, uniform
from unseen.models.mlp import MLP, Perceptron
from unseen.models.model import Model
from unseen.models.product import product


class NoisyLayer(eqx.Module):
    """The network of `StochasticEncoder`."""

    mean: Perceptron
    spread: Perceptron
    readout: Float[Array, "width outputs"]
    bias: Float[Array, " outputs"]
    shape: tuple[int, ...] = eqx.field(static=True)

    def encode(self, x: Int[Array, " length"] | Float[Array, "*input"]) -> tuple[Float[Array, " width"], Float[Array, " width"]]:
        """(mean, standard deviation) of the noisy layer for that input; the deviation is a softplus of a network of its own, at least 1e-10."""
        return self.mean(x), jnp.maximum(jax.nn.softplus(self.spread(x)), 1e-10)

    def __call__(self, x: Int[Array, " length"] | Float[Array, "*input"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        z, deviation = self.encode(x)
        z = z if key is None else z + deviation * jax.random.normal(key, z.shape)
        return (product(z, self.readout) + self.bias).reshape(self.shape)


class StochasticEncoder(Model):
    """f(x) = V z + b with z ~ N(μ(x), diag σ(x)²): μ and, under a softplus, σ are two ReLU perceptrons of one shape; without a key z is μ(x).

    All weights and biases begin uniform on ±1/√fan-in. The last of `hidden` is the width of z, on which no ReLU acts. The networks with which Kawaguchi,
    Deng, Ji & Huang (2023), "How Does Information Bottleneck Help Deep Learning?", study the information in a hidden layer.

    Attributes:
        hidden: widths of the layers of either perceptron, at least two; the last is that of z.

    >>> from unseen._types import Classes, Reals
    >>> network = StochasticEncoder(hidden=(8, 3)).build(Reals((2,)), Classes(5), jax.random.key(0))
    >>> network(jnp.ones(2), key=jax.random.key(1)).shape, network.encode(jnp.ones(2))[1].shape
    ((5,), (3,))
    """

    hidden: tuple[int, ...] = eqx.field(static=True, default=(32, 16))

    def __check_init__(self) -> None:
        expect(self, hidden=(lambda h: isinstance(h, tuple) and len(h) >= 2 and all(w >= 1 for w in h), "a tuple of at least two positive widths"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `NoisyLayer`."""
        at_mean, at_spread, at_readout, at_bias = jax.random.split(key, 4)
        perceptron, code = MLP(hidden=self.hidden[:-1], bias=True, parametrization="torch"), Values((self.hidden[-1],))
        shape, bound = output_shape(outputs), 1 / math.sqrt(self.hidden[-1])
        return NoisyLayer(
            mean=perceptron.build(inputs, code, at_mean),
            spread=perceptron.build(inputs, code, at_spread),
            readout=uniform(at_readout, (self.hidden[-1], math.prod(shape)), bound),
            bias=uniform(at_bias, (math.prod(shape),), bound),
            shape=shape,
        )
