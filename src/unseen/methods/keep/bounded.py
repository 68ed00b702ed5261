"""Weights are held inside of the bounds that their modules name: projected gradient descent."""

import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

from unseen.methods._bounded import map_bounded
from unseen.methods.joints import Keep


class Bounded(Keep):
    """After every step the arrays of each module of the network that has `bounds` = (low, high) are clipped to them; others are left alone.

    The clipping of Madsen & Johansen (2020), of weights and not in the forward pass: clipped there, a weight that has left gets no gradient to return by.

    >>> class Share(eqx.Module):
    ...     w: Array
    ...     bounds: tuple[float, float] = eqx.field(static=True, default=(0.0, 1.0))
    >>> params, _ = Bounded().after((Share(jnp.array([-2.0, 0.5])), jnp.array(9.0)), None, jnp.array(1))
    >>> params[0].w.tolist(), float(params[1])
    ([0.0, 0.5], 9.0)
    """

    def after(self, params: PyTree, state: PyTree, step: Int[Array, ""]) -> tuple[PyTree, PyTree]:
        """The clipped parameters."""
        return map_bounded(jnp.clip, params, others=lambda weight: weight), state
