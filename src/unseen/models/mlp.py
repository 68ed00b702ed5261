"""Multi-layer perceptron, with or without token embeddings, in the parametrizations of the theory of wide networks."""

import math
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Classes, Fixed, Inputs, Outputs, Tokens, expect
from unseen.models.layers import activation, apply_first, dropout, held, input_size, need_tokens, normal, output_shape, uniform, unwrap
from unseen.models.model import Model
from unseen.models.product import product


class Perceptron(eqx.Module):
    """The network of `MLP`. Weights are [in, out]; with one-hot tokens `first` has row `position·vocabulary + token`."""

    embed: Float[Array, "vocabulary embedding"] | None
    first: Float[Array, "inputs width"]
    hidden: tuple[Float[Array, "width width"], ...]
    readout: Float[Array, "width outputs"] | Fixed
    biases: tuple[Array, ...] | None
    dropout: Fixed | None
    scale: Fixed | None
    activation: str = eqx.field(static=True)
    combine: str = eqx.field(static=True)
    multipliers: tuple[float, ...] = eqx.field(static=True)
    batch_norm: bool = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)

    def encode(self, x: Int[Array, " length"] | Float[Array, "*input"]) -> Float[Array, " width"]:
        """The first layer before its bias."""
        if self.embed is None and self.combine == "concat":
            return apply_first(self.first, x)
        rows = self.first[x] if self.embed is None else self.embed[x]
        rows = jnp.sum(rows, axis=0) if self.combine == "sum" else rows.reshape(-1)
        return rows if self.embed is None else product(rows, self.first)

    def activate(self, z: Float[Array, " width"], layer: int) -> Float[Array, " width"]:
        """Multiplier, bias, batch normalisation and activation of one hidden layer."""
        z = z if self.multipliers[layer] == 1.0 else self.multipliers[layer] * z
        z = z if self.biases is None else z + self.biases[layer]
        if self.batch_norm:
            z = z - jax.lax.pmean(z, "batch")
            z = z * jax.lax.rsqrt(jax.lax.pmean(jnp.square(z), "batch") + 1e-5)
        return activation(self.activation)(z)

    def features(self, x: Int[Array, " length"] | Float[Array, "*input"], *, key: PRNGKeyArray | None = None) -> Float[Array, " width"]:
        """The last hidden layer's activations."""
        keys = [None] * (len(self.hidden) + 1) if key is None or self.dropout is None else jax.random.split(key, len(self.hidden) + 1)
        z = dropout(self.activate(self.encode(x), 0), self.dropout, keys[0])
        for layer, weight in enumerate(self.hidden, start=1):
            z = dropout(self.activate(product(z, weight), layer), self.dropout, keys[layer])
        return z

    def __call__(self, x: Int[Array, " length"] | Float[Array, "*input"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        z = product(self.features(x, key=key), unwrap(self.readout))
        z = z if self.multipliers[-1] == 1.0 else self.multipliers[-1] * z
        z = z if self.biases is None else z + self.biases[-1]
        return (z if self.scale is None else self.scale.value * z).reshape(self.shape)


class MLP(Model):
    """Multi-layer perceptron: z ← activation(z @ W), last layer linear.

    Parametrizations, with n the fan-in of a layer and s = `init_scale`:
    "standard" W ~ N(0, s²/n); "torch" W and bias uniform on ±s/sqrt(n); "ntk" W ~ N(0, s²), layer output divided by sqrt(n);
    "mean_field" as "ntk", but the readout's output is divided by n (Mei et al. 2018).

    Attributes:
        hidden: widths of the hidden layers, at least one.
        activation: see `unseen.models.layers.activation`.
        embedding: width of trained token embeddings, N(0, s²) ("standard": N(0, s²/embedding)); None: one-hot tokens.
        combine: tokens' vectors are concatenated ("concat") or added ("sum": one table for all positions).
        bias: whether layers have biases (initially 0; see "torch").
        init_scale: multiplies all initial weights.
        output_scale: the network's output is multiplied by it (not trained); None: 1.
        fixed_readout: the readout is not trained: ±1/sqrt(width) with random signs. Two classes get the logits (−f/2, f/2), so that their
            cross-entropy is the logistic loss of f (Xu et al. 2023).
        batch_norm: pre-activations are standardised over the batch at hand, in evaluation too (no running averages); needs `unseen._types.outputs`.
        dropout: rate in [0, 1) on hidden activations; None compiles no randomness in.

    >>> network = MLP(hidden=(16,), activation="quadratic").build(Tokens(2, 7), Classes(7), jax.random.key(0))
    >>> network(jnp.array([3, 4])).shape
    (7,)
    """

    hidden: tuple[int, ...] = eqx.field(static=True, default=(128,))
    activation: str = eqx.field(static=True, default="relu")
    embedding: int | None = eqx.field(static=True, default=None)
    combine: str = eqx.field(static=True, default="concat")
    bias: bool = eqx.field(static=True, default=False)
    parametrization: str = eqx.field(static=True, default="standard")
    fixed_readout: bool = eqx.field(static=True, default=False)
    batch_norm: bool = eqx.field(static=True, default=False)
    init_scale: float | Array = 1.0
    output_scale: float | Array | None = None
    dropout: float | Array | None = None

    def __check_init__(self) -> None:
        expect(
            self,
            hidden=(lambda h: isinstance(h, tuple) and len(h) >= 1 and all(w >= 1 for w in h), "a tuple of at least one positive width, as (128,)"),
            activation=(lambda a: activation(a) is not None, "a known activation"),
            combine=(lambda c: c in ("concat", "sum"), "'concat' or 'sum'"),
            parametrization=(lambda p: p in ("standard", "torch", "ntk", "mean_field"), "'standard', 'torch', 'ntk' or 'mean_field'"),
            dropout=(lambda r: r is None or 0 <= r < 1, "None or a rate in [0, 1)"),
        )

    def fan_in(self, inputs: Inputs) -> int:
        """The number of rows of the first weight."""
        if self.embedding is not None:
            return self.embedding * (need_tokens(self, inputs).length if self.combine == "concat" else 1)
        return need_tokens(self, inputs).vocabulary if self.combine == "sum" else input_size(inputs)

    def weight(self, key: PRNGKeyArray, shape: tuple[int, ...], fan_in: int) -> Array:
        """An initial weight or bias of a layer with that fan-in."""
        if self.parametrization == "torch":
            return uniform(key, shape, self.init_scale / math.sqrt(fan_in))
        return normal(key, shape, self.init_scale / (math.sqrt(fan_in) if self.parametrization == "standard" else 1.0))

    def signs(self, key: PRNGKeyArray, width: int, outputs: Outputs) -> Fixed:
        """The untrained readout."""
        halves = outputs == Classes(2)
        count = 1 if halves else math.prod(output_shape(outputs))
        readout = jax.random.rademacher(key, (width, count), jnp.result_type(float)) / math.sqrt(width)
        return Fixed(readout * jnp.array([-0.5, 0.5]) if halves else readout)

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Perceptron`."""
        shape = output_shape(outputs)
        sizes = (self.fan_in(inputs), *self.hidden, math.prod(shape))
        layers = list(pairwise(sizes))
        keys = jax.random.split(key, 2 * len(layers) + 1)
        weights = [self.weight(k, layer, layer[0]) for k, layer in zip(keys, layers[: -1 if self.fixed_readout else None], strict=False)]
        readout = self.signs(keys[len(layers) - 1], sizes[-2], outputs) if self.fixed_readout else weights[-1]
        multipliers = tuple(1.0 / math.sqrt(n) if self.parametrization in ("ntk", "mean_field") else 1.0 for n, _ in layers)
        if self.parametrization == "mean_field":
            multipliers = (*multipliers[:-1], 1.0 / sizes[-2])
        biases = tuple(
            self.weight(k, (width,), n) if self.parametrization == "torch" else jnp.zeros(width)
            for k, (n, width) in zip(keys[len(layers) : -1], layers, strict=True)
        )
        return Perceptron(
            embed=None if self.embedding is None else self.table(keys[-1], need_tokens(self, inputs), self.embedding),
            first=weights[0],
            hidden=tuple(weights[1 : len(self.hidden)]),
            readout=readout,
            biases=biases if self.bias else None,
            dropout=held(self.dropout),
            scale=held(self.output_scale),
            activation=self.activation,
            combine=self.combine,
            multipliers=multipliers,
            batch_norm=self.batch_norm,
            shape=shape,
        )

    def table(self, key: PRNGKeyArray, inputs: Tokens, width: int) -> Float[Array, "vocabulary embedding"]:
        """The initial token embeddings."""
        deviation = self.init_scale / (math.sqrt(width) if self.parametrization == "standard" else 1.0)
        return normal(key, (inputs.vocabulary, width), deviation)
