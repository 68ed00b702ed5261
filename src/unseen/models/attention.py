"""Causal multi-head self-attention (Vaswani et al. 2017)."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from unseen.models.product import product


class Attention(eqx.Module):
    """Causal multi-head attention: softmax(q kᵀ / sqrt(width/heads)) v, then `out`.

    Weights are [in, out]; `qkv` holds query, key and value side by side, the heads in order within each.

    Attributes:
        biases: of `qkv` and of `out`, or None.

    >>> copying = Attention(jnp.eye(2, 6, 4), jnp.eye(2), None, heads=1)  # no query, no key: the mean of what has come so far
    >>> copying(jnp.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """

    qkv: Float[Array, "width 3*width"]
    out: Float[Array, "width width"]
    biases: tuple[Float[Array, " 3*width"], Float[Array, " width"]] | None
    heads: int = eqx.field(static=True)

    def project(self, x: Float[Array, "length width"], start: int, stop: int) -> list[Float[Array, "length heads size"]]:
        """Parts `start` to `stop` of (query, key, value), by head, in one product."""
        width = x.shape[1]
        part = slice(start * width, stop * width)
        z = product(x, self.qkv[:, part])
        z = z if self.biases is None else z + self.biases[0][part]
        return [one.reshape(len(x), self.heads, width // self.heads) for one in jnp.split(z, stop - start, axis=1)]

    def __call__(self, x: Float[Array, "length width"], last: bool = False) -> Float[Array, "*length width"]:
        """What each position reads from itself and those before; with `last` only the last position asks, and one vector comes back."""
        length, width = x.shape
        if last:
            (query,), (key, value) = self.project(x[-1:], 0, 1), self.project(x, 1, 3)
        else:
            query, key, value = self.project(x, 0, 3)
        scores = jnp.einsum("qhd,khd->hqk", query, key) / math.sqrt(width // self.heads)
        if not last:
            scores = jnp.where(jnp.tri(length, dtype=bool), scores, -jnp.inf)
        mixed = jnp.einsum("hqk,khd->qhd", jax.nn.softmax(scores, axis=-1), value).reshape(-1, width)
        mixed = product(mixed[0] if last else mixed, self.out)
        return mixed if self.biases is None else mixed + self.biases[1]
