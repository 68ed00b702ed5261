"""How a network does on inputs that were moved a little to make it fail: the fast gradient sign attack."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unseen._types import Snapshot, correct, outputs
from unseen.engine.probe import Probe
from unseen.methods.objective.cross_entropy import CrossEntropy


def fast_gradient_sign(
    network: Callable, x: Float[Array, "n *input"], y: Int[Array, " n"], epsilon: float, low: float = -jnp.inf, high: float = jnp.inf
) -> Float[Array, "n *input"]:
    """Inputs moved against the network: x + ε sign(∂ℓ/∂x), clipped to [low, high], with ℓ the cross-entropy of the label.

    Of all steps of that size in the maximum norm it raises ℓ most, to first order. It gives an upper limit to robustness only: other attacks of the same size
    can do more, above all where the gradient vanishes. In the unit of x. Source: Goodfellow, Shlens & Szegedy (2015), "Explaining and harnessing
    adversarial examples".

    >>> moved = fast_gradient_sign(lambda x, key=None: jnp.stack([x[0], -x[1]]), jnp.zeros((1, 2)), jnp.array([0]), 0.1)
    >>> jnp.sign(moved).tolist()
    [[-1.0, -1.0]]
    """
    gradient = jax.grad(lambda at: jnp.sum(CrossEntropy().each(outputs(network, at), y)))(x)
    return jnp.clip(x + epsilon * jnp.sign(gradient), low, high)


class FastGradientSign(Probe):
    """`fast_gradient_sign` on a split: `<split>_attacked_loss` and `<split>_attacked_accuracy`.

    Attributes:
        epsilon: how far each entry of an input is moved, in the unit of the inputs.
        low: the smallest value an entry may have.
        high: the largest.
        split: the split.
    """

    epsilon: float = eqx.field(static=True, default=0.1)
    low: float = eqx.field(static=True, default=-float("inf"))
    high: float = eqx.field(static=True, default=float("inf"))
    split: str = eqx.field(static=True, default="test")

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The named values."""
        split = snapshot.splits[self.split]
        out = outputs(snapshot.network, fast_gradient_sign(snapshot.network, split.x, split.y, self.epsilon, self.low, self.high))
        loss, hits = CrossEntropy().each(out, split.y), correct(out, split.y)
        return {f"{self.split}_attacked_loss": jnp.mean(loss), f"{self.split}_attacked_accuracy": jnp.mean(hits)}
