"""The causal transformer whose attention can begin from the identity: two more parameters for each head (Boix-Adserà et al. 2024)."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Fixed, Inputs, Outputs, Problem, Tokens, expect
from unseen.models.attention import Attention
from unseen.models.product import product
from unseen.models.transformer import Block, Transformer


class IdentityAttention(Attention):
    """Causal attention that compares inputs and hands them on also as they are: W_K W_Qᵀ + a I in its scores, W_V W_O + b I in what it reads.

    scores of head h = q kᵀ / sqrt(width/heads) + s a_h x xᵀ; output = out(softmax(scores) v) + t Σ_h b_h softmax(scores_h) x.

    Attributes:
        match: a, of each head.
        carry: b, of each head.
        sizes: (s, t), which are not trained; with 0 it is `Attention`.
    """

    match: Float[Array, " heads"]
    carry: Float[Array, " heads"]
    sizes: Fixed

    def __call__(self, x: Float[Array, "length width"], last: bool = False) -> Float[Array, "*length width"]:
        """What each position reads from itself and those before; with `last` only the last position asks, and one vector comes back."""
        (length, width), asking = x.shape, x[-1:] if last else x
        (query,), (key, value) = self.project(asking, 0, 1), self.project(x, 1, 3)
        match, carry = self.sizes.value[0] * self.match, self.sizes.value[1] * self.carry
        scores = jnp.einsum("qhd,khd->hqk", query, key) / math.sqrt(width // self.heads) + match[:, None, None] * (asking @ x.T)
        scores = jnp.where(jnp.tri(len(asking), length, length - len(asking), dtype=bool), scores, -jnp.inf)
        weights = jax.nn.softmax(scores, axis=-1)
        mixed = product(jnp.einsum("hqk,khd->qhd", weights, value).reshape(-1, width), self.out) + jnp.einsum("hqk,h,kd->qd", weights, carry, x)
        mixed = mixed if self.biases is None else mixed + self.biases[1]
        return mixed[0] if last else mixed


class IdentityTransformer(Transformer):
    """`Transformer` with `IdentityAttention`: a and b of each head begin at 0, so that it begins as the same function.

    To see whether two symbols are the same, or to copy one, W_K W_Qᵀ or W_V W_O must act as the identity on all symbols, those that training never
    shows too; with a and b it is one number to be learned for each head.

    Attributes:
        match: s, the size of the identity in the scores, at least 0; 0 takes it away.
        carry: t, the size of the identity in what is read, at least 0; 0 takes it away.

    >>> network = IdentityTransformer(width=16).build(Tokens(4, 7), Classes(5), jax.random.key(0))
    >>> network(jnp.array([1, 2, 3, 4])).shape
    (5,)
    """

    match: float | Array = 1.0
    carry: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(self, match=(lambda s: s >= 0, "a number of at least 0"), carry=(lambda t: t >= 0, "a number of at least 0"))

    def block(self, key: PRNGKeyArray) -> Block:
        """One freshly initialised block, with the weights that `Transformer` draws."""
        block, none = super().block(key), jnp.zeros(self.heads)
        plain = block.attention
        sizes = Fixed(jnp.stack([jnp.asarray(self.match, float), jnp.asarray(self.carry, float)]))
        attention = IdentityAttention(plain.qkv, plain.out, plain.biases, plain.heads, match=none, carry=none, sizes=sizes)
        return eqx.tree_at(lambda whole: whole.attention, block, attention)

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `Decoder` of `unseen.models.transformer`."""
        if not isinstance(inputs, Tokens) and len(inputs.shape) != 2:
            wanted = "inputs that are Tokens or Reals of shape (length, features)"
            raise Problem(f"{type(self).__name__}: expected {wanted}, got {inputs!r}. Use an MLP, or reshape.")
        return super().build(inputs, outputs, key)
